// Parsing of replies, scoring of items and rejection of invalid references by tasks.

import Basics
import Statistics
import TaskKit
import Tasks
import Testing

struct ReplyTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let task: any TaskDefinition
        let id: String, reply: String
        var form = AnswerForm()
        var vocabulary: [String] = []
        /// `nil`: unreadable.
        let value: JSONValue?
        var reading: Prediction.Reading = .clean
        var testDescription: String { type(of: task).name + ": " + id }
    }

    private static func task<T: TaskDefinition>(_ kind: T.Type, _ options: [String: JSONValue] = [:]) -> any TaskDefinition {
        do { return try T(options: TaskOptions(options)) } catch { fatalError("\(error)") }
    }

    static let json = AnswerForm(property: "answer")
    static let animals = ["cat", "dog", "Great Dane"]

    static let samples: [Sample] = [
        Sample(task: task(Tag.self), id: "list", reply: "cat, dog", vocabulary: animals, value: ["cat", "dog"]),
        Sample(
            task: task(Tag.self), id: "case and bullets", reply: "- Cat\n- great dane", vocabulary: animals,
            value: ["Great Dane", "cat"]),
        Sample(task: task(Tag.self), id: "none", reply: "None.", vocabulary: animals, value: []),
        Sample(
            task: task(Tag.self), id: "none in a JSON list", reply: "{\"answer\": [\"none\"]}", form: json, vocabulary: animals,
            value: []),
        Sample(
            task: task(Tag.self), id: "none as a tag", reply: "none", vocabulary: ["None", "cat"], value: ["None"]),
        Sample(
            task: task(Tag.self), id: "JSON list in a text", reply: "[\"dog\"]", vocabulary: animals, value: ["dog"],
            reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "JSON object in a text", reply: "{\"tags\": [\"cat\", \"dog\"]}", vocabulary: animals,
            value: ["cat", "dog"], reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "JSON list in a sentence", reply: "I see [\"cat\", \"dog\"].", vocabulary: animals,
            value: ["cat", "dog"], reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "list without quotes", reply: "[cat, dog]", vocabulary: animals, value: ["cat", "dog"],
            reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "cut list", reply: "[\"cat\", \"do", vocabulary: animals, value: nil,
            reading: .unreadable),
        Sample(
            task: task(Tag.self), id: "numbered", reply: "1. cat\n2) dog", vocabulary: animals, value: ["cat", "dog"]),
        Sample(
            task: task(Tag.self), id: "marks of a tag", reply: "U.S., '90s, .net, - C*, \"pop.\"",
            vocabulary: ["U.S.", "'90s", ".net", "C*", "pop", "2. Liga"], value: ["'90s", ".net", "C*", "U.S.", "pop"]),
        Sample(
            task: task(Tag.self), id: "number of a tag", reply: "2. Liga", vocabulary: ["2. Liga"], value: ["2. Liga"]),
        // Guards: a Windows line break separated nothing.
        Sample(task: task(Tag.self), id: "Windows lines", reply: "cat\r\ndog\r\n", vocabulary: animals, value: ["cat", "dog"]),
        Sample(
            task: task(Tag.self), id: "other separators", reply: "cat、dog，Great Dane", vocabulary: animals,
            value: ["Great Dane", "cat", "dog"]),
        Sample(task: task(Tag.self), id: "curly quotes", reply: "“cat”, “dog”", vocabulary: animals, value: ["cat", "dog"]),
        // Guards: a tag with a comma was two unknown tags, even in the answers of training examples.
        Sample(
            task: task(Tag.self), id: "a comma in a tag", reply: "cat, rome, Italy, Rome",
            vocabulary: ["Rome, Italy", "Rome", "cat"], value: ["Rome", "Rome, Italy", "cat"]),
        // Guards: words between tags made them unknown, though the reply was called clean.
        Sample(
            task: task(Tag.self), id: "and", reply: "Cat, dog, and Great Dane.", vocabulary: animals,
            value: ["Great Dane", "cat", "dog"], reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "and without a comma", reply: "cat and dog", vocabulary: animals, value: ["cat", "dog"],
            reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "and in a tag", reply: "salt and pepper, dog",
            vocabulary: ["salt and pepper", "dog", "salt"],
            value: ["dog", "salt and pepper"]),
        Sample(
            task: task(Tag.self), id: "and with an unknown tag", reply: "cat and cow", vocabulary: animals, value: ["cat and cow"]
        ),
        Sample(
            task: task(Tag.self), id: "introduced", reply: "Tags: cat, dog", vocabulary: animals, value: ["cat", "dog"],
            reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "none, introduced", reply: "Tags: none", vocabulary: animals, value: [],
            reading: .unwrapped),
        // Guards: the parts of JSON counted as unknown tags.
        Sample(
            task: task(Tag.self), id: "a text in an object", reply: "{\"tags\": \"cat, dog\"}", vocabulary: animals,
            value: ["cat", "dog"], reading: .unwrapped),
        Sample(
            task: task(Tag.self), id: "flags", reply: "{\"cat\": true, \"dog\": false}", vocabulary: animals, value: nil,
            reading: .unreadable),
        Sample(task: task(Tag.self), id: "no member", reply: "{}", vocabulary: animals, value: nil, reading: .unreadable),
        Sample(
            task: task(Tag.self), id: "objects in a list", reply: "[{\"name\": \"cat\"}, {\"name\": \"dog\"}]",
            vocabulary: animals, value: nil, reading: .unreadable),
        Sample(
            task: task(Tag.self), id: "property", reply: "{\"answer\": [\"dog\", \"cow\"]}", form: json, vocabulary: animals,
            value: ["cow", "dog"]),
        Sample(
            task: task(Tag.self), id: "refusal", reply: "I am sorry, but I cannot help with identifying that.",
            vocabulary: animals, value: nil, reading: .unreadable),
        Sample(task: task(Count.self), id: "digits", reply: "7", value: 7),
        Sample(task: task(Count.self), id: "word", reply: "seven", value: 7, reading: .unwrapped),
        Sample(task: task(Count.self), id: "sentence", reply: "I count 12 coins.", value: 12, reading: .unwrapped),
        Sample(task: task(Count.self), id: "two numbers", reply: "between 3 and 5", value: nil, reading: .unreadable),
        Sample(task: task(Count.self), id: "property", reply: "{\"answer\": 7}", form: json, value: 7),
        Sample(
            task: task(Count.self), id: "number as a text", reply: "{\"answer\": \"1,000\"}", form: json, value: 1000,
            reading: .unwrapped),
        Sample(
            task: task(Count.self), id: "plain number where JSON was asked for", reply: "7", form: json, value: 7,
            reading: .unwrapped),
        // Guards: the digits before the cut were the answer.
        Sample(
            task: task(Count.self), id: "cut JSON", reply: "{\"answer\": 12", form: json, value: nil, reading: .unreadable),
        Sample(
            task: task(Count.self), id: "cut JSON in a text", reply: "So: {\"count\": 12", value: nil, reading: .unreadable),
        Sample(task: task(Count.self), id: "cut list", reply: "[12", value: nil, reading: .unreadable),
        Sample(task: task(Count.self), id: "complete JSON in a text", reply: "{\"count\": 12}", value: 12, reading: .unwrapped),
        Sample(
            task: task(Count.self), id: "another property", reply: "{\"cats\": 12}", form: json, value: 12, reading: .unwrapped),
        // Guards: thousands and millions were read as ones.
        Sample(task: task(Measure.self), id: "thousands", reply: "about 3k", value: nil, reading: .unreadable),
        Sample(task: task(Measure.self), id: "millions", reply: "$3.5M", value: nil, reading: .unreadable),
        Sample(task: task(Measure.self), id: "kelvins", reply: "293K", value: 293, reading: .unwrapped),
        Sample(task: task(Measure.self, ["unit": "mm"]), id: "with its unit", reply: "3.5 mm", value: 3.5, reading: .unwrapped),
        Sample(
            task: task(Extract.self), id: "fenced", reply: "```json\n{\"total\": \"4.00\"}\n```", value: ["total": "4.00"],
            reading: .unwrapped),
        Sample(
            task: task(Extract.self), id: "property", reply: "{\"answer\": {\"total\": null}}", form: json, value: ["total": nil]),
        // Guards: an answer within an object had none of the fields.
        Sample(
            task: task(Extract.self), id: "within an object", reply: "{\"receipt\": {\"total\": 4}}",
            vocabulary: ["items.price", "total"], value: ["total": 4], reading: .unwrapped),
        Sample(
            task: task(Extract.self), id: "within the property's object", reply: "{\"answer\": {\"data\": {\"items\": []}}}",
            form: json, vocabulary: ["items.price", "total"], value: ["items": []], reading: .unwrapped),
        Sample(
            task: task(Extract.self), id: "a field that is an object", reply: "{\"total\": {\"price\": 4}}",
            vocabulary: ["price", "total.price"], value: ["total": ["price": 4]]),
        Sample(
            task: task(Extract.self), id: "within an object of unknown fields", reply: "{\"receipt\": {\"sum\": 4}}",
            vocabulary: ["total"], value: ["receipt": ["sum": 4]]),
        Sample(
            task: task(Extract.self), id: "the only entry of a list", reply: "[{\"total\": 4}]", vocabulary: ["total"],
            value: ["total": 4], reading: .unwrapped),
        Sample(task: task(Extract.self), id: "a list", reply: "[1, 2]", value: nil, reading: .unreadable),
        Sample(
            task: task(Extract.self), id: "cut off after an item", reply: "{\"total\": 4, \"items\": [{\"total\": 1}, {\"to",
            vocabulary: ["total"], value: nil, reading: .unreadable),
        Sample(task: task(Caption.self), id: "text", reply: "A dog.", value: "A dog."),
        Sample(
            task: task(Detect.self), id: "no boxes", reply: "I see nothing.", vocabulary: animals, value: nil,
            reading: .unreadable),
        Sample(task: task(Detect.self), id: "empty list", reply: "[]", vocabulary: animals, value: ["boxes": [], "dropped": 0]),
        Sample(
            task: task(Detect.self), id: "thousandths", reply: "[{\"label\": \"cat\", \"box\": [100, 200, 500, 600]}]",
            vocabulary: animals,
            value: ["boxes": [["label": "cat", "box": [64.0, 96.0, 256.0, 192.0]]], "dropped": 0]),
        Sample(
            task: task(Detect.self), id: "a label in another case",
            reply: "[{\"label\": \"Cat\", \"box\": [100, 200, 500, 600]}]",
            vocabulary: animals,
            value: ["boxes": [["label": "cat", "box": [64.0, 96.0, 256.0, 192.0]]], "dropped": 0]),
        Sample(
            task: task(Detect.self), id: "white space around a label",
            reply: "[{\"label\": \" Cat\\n\", \"box\": [100, 200, 500, 600]}]", vocabulary: animals,
            value: ["boxes": [["label": "cat", "box": [64.0, 96.0, 256.0, 192.0]]], "dropped": 0]),
        // Guards: only the first of several objects was read.
        Sample(
            task: task(Detect.self), id: "an object a line",
            reply: "{\"label\": \"cat\", \"box\": [0, 0, 500, 500]}\n{\"label\": \"dog\", \"box\": [500, 500, 1000, 1000]}",
            vocabulary: animals,
            value: [
                "boxes": [
                    ["label": "cat", "box": [0.0, 0.0, 320.0, 240.0]], ["label": "dog", "box": [320.0, 240.0, 320.0, 240.0]],
                ], "dropped": 0,
            ], reading: .unwrapped),
        Sample(
            task: task(Detect.self), id: "labels that differ in case only",
            reply: "[{\"label\": \"CAT\", \"box\": [100, 200, 500, 600]}, {\"label\": \"cAt\", \"box\": [100, 200, 500, 600]}]",
            vocabulary: ["Cat", "CAT"],
            value: [
                "boxes": [
                    ["label": "CAT", "box": [64.0, 96.0, 256.0, 192.0]], ["label": "Cat", "box": [64.0, 96.0, 256.0, 192.0]],
                ], "dropped": 0,
            ]),
        Sample(
            task: task(Detect.self), id: "an unknown label", reply: "[{\"label\": \"Cats\", \"box\": [100, 200, 500, 600]}]",
            vocabulary: animals,
            value: ["boxes": [["label": "Cats", "box": [64.0, 96.0, 256.0, 192.0]]], "dropped": 0]),
        Sample(
            task: task(Detect.self), id: "a score as a text",
            reply: "[{\"label\": \"cat\", \"box\": [100, 200, 500, 600], \"score\": \"0.75\"}]", vocabulary: animals,
            value: ["boxes": [["label": "cat", "box": [64.0, 96.0, 256.0, 192.0], "score": 0.75]], "dropped": 0]),
        Sample(
            task: task(Detect.self), id: "a score in words",
            reply: "[{\"label\": \"cat\", \"box\": [100, 200, 500, 600], \"score\": \"high\"}]", vocabulary: animals,
            value: ["boxes": [["label": "cat", "box": [64.0, 96.0, 256.0, 192.0]]], "dropped": 0]),
        Sample(
            task: task(Detect.self), id: "outside and empty boxes",
            reply: "[{\"label\": \"cat\", \"box\": [5, 5, 5, 9]}, {\"label\": \"cat\", \"box\": [1100, 0, 1200, 10]}]",
            vocabulary: animals, value: ["boxes": [], "dropped": 2]),
        Sample(
            task: task(Detect.self), id: "Nova: several bare lists", reply: "[0, 0, 500, 500], [500, 500, 1000, 1000].",
            vocabulary: ["cat"],
            value: [
                "boxes": [
                    ["label": "cat", "box": [0.0, 0.0, 320.0, 240.0]], ["label": "cat", "box": [320.0, 240.0, 320.0, 240.0]],
                ], "dropped": 0,
            ],
            reading: .unwrapped),
        Sample(
            task: task(Detect.self), id: "Nova: names as keys", reply: "{\"cat\": [[0, 0, 500, 500]]}", vocabulary: animals,
            value: ["boxes": [["label": "cat", "box": [0.0, 0.0, 320.0, 240.0]]], "dropped": 0]),
        Sample(
            task: task(Detect.self), id: "cut off",
            reply: "[{\"label\": \"cat\", \"box\": [0, 0, 500, 500]}, {\"label\": \"dog\", \"bo", vocabulary: animals,
            value: ["boxes": [["label": "cat", "box": [0.0, 0.0, 320.0, 240.0]]], "dropped": 0], reading: .cut),
    ]

    @Test(arguments: samples)
    func reading(_ sample: Sample) {
        let item = TaskItem(id: "1", images: [TaskImage(path: "a.png", width: 640, height: 480)], group: "1", reference: .null)
        let context = TaskContext(vocabulary: sample.vocabulary, form: sample.form)
        let read = sample.task.read(sample.reply, about: item, context)
        #expect(read.value == sample.value)
        #expect(read.reading == sample.reading)
        #expect((read.reason == nil) == (sample.value != nil))
    }

    @Test func references() throws {
        let tag = try Tag(options: TaskOptions(["labels": ["cat", "dog"]]))
        #expect(try tag.reference(of: TaskRow(cells: ["tags": "dog; cat"])) == ["cat", "dog"])
        #expect(try tag.reference(of: TaskRow(cells: ["tags": ""])) == [])
        #expect(throws: TaskRowError.self) { try tag.reference(of: TaskRow(cells: ["tags": "cow"])) }
        #expect(throws: TaskRowError.self) { try tag.reference(of: TaskRow(cells: [:])) }
        // As pandas writes a list to CSV.
        let free = try Tag(options: TaskOptions())
        #expect(try free.reference(of: TaskRow(cells: ["tags": "['cat', \"dog's\"]"])) == ["cat", "dog's"])
        // Guards: empty entries and white space made tags that no answer names, and an object was a single tag.
        #expect(try free.reference(of: TaskRow(cells: ["tags": #"[" cat", ""]"#])) == ["cat"])
        #expect(try free.reference(of: TaskRow(cells: ["tags": #"[""]"#])) == [])
        for bad in ["['cat' 'dog']", "cat, dog", "[\"cat\"", #"{"cat": 1}"#] {
            #expect(throws: TaskRowError.self) { try free.reference(of: TaskRow(cells: ["tags": bad])) }
        }
        let listed = try Tag(options: TaskOptions(["labels": ["Rome, Italy"]]))
        #expect(try listed.reference(of: TaskRow(cells: ["tags": "Rome, Italy"])) == ["Rome, Italy"])
        let answer = try Answer(options: TaskOptions())
        #expect(try answer.reference(of: TaskRow(cells: ["answers": "['yes', 'y']"])) == ["yes", "y"])
        // VQA v2 and SQuAD as their files have them; these were errors.
        for list in [
            #"[{"answer": "yes", "answer_confidence": "yes", "answer_id": 1}, {"answer": "y", "answer_id": 2}]"#,
            #"{"text": ["yes", "y"], "answer_start": [3, 3]}"#, "{'text': ['yes', 'y'], 'answer_start': [3, 3]}",
        ] {
            #expect(try answer.reference(of: TaskRow(cells: ["answers": list])) == ["yes", "y"], "\(list)")
        }
        #expect(throws: TaskRowError.self) { try answer.reference(of: TaskRow(cells: ["answers": #"[{"answer": ["yes"]}]"#])) }
        #expect(try answer.reference(of: TaskRow(cells: ["answers": "[sic] yes"])) == ["[sic] yes"])
        #expect(throws: TaskRowError.self) { try answer.reference(of: TaskRow(cells: ["answers": "['yes' 'y']"])) }
        let count = try Count(options: TaskOptions())
        #expect(try count.reference(of: TaskRow(cells: ["number": " 7 "])) == 7)
        for bad in ["2.5", "-1", "seven", "", "nan"] {
            #expect(throws: TaskRowError.self) { try count.reference(of: TaskRow(cells: ["number": bad])) }
        }
        let measure = try Measure(options: TaskOptions())
        #expect(try measure.reference(of: TaskRow(cells: ["number": "-1e100"])) == .double(-1e100))
        #expect(throws: TaskRowError.self) { try measure.reference(of: TaskRow(cells: ["number": "1e200"])) }
        let caption = try Caption(options: TaskOptions())
        #expect(try caption.reference(of: TaskRow(cells: ["captions": #"["A cat.", " "]"#])) == ["A cat."])
        #expect(throws: TaskRowError.self) { try caption.reference(of: TaskRow(cells: ["captions": #"[""]"#])) }
        let extract = try Extract(options: TaskOptions())
        let donut = #"{"gt_parse": {"total": {"price": "4.00"}, "note": ""}}"#
        #expect(try extract.reference(of: TaskRow(cells: ["fields": donut])) == ["total": ["price": "4.00"]])
        #expect(throws: TaskRowError.self) { try extract.reference(of: TaskRow(cells: ["fields": "[1]"])) }
        let detect = try Detect(options: TaskOptions())
        let faces = #"{"bbox": [[1, 2, 3, 4]], "category": [0]}"#
        #expect(try detect.reference(of: TaskRow(cells: ["boxes": faces])) == [["label": "0", "box": [1.0, 2.0, 3.0, 4.0]]])
        // COCO's crowds, as lists or flags, are not objects to find.
        let crowd = #"{"bbox": [[1, 2, 3, 4], [5, 6, 7, 8]], "category": [0, 0], "iscrowd": [0, 1], "area": [9.5, 56]}"#
        #expect(
            try detect.reference(of: TaskRow(cells: ["boxes": crowd])) == [
                ["label": "0", "box": [1.0, 2.0, 3.0, 4.0], "area": 9.5],
                ["label": "0", "box": [5.0, 6.0, 7.0, 8.0], "area": 56.0, "crowd": true],
            ])
        for flag in [
            #""iscrowd": true"#, #""iscrowd": 1"#, #""crowd": 1"#, #""crowd": true"#, #""iscrowd": "1""#, #""iscrowd": 1.0"#,
            #""iscrowd": "True""#,
        ] {
            let boxes = try detect.reference(of: TaskRow(cells: ["boxes": #"[{"label": "a", "box": [1, 2, 3, 4], \#(flag)}]"#]))
            #expect(boxes.array?.first?["crowd"] == true, "\(flag)")
        }
        for flag in [#""iscrowd": false"#, #""iscrowd": "0""#, #""iscrowd": null"#] {
            let boxes = try detect.reference(of: TaskRow(cells: ["boxes": #"[{"label": "a", "box": [1, 2, 3, 4], \#(flag)}]"#]))
            #expect(boxes == [["label": "a", "box": [1.0, 2.0, 3.0, 4.0]]], "\(flag)")
        }
        #expect(throws: TaskRowError.self) {
            try detect.reference(of: TaskRow(cells: ["boxes": #"[{"label": "a", "box": [1, 2, 3, 4], "iscrowd": "yes"}]"#]))
        }
        let short = #"{"bbox": [[1, 2, 3, 4]], "category": [0], "iscrowd": []}"#
        #expect(throws: TaskRowError.self) { try detect.reference(of: TaskRow(cells: ["boxes": short])) }
        for bad in [#"[{"label": "a", "box": [1, 2, 0, 4]}]"#, #"[{"box": [1, 2, 3, 4]}]"#, "7", ""] {
            #expect(throws: TaskRowError.self) { try detect.reference(of: TaskRow(cells: ["boxes": bad])) }
        }
    }

    /// Guards: a reference that no answer in the form of the request can equal counted as wrong for every model.
    @Test(
        arguments: [
            (#"{"shop": "A", "date": "2024-05-01", "total": "12.50", "n": 3, "paid": "True", "items": [{"price": 1}]}"#, nil),
            (#"{"items": {"price": 1}, "date": "20240501", "n": "3.0", "shop": 7, "total": ["4"]}"#, nil),
            (#"{"shop": null, "total": ""}"#, nil),
            (#"{"shop": "A", "phone": "1"}"#, "'phone' is not one of the task's fields (date, items, n, paid, shop, total)"),
            (#"{"items": [{"price": 1}, {"name": "A"}]}"#, "'items.name' is not one of the task's fields (price)"),
            (#"{"total": "12,50"}"#, "the field 'total' is declared as number, not '12,50'"),
            (#"{"n": 2.5}"#, "the field 'n' is declared as integer, not '2.5'"),
            (#"{"date": "01/05/2024"}"#, "the field 'date' is declared as date, which is written YYYY-MM-DD, not '01/05/2024'"),
            (#"{"paid": "yes"}"#, "the field 'paid' is declared as boolean, which is true or false, not 'yes'"),
            (#"{"shop": {"name": "A"}}"#, #"the field 'shop' is declared as text, not '{"name":"A"}'"#),
            (#"{"items": ["A"]}"#, "the field 'items' is declared as a map of fields, not 'A'"),
        ] as [(String, String?)])
    func referencesOfDeclaredFields(_ fields: String, problem: String?) throws {
        let task = try Extract(
            options: TaskOptions([
                "fields": [
                    "shop": "text", "date": "date", "total": "number", "n": "integer", "paid": "boolean",
                    "items": [["price": "number"]],
                ]
            ]))
        func message() -> String? {
            do throws(TaskRowError) {
                _ = try task.reference(of: TaskRow(cells: ["fields": fields]))
                return nil
            } catch { return error.message }
        }
        #expect(message() == problem)
        let free = try Extract(options: TaskOptions())
        #expect(throws: Never.self) { try free.reference(of: TaskRow(cells: ["fields": fields])) }
    }

    @Test func options() {
        #expect(throws: TaskOptionError.self) { try Extract(options: TaskOptions(["fields": ["total": "numbr"]])) }
        #expect(throws: TaskOptionError.self) { try Measure(options: TaskOptions(["within": "5"])) }
        #expect(throws: TaskOptionError.self) { try Detect(options: TaskOptions(["iou": 2])) }
        #expect(throws: Never.self) { try Measure(options: TaskOptions(["within": "5%", "unit": "mm"])) }
    }

    /// The expected answer is parsed back to the reference.
    @Test func examplesReadBack() throws {
        let item = TaskItem(id: "1", images: [], group: "1", reference: .null)
        let fields: JSONValue = ["shop": "text", "total": "number", "items": [["name": "text", "price": "number"]]]
        let tasks: [(any TaskDefinition, JSONValue)] = [
            (try Tag(options: TaskOptions()), ["cat", "dog"]), (try Tag(options: TaskOptions()), []),
            (try Count(options: TaskOptions()), 12),
            (
                try Extract(options: TaskOptions(["fields": fields])),
                ["shop": "Kiosk", "items": [["name": "pen", "price": 2.5]]]
            ),
            (try Detect(options: TaskOptions()), [["label": "cat", "box": [1.0, 2.0, 3.0, 4.0]]]),
            (try Caption(options: TaskOptions()), ["A dog."]),
        ]
        for (task, reference) in tasks {
            for form in [AnswerForm(boxes: "xyxy-pixels"), AnswerForm(property: "answer", boxes: "xyxy-pixels")] {
                let context = TaskContext(vocabulary: task.vocabulary(of: [reference]), form: form)
                let example = task.answer(for: reference, context)
                let reply = form.property.map { JSONValue.object([$0: example]).canonical } ?? example.string ?? ""
                guard !reply.isEmpty else { continue }
                var asked = item
                asked.reference = reference
                let read = task.read(reply, about: asked, context)
                let score = task.score(read.value, of: asked, context)
                let primary = task.metrics(context).primary
                let best = task.score(read.value, of: asked, context)
                #expect(read.value != nil, "\(type(of: task).name)")
                if type(of: task).name != "caption" {
                    #expect(primary.value(of: [score, best]) ?? 1 == (primary.better == .up ? 1 : 0))
                }
            }
        }
    }

    /// Guards: no answer with boxes was right, even at an F1 of 1.
    @Test(
        arguments: [
            ("both boxes", [["cat", 0, 0, 10, 10], ["dog", 20, 0, 30, 10]], 0, 1.0),
            ("in another order", [["dog", 20, 0, 30, 10], ["cat", 0, 0, 10, 10]], 0, 1),
            ("a little displaced", [["cat", 1, 0, 10, 10], ["dog", 20, 0, 30, 10]], 0, 1),
            ("a box too few", [["cat", 0, 0, 10, 10]], 0, 0),
            ("a box too many", [["cat", 0, 0, 10, 10], ["dog", 20, 0, 30, 10], ["dog", 40, 0, 10, 10]], 0, 0),
            ("a box twice", [["cat", 0, 0, 10, 10], ["dog", 20, 0, 30, 10], ["cat", 0, 0, 10, 10]], 0, 0),
            ("another label", [["dog", 0, 0, 10, 10], ["dog", 20, 0, 30, 10]], 0, 0),
            ("another place", [["cat", 8, 0, 10, 10], ["dog", 20, 0, 30, 10]], 0, 0),
            ("an unusable box", [["cat", 0, 0, 10, 10], ["dog", 20, 0, 30, 10]], 1, 0),
            ("no box", [], 0, 0),
        ] as [(String, [[JSONValue]], Int64, Double)])
    func rightBoxes(_ id: String, _ answer: [[JSONValue]], _ dropped: Int64, _ right: Double) throws {
        func boxes(_ rows: [[JSONValue]]) -> JSONValue {
            .array(rows.map { ["label": $0[0], "box": .array(Array($0.dropFirst()))] })
        }
        let reference = boxes([["cat", 0, 0, 10, 10], ["dog", 20, 0, 30, 10]])
        let task = try Detect(options: TaskOptions())
        let context = TaskContext(vocabulary: ["cat", "dog"])
        let item = TaskItem(id: "1", images: [], group: "1", reference: reference)
        let score = task.score(["boxes": boxes(answer), "dropped": .int(dropped)], of: item, context)
        #expect(score["right"] == right, "\(id)")
        #expect(task.score(nil, of: item, context)["right"] == 0)
        let empty = TaskItem(id: "2", images: [], group: "2", reference: [])
        #expect(task.score(nil, of: empty, context)["right"] == 0)
        #expect(task.score(["boxes": [], "dropped": 0], of: empty, context)["right"] == 1)
    }

    /// Guards: numbers beyond 64 bits were compared as rounded values.
    @Test(arguments: [("12345678901234567890", 1.0), ("12345678901234567891", 0.0), ("12345678901234567890.0", 1.0)])
    func longNumbersOfDocuments(_ number: String, right: Double) throws {
        for options: [String: JSONValue] in [[:], ["fields": ["code": "integer"]]] {
            let task = try Extract(options: TaskOptions(options))
            let reference = try task.reference(of: TaskRow(cells: ["fields": #"{"code": 12345678901234567890}"#]))
            let item = TaskItem(id: "1", images: [], group: "1", reference: reference)
            let context = TaskContext(vocabulary: task.vocabulary(of: [reference]))
            // Text equals a number only where the field is declared to be one.
            for reply in [#"{"code": \#(number)}"#] + (options.isEmpty ? [] : [#"{'code': '\#(number)',}"#]) {
                let read = task.read(reply, about: item, context)
                #expect(task.score(read.value, of: item, context)["right"] == right, "\(reply) \(read)")
            }
        }
    }

    /// Guards: the answer after hundreds of brackets that are not closed was not read.
    @Test(arguments: [1, 300, 100_000]) func answerAfterOpenBrackets(count: Int) throws {
        let task = try Extract(options: TaskOptions())
        let item = TaskItem(id: "1", images: [], group: "1", reference: .null)
        let reply = String(repeating: "[", count: count) + #" "]" {"a": [1, "}"]} {"#
        #expect(task.read(reply, about: item, TaskContext()).value == ["a": [1, "}"]])
    }

    /// Guards: an empty reply about a blank page counted as wrong.
    @Test(
        arguments: [
            ("transcribe", "", true), ("transcribe", " \n", true), ("transcribe", "text", false), ("tag", [], true),
            ("tag", ["cat"], false), ("extract", [:], false), ("caption", [""], false),
        ] as [(String, JSONValue, Bool)])
    func emptyRepliesAboutNothing(name: String, reference: JSONValue, isAnswer: Bool) throws {
        let task = try TaskRegistry.standard.planned(TaskChoice(name))
        let item = TaskItem(id: "1", images: [], group: "1", reference: reference)
        #expect((task.emptyAnswer(to: item, TaskContext()) != nil) == isAnswer)
        #expect(task.emptyAnswer(to: item, TaskContext(form: AnswerForm(property: "answer"))) == nil)
    }

    @Test(arguments: [
        "", "[", "{", "\u{0}", "[[[[", "{\"answer\":", "```", "nan", "[null]", "{\"boxes\": null}",
        String(repeating: "{", count: 200_000), String(repeating: "[1,", count: 100_000), "[{\"box\": [1e999, 0, 0, 0]}]",
    ])
    func readersAreTotal(_ reply: String) throws {
        let item = TaskItem(id: "1", images: [TaskImage(path: "a.png", width: 0, height: 0)], group: "1", reference: .null)
        let kinds: [any TaskDefinition] = [
            try Tag(options: TaskOptions()), try Count(options: TaskOptions()), try Measure(options: TaskOptions()),
            try Extract(options: TaskOptions()), try Detect(options: TaskOptions()), try Caption(options: TaskOptions()),
        ]
        for task in kinds {
            for form in [AnswerForm(), AnswerForm(property: "answer"), AnswerForm(boxes: "loc-1024")] {
                let context = TaskContext(vocabulary: ["a"], form: form)
                let read = task.read(reply, about: item, context)
                let score = task.score(read.value, of: item, context)
                for metric in task.metrics(context).all { _ = metric.value(of: [score]) }
            }
        }
    }
}
