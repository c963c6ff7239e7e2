// Tables with several images in a row, COCO's and Pascal VOC's annotations, Donut's ground truth, and groups of labels.

import Basics
import Foundation
import Planning
import Specification
import TaskKit
import Tasks
import Testing

@Suite struct AnnotationTableTests {
    private func items(_ table: RecordTable, _ choice: TaskChoice) throws -> [TableImage] {
        try ItemTable(table, task: TaskRegistry.standard.task(choice)).rows
    }

    private func items(
        _ text: String, _ choice: TaskChoice = TaskChoice("transcribe"), columns: TableColumns? = nil
    ) throws -> [TableImage] {
        try ItemTable(parsing: Data(text.utf8), columns: columns, task: TaskRegistry.standard.task(choice)).rows
    }

    /// The lines and messages of the rows that are refused.
    private func problems(_ body: () throws -> Void) -> [TableProblem] {
        let error = #expect(throws: DatasetError.self, performing: body)
        guard case .rows(let problems)? = error else {
            Issue.record("\(String(describing: error))")
            return []
        }
        return problems
    }

    // MARK: Several images

    @Test func aListOfPathsIsOneItemWithItsImagesInOrder() throws {
        let rows = try items("path,text\n\"[\"\"b.png\"\", \"\"a.png\"\"]\",two pages\nc.png,one page\n")
        #expect(rows.map(\.image.path) == ["b.png", "c.png"])
        #expect(rows.map(\.image.more) == [["a.png"], nil])
        #expect(rows.first?.image.item?.group == "b.png")
        let lines = try items(#"{"images":["1.png","2.png","3.png"],"text":"x"}"#)
        #expect(lines.first?.image.more == ["2.png", "3.png"])
    }

    /// Classification of pairs, in the same form.
    @Test func aLabelOfAPair() throws {
        let table = try LabelTable(
            parsing: Data("path,label\n\"[\"\"a.png\"\",\"\"b.png\"\"]\",same\n\"[\"\"a.png\"\",\"\"c.png\"\"]\",other\n".utf8),
            label: LabelSpec())
        #expect(table.rows.map(\.image.more) == [["b.png"], ["c.png"]])
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var line = 2
        var message: String
        var testDescription: String { id }
    }

    @Test(arguments: [
        Wrong(
            id: "number in a list", text: "path,text\n\"[\"\"a.png\"\", 3]\",x\n",
            message: #"'["a.png", 3]' is not a list of paths"#),
        Wrong(id: "empty list", text: "path,text\n[],x\n", message: "'[]' is not a list of paths"),
        Wrong(
            id: "object", text: #"{"path":{"a":1},"text":"x"}"#, line: 1,
            message: "the path must be a text or a list of texts"),
        Wrong(
            id: "one of them outside", text: "path,text\n\"[\"\"a.png\"\",\"\"../b.png\"\"]\",x\n",
            message: "'../b.png' is not below the table's folder ('root:' in the dataset names another folder)"),
    ])
    func wrongPaths(_ wrong: Wrong) {
        let found = problems { _ = try items(wrong.text) }
        #expect(found == [TableProblem(line: wrong.line, wrong.message)])
    }

    // MARK: COCO

    private static let coco = """
        {"info": {"year": 2026, "note": "a } and a \\" in a text"},
         "images": [
           {"id": 1, "file_name": "a.png", "width": 100, "height": 50},
           {"id": 2, "file_name": "b.png", "width": 100, "height": 50}
         ],
         "annotations": [
           {"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 10.5, 20], "area": 200, "iscrowd": 0},
           {"id": 2, "image_id": 1, "category_id": 8, "bbox": [0, 0, 100, 50], "iscrowd": 1}
         ],
         "categories": [{"id": 7, "name": "cat"}, {"id": 8, "name": "dog"}]}
        """

    @Test func cocoGivesBoxesTagsAndImagesWithoutAnnotations() throws {
        let table = try RecordTable(coco: Data(Self.coco.utf8))
        let boxes = try items(table, TaskChoice("detect"))
        #expect(boxes.map(\.line) == [3, 4])
        #expect(boxes.map(\.image.item?.id) == ["1", "2"])
        #expect(
            boxes.first?.image.item?.reference == [
                ["label": "cat", "box": [1.0, 2.0, 10.5, 20.0], "area": 200.0],
                ["label": "dog", "box": [0.0, 0.0, 100.0, 50.0], "crowd": true],
            ])
        #expect(boxes.last?.image.item?.reference == [])
        #expect(try items(table, TaskChoice("tag")).map(\.image.item?.reference) == [["cat", "dog"], []])
        // A crowd is an unknown number of objects, which is not zero.
        #expect(problems { _ = try items(table, TaskChoice("count")) }.map(\.line) == [3])
    }

    @Test func cocoCaptions() throws {
        let table = try RecordTable(
            coco: Data(
                #"{"images":[{"id":5,"file_name":"a.png"}],"annotations":[{"image_id":5,"caption":"A."},{"image_id":5,"caption":"B."}]}"#
                    .utf8))
        #expect(try items(table, TaskChoice("caption")).first?.image.item?.reference == ["A.", "B."])
    }

    struct Gap: Sendable, CustomTestStringConvertible {
        var id: String
        var task: String
        var images: String
        var annotations: String
        var message: String
        var testDescription: String { id }
    }

    /// The message was "the column 'number' is empty", at line 1 for every image of a file without line breaks.
    @Test(arguments: [
        Gap(
            id: "a crowd is not counted", task: "count", images: #"{"id":1,"file_name":"a.png"},{"id":2,"file_name":"b.png"}"#,
            annotations:
                #"{"image_id":1,"category_id":7,"bbox":[0,0,1,1]},{"image_id":2,"category_id":7,"bbox":[0,0,1,1],"iscrowd":1}"#,
            message: "the image 'b.png' (id 2) has an 'iscrowd' annotation of an unknown number of objects, so its count is "
                + "unknown: remove the image from 'images'"),
        Gap(
            id: "no box to count", task: "count", images: #"{"id":1,"file_name":"a.png"}"#,
            annotations: #"{"image_id":1,"category_id":7}"#,
            message: "the image 'a.png' (id 1) has an annotation without 'bbox': add the box, or remove the image from 'images'"),
        Gap(
            id: "no box to find", task: "detect", images: #"{"id":1,"file_name":"a.png"}"#,
            annotations: #"{"image_id":1,"category_id":7}"#,
            message: "the image 'a.png' (id 1) has an annotation without 'bbox': add the box, or remove the image from 'images'"),
        Gap(
            id: "no caption", task: "caption", images: #"{"id":1,"file_name":"a.png"},{"id":"x","file_name":"b.png"}"#,
            annotations: #"{"image_id":1,"caption":"A."}"#,
            message: "the image 'b.png' (id x) has no annotation with a 'caption': add one, or remove the image from 'images'"),
    ])
    func gapsNameTheImage(_ gap: Gap) throws {
        let text =
            #"{"images":[\#(gap.images)],"annotations":[\#(gap.annotations)],"categories":[{"id":7,"name":"cat"}]}"#
        let table = try RecordTable(coco: Data(text.utf8))
        #expect(problems { _ = try items(table, TaskChoice(gap.task)) } == [TableProblem(line: 1, gap.message)])
    }

    struct Mismatch: Sendable, CustomTestStringConvertible {
        var id: String
        var old: String
        var new: String
        var line: Int
        var message: String
        var testDescription: String { id }
    }

    /// Every mismatch is one error at its line. A box that leaves its image is one, because it is in another convention.
    @Test(arguments: [
        Mismatch(
            id: "unknown image", old: #""image_id": 1, "category_id": 7"#, new: #""image_id": 9, "category_id": 7"#, line: 7,
            message: "the annotation refers to the image 9, which 'images' does not list"),
        Mismatch(
            id: "unknown category", old: #""category_id": 8"#, new: #""category_id": 9"#, line: 8,
            message: "the category 9 is not in 'categories'"),
        Mismatch(
            id: "corners", old: "[1, 2, 10.5, 20]", new: "[90, 2, 98, 20]", line: 7,
            message: "the box [90,2,98,20] extends beyond the image of 100 x 50 pixels: [x, y, width, height] is expected"),
        Mismatch(
            id: "no area", old: "[1, 2, 10.5, 20]", new: "[1, 2, 0, 20]", line: 7,
            message: "the box [1,2,0,20] has no area: [x, y, width, height] is expected"),
        Mismatch(
            id: "three numbers", old: "[1, 2, 10.5, 20]", new: "[1, 2, 3]", line: 7,
            message: "'[1,2,3]' is not a box: [x, y, width, height] is expected"),
        Mismatch(
            id: "image twice", old: #"{"id": 2, "file_name"#, new: #"{"id": 1, "file_name"#, line: 4,
            message: "the image id 1 occurs twice"),
        Mismatch(
            id: "no name", old: #""file_name": "a.png", "#, new: "", line: 3, message: "an image needs an 'id' and a 'file_name'"),
    ])
    func cocoMismatches(_ mismatch: Mismatch) {
        let text = Self.coco.replacingOccurrences(of: mismatch.old, with: mismatch.new)
        let found = problems { _ = try RecordTable(coco: Data(text.utf8)) }
        #expect(found.first == TableProblem(line: mismatch.line, mismatch.message))
    }

    @Test(arguments: [
        (#"{"images": []}"#, 1, "it has no list 'annotations'"),
        ("{\"images\": [\n{\"id\": 1\n", 3, "the file ends too early"),
        ("[1]", 1, "'{' is expected"),
    ])
    func notAnnotations(_ text: String, _ line: Int, _ reason: String) {
        let error = #expect(throws: DatasetError.self) { _ = try RecordTable(coco: Data(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    // MARK: Pascal VOC

    private static let voc = """
        <?xml version="1.0"?>
        <!-- drawn -->
        <annotation verified="yes">
          <filename>a &amp; b.png</filename>
          <size><width>100</width><height>50</height><depth>3</depth></size>
          <object>
            <name>cat</name><difficult>0</difficult>
            <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>20</ymax></bndbox>
          </object>
          <object>
            <name>dog</name><difficult>1</difficult>
            <bndbox><xmin>11</xmin><ymin>1</ymin><xmax>100</xmax><ymax>50</ymax></bndbox>
          </object>
        </annotation>
        """

    @Test func vocCountsPixelsFromOneAndIncludesTheLast() throws {
        let table = try RecordTable(voc: [("x/1.xml", Data(Self.voc.utf8))])
        let rows = try items(table, TaskChoice("detect"))
        #expect(rows.first?.image.path == "a & b.png")
        #expect(
            rows.first?.image.item?.reference == [
                ["label": "cat", "box": [0.0, 0.0, 10.0, 20.0]],
                ["label": "dog", "box": [10.0, 0.0, 90.0, 50.0], "crowd": true],
            ])
    }

    @Test(arguments: [
        (
            "count",
            "the image 'a & b.png' has a 'difficult' object, which may be counted or not, so its count is unknown: remove the file"
        ),
        (
            "caption",
            "the image 'a & b.png' has no caption: Pascal VOC states none; use a table, or COCO's captions"
        ),
    ])
    func vocGapsNameTheImage(task: String, message: String) throws {
        let table = try RecordTable(voc: [("x/1.xml", Data(Self.voc.utf8))])
        let found = problems { _ = try items(table, TaskChoice(task)) }
        #expect(found == [TableProblem(file: "x/1.xml", line: 3, message)])
    }

    @Test(arguments: [
        Mismatch(
            id: "corners out of order", old: "<xmax>10</xmax>", new: "<xmax>0</xmax>", line: 6,
            message: "the object 'cat': its corners are not in order"),
        Mismatch(
            id: "beyond the image", old: "<ymax>50</ymax>", new: "<ymax>70</ymax>", line: 10,
            message:
                "the object 'dog': the box [10,0,90,70] extends beyond the image of 100 x 50 pixels: [x, y, width, height] is expected"
        ),
        Mismatch(
            id: "no corner", old: "<xmin>11</xmin>", new: "", line: 10,
            message: "the object 'dog' has no 'bndbox' with the numbers xmin, ymin, xmax and ymax"),
        Mismatch(
            id: "not XML", old: "</object>\n</annotation>", new: "</annotation>", line: 13,
            message: "it is not XML: </annotation> does not close an element"),
        Mismatch(
            id: "entities of a document type", old: "<!-- drawn -->",
            new: "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>",
            line: 2, message: "it is not XML: a document type is not supported"),
    ])
    func vocMismatches(_ mismatch: Mismatch) {
        let text = Self.voc.replacingOccurrences(of: mismatch.old, with: mismatch.new)
        #expect(text != Self.voc)
        let found = problems {
            _ = try RecordTable(voc: [("x/1.xml", Data(Self.voc.utf8)), ("x/2.xml", Data(text.utf8))])
        }
        #expect(found.first == TableProblem(file: "x/2.xml", line: mismatch.line, mismatch.message))
    }

    // MARK: JSON lists

    /// ChartQA's questions are one JSON list, DocVQA's a list named `data`.
    @Test(arguments: [
        ("[\n%@\n]\n", 2), ("{\"dataset_name\": \"x\",\n \"data\": [%@]}\n", 2), ("{\"data\": [%@]}", 1),
    ])
    func jsonLists(_ form: String, _ line: Int) throws {
        let rows =
            #"{"imgname": "1.png", "query": "How many?", "label": "4"}, {"imgname": "1.png", "query": "Which?", "label": "red"}"#
        let items = try items(
            form.replacingOccurrences(of: "%@", with: rows), TaskChoice("answer"), columns: TableColumns(path: "imgname"))
        #expect(items.map(\.line) == [line, line])
        #expect(items.map { $0.image.item?.reference } == [["4"], ["red"]])
    }

    @Test func entryThatIsNotAnObject() {
        #expect(
            problems { _ = try items("[{\"path\": \"a\"},\n3]") } == [TableProblem(line: 2, "the entry is not a JSON object")])
        let error = #expect(throws: DatasetError.self) { _ = try items("[{\"path\": \"a\"}") }
        #expect(error?.description == "the file cannot be read: the file ends too early")
    }

    // MARK: Donut

    /// Donut's questions: one entry for each accepted answer, JSON inside a JSON text.
    @Test func questionsOfGroundTruth() throws {
        let truth =
            #"{\"gt_parses\": [{\"question\": \"Who?\", \"answer\": \"Ann\"}, {\"question\": \"When?\", \"answer\": \"1999\"}, {\"question\": \"Who?\", \"answer\": \"Anne\"}]}"#
        let rows = try items(#"{"file_name":"a.png","ground_truth":"\#(truth)"}"#, TaskChoice("answer"))
        #expect(rows.map { $0.image.item?.variables?["question"] } == ["Who?", "When?"])
        #expect(rows.map { $0.image.item?.reference } == [["Ann", "Anne"], ["1999"]])
        #expect(rows.map { $0.image.item?.id } == ["a.png", "a.png#2"])
        let found = problems {
            _ = try items(
                #"{"file_name":"a.png","ground_truth":"\#(truth)"}"# + "\n" + #"{"file_name":"b.png","ground_truth":"{}"}"#,
                TaskChoice("answer"))
        }
        #expect(found.map(\.line) == [2])
    }

    // MARK: Tags and boxes

    /// `none` in the column became a tag of that name.
    @Test(
        arguments: [
            ("none", []), ("None", []), ("[\"none\"]", []), ("", []), ("cat;dog", ["cat", "dog"]),
        ] as [(String, JSONValue)])
    func noneMeansNoTags(_ cell: String, _ expected: JSONValue) throws {
        let row = TaskRow(cells: ["tags": cell])
        #expect(try Tag(options: TaskOptions()).reference(of: row) == expected)
    }

    @Test func noneIsATagOnlyIfItIsListed() throws {
        let tag = try Tag(options: TaskOptions(["labels": ["cat", "none"]]))
        #expect(try tag.reference(of: TaskRow(cells: ["tags": "none"])) == ["none"])
        let error = #expect(throws: TaskRowError.self) {
            try Tag(options: TaskOptions()).reference(of: TaskRow(cells: ["tags": "cat;none"]))
        }
        #expect(
            error?.message == "'none' means no tags and cannot be combined with another tag; remove it, or list it in 'labels'")
    }

    @Test func boxesOfATableAreInTheDeclaredConvention() throws {
        let row = TaskRow(cells: ["boxes": #"[{"label": "cat", "box": [10, 20, 30, 60]}]"#])
        let sized = try Detect(options: TaskOptions()).reference(of: row)
        #expect(sized == [["label": "cat", "box": [10.0, 20.0, 30.0, 60.0]]])
        let corners = try Detect(options: TaskOptions(["boxes": "xyxy"])).reference(of: row)
        #expect(corners == [["label": "cat", "box": [10.0, 20.0, 20.0, 40.0]]])
        #expect(throws: TaskRowError.self) {
            try Detect(options: TaskOptions(["boxes": "xyxy"])).reference(
                of: TaskRow(cells: ["boxes": #"[{"label": "cat", "box": [10, 20, 5, 5]}]"#]))
        }
    }

    /// Supervised examples stated boxes in pixels although the request, and so the reader of answers, used thousandths.
    @Test(
        arguments: [
            (nil, [100, 200, 300, 600]), ("yxyx-1000", [200, 100, 600, 300]), ("xyxy-pixels", [10, 20, 30, 60]),
        ] as [(String?, JSONValue)])
    func examplesUseTheConventionOfTheRequest(_ convention: String?, _ numbers: JSONValue) throws {
        let detect = try Detect(options: TaskOptions())
        let item = TaskItem(
            id: "a", images: [TaskImage(path: "a.png", width: 100, height: 100)], group: "a",
            reference: [["label": "cat", "box": [10, 20, 20, 40]]])
        let context = TaskContext(vocabulary: ["cat"], form: AnswerForm(property: "boxes", boxes: convention))
        let answer = detect.answer(to: item, context)
        #expect(answer == [["label": "cat", "box": numbers]])
        let read = detect.read(JSONValue.object(["boxes": answer]).canonical, about: item, context)
        #expect(read.value?["boxes"]?.array?.first?["box"]?.array?.compactMap(\.double) == [10, 20, 20, 40])
    }

    // MARK: Groups of labels

    private func clips(_ groups: [(label: String, group: String, clips: Int)]) -> DatasetManifest {
        DatasetManifest(
            groups.flatMap { group in
                (0..<group.clips).map { at in
                    ManifestEntry(
                        path: "\(group.group)_\(at).avi", label: group.label, digest: Digest(of: group.group), bytes: 1, width: 1,
                        height: 1, group: group.group)
                }
            })
    }

    /// All clips of a source stay in one part, and the numbers count sources.
    @Test func clipsOfOneSourceStayTogether() throws {
        let manifest = clips(
            ["a", "b"].flatMap { label in (0..<5).map { (label: label, group: "\(label)\($0)", clips: $0 % 3 + 1) } })
        let split = try SplitSpec(train: 2, validation: 1, test: 2).split(manifest)
        func groups(_ part: SplitPart) -> Set<String> { Set(split[part].examples.compactMap(\.group)) }
        #expect(SplitPart.allCases.map { groups($0).count } == [4, 2, 4])
        #expect(groups(.train).isDisjoint(with: groups(.test)))
        #expect(SplitPart.allCases.reduce(0) { $0 + split[$1].examples.count } == manifest.entries.count)
        let error = #expect(throws: SplitError.self) { try SplitSpec(test: 6).split(manifest) }
        #expect(error?.description == "'a' has 5 groups, the split needs 6; 'b' has 5 groups, the split needs 6")
    }

    @Test func aGroupHasOneLabel() {
        let manifest = clips([("a", "x", 1), ("b", "x", 1)])
        #expect(throws: SplitError.groupsOfTwoLabels(["x"])) { try SplitSpec(test: 1).split(manifest) }
    }

    /// Further images and groups survive a round trip, and are absent from entries without them.
    @Test func furtherImagesAreStored() throws {
        var entry = ManifestEntry(path: "a.png", label: "x", digest: Digest(of: "a"), bytes: 1, width: 1, height: 1)
        let plain = DatasetManifest([entry])
        #expect(!String(decoding: plain.encoded, as: UTF8.self).contains("more"))
        entry.more = [AdditionalImage(path: "a.png#2", digest: Digest(of: "b"), bytes: 2, width: 3, height: 4)]
        entry.group = "g"
        let manifest = DatasetManifest([entry])
        #expect(try DatasetManifest(decoding: manifest.encoded) == manifest)
        let part = try SplitSpec(test: 1).split(manifest)[.test]
        #expect(try SplitExamples(decoding: part.encoded) == part)
        #expect(part.examples.first?.perImage.map(\.path) == ["a.png", "a.png#2"])
        #expect(part.examples.first?.perImage.map(\.digest) == [Digest(of: "a"), Digest(of: "b")])
    }

    /// Each opening was searched for its end through the whole file, which took minutes for a megabyte.
    @Test(.timeLimit(.minutes(1)), arguments: ["<?a>", "<!--a>", "<a><!--", "<![CDATA["])
    func openingsWithoutAnEnd(opening: String) {
        let text = "<annotation>" + String(repeating: opening, count: 100_000)
        #expect(throws: DatasetError.self) { try RecordTable(voc: [("a.xml", Data(text.utf8))]) }
    }
}
