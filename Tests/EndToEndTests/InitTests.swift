// `assay init`, `doctor` and `validate`, the first commands of a new user.

import Foundation
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct InitTests {
    @Test func theSpecItWritesRuns() throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 12)
        let made = try project.assay("init", "--images", "photos")
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("wrote assay.yaml for 36 images of 3 labels"))
        let text = try String(contentsOfFile: project.folder + "/assay.yaml", encoding: .utf8)
        #expect(text.contains("folder: photos\n"))
        #expect(text.split(separator: "\n").count { $0.contains("# ") } >= 8)
        let run = try project.assay("run", "assay.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(1500))")
        let rows = try project.predictionRows(run)
        #expect(Set(rows.map { $0["model"] }) == ["base", "tuned", "cnn"])
        #expect(try project.assay("run", "assay.yaml", "--json").end["ran"] as? Int == 0)
        let doctor = try project.assay("doctor", "assay.yaml")
        #expect(doctor.status == 0, "\(doctor.output)\(doctor.errors)")
        #expect(doctor.output.contains("provider 'provider': emulated"))
    }

    /// Guards against "unexpected argument" for the folder.
    @Test func theFolderIsAnArgument() throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 12)
        #expect(try project.assay("init", "photos").output.contains("wrote assay.yaml for 36 images of 3 labels"))
        let twice = try project.assay("init", "photos", "--images", "others", "--force")
        #expect(twice.status == 2 && twice.errors.contains("given twice"), "\(twice.errors)")
        #expect(try project.assay("init", "--force").errors.contains("assay init FOLDER"))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var arguments: [String]
        var make: @Sendable (TestProject) throws -> Void
        var holds: [String]
        var testDescription: String { id }
    }

    static let cases: [Case] = [
        Case(
            id: "two images a label", arguments: ["--images", "photos", "--answers", "none"],
            make: { try $0.pictures("photos", perLabel: 2) },
            holds: ["train: 1, validation: 0, test: 1", "select: last", "baseline: cnn"]),
        Case(
            id: "numbered folders", arguments: ["--images", "photos", "--answers", "none"],
            make: { project in
                try project.pictures("photos", perLabel: 4)
                for (old, new) in [("blue", "n01-light_blue"), ("green", "n02-green"), ("red", "n03-red")] {
                    let folder = project.folder + "/photos/"
                    try FileManager.default.moveItem(atPath: folder + old, toPath: folder + new)
                }
            }, holds: ["label: { after: \"-\", replace: { \"_\": \" \" } }"]),
        Case(
            id: "split folders", arguments: ["--images", "photos/"],
            make: { project in
                try project.pictures("photos/train", perLabel: 4)
                try project.pictures("photos/test", perLabel: 2, from: 100)
            }, holds: ["layout: split-folders", "from: dataset", "validation: false"]),
        Case(
            id: "archive", arguments: ["--images", "my photos.tar.gz", "-o", "other.yaml"],
            make: { project in
                try project.pictures("photos", perLabel: 6)
                try project.tool("tar", "-czf", "my photos.tar.gz", "photos")
            }, holds: ["archive: \"my photos.tar.gz\"", "name: my-photos"]),
        Case(
            id: "table", arguments: ["--images", "labels.csv", "--answers", "openai"],
            make: { project in
                try project.pictures("photos", perLabel: 6)
                let rows = ["blue", "green", "red"].flatMap { label in
                    (0..<6).map { "photos/\(label)/\($0).png,\(label)" }
                }
                try project.write("labels.csv", "path,label\n" + rows.joined(separator: "\n") + "\n")
            }, holds: ["table: labels.csv", "kind: openai", "max_completion_tokens", "# No fine-tuned model"]),
        Case(
            id: "azure", arguments: ["--images", "photos", "--answers", "azure-openai"],
            make: { try $0.pictures("photos", perLabel: 12) },
            holds: ["kind: azure-openai", "# control_plane:", "# tuned:", "budget: { usd: 50 }", "max_completion_tokens"]),
        // The list of providers is that of the plug-ins: Vertex AI was not offered.
        Case(
            id: "vertex", arguments: ["--images", "photos", "--answers", "vertex"],
            make: { try $0.pictures("photos", perLabel: 12) },
            holds: [
                "kind: vertex", "bucket: ${ASSAY_BUCKET}", "# tuned:", "#     hyperparameters: { epochs: 2 }",
                "budget: { usd: 50 }",
            ]),
        // Nested folders were refused, or read by another rule than a run's.
        Case(
            id: "folders below a label's folder", arguments: ["--images", "photos"],
            make: { project in
                for year in ["2023", "2024"] {
                    for label in ["blue", "red"] {
                        for index in 0..<4 {
                            try project.picture(
                                "photos/\(label)/\(year)/\(index).png",
                                seed: index + (year == "2023" ? 0 : 100) + (label == "red" ? 1000 : 0))
                        }
                    }
                }
            }, holds: ["layout: top-folder", "has the fewest, 8."]),
        Case(
            id: "labels' folders below kinds", arguments: ["--images", "photos", "--answers", "none"],
            make: { project in
                try project.pictures("photos/colours", perLabel: 4)
                try project.picture("photos/others/grey/1.png", seed: 5000)
                try project.picture("photos/others/grey/2.png", seed: 5001)
            }, holds: ["layout: nearest-folder", "'grey' has the fewest, 2.", "8 of 14 images are used"]),
        Case(
            id: "train and validation folders", arguments: ["--images", "photos"],
            make: { project in
                try project.pictures("photos/train", perLabel: 5)
                try project.pictures("photos/val", perLabel: 2, from: 100)
            }, holds: ["layout: split-folders", "split: main.validation", "select: last", "validation: false"]),
        Case(
            id: "a label with one image", arguments: ["--images", "photos", "--answers", "none"],
            make: { project in
                try project.pictures("photos", perLabel: 4)
                try project.picture("photos/grey/1.png", seed: 5000)
            }, holds: ["labels: { min_images: 2 }", "has the fewest, 4."]),
        Case(
            id: "an empty file among the images", arguments: ["--images", "photos", "--answers", "none"],
            make: { project in
                try project.pictures("photos", perLabel: 5)
                try project.write("photos/red/0.png", "")
            }, holds: ["skip_unreadable: true", "'red' has the fewest, 4."]),
        Case(
            id: "unusual columns", arguments: ["--images", "rows.tsv", "--answers", "azure-openai"],
            make: { project in
                try project.pictures("photos", perLabel: 4)
                let rows = ["blue", "green", "red"].flatMap { label in
                    (0..<4).map { "\($0)\tphotos/\(label)/\($0).png\t\(label)" }
                }
                try project.write("rows.tsv", "number\tshot at\tbreed name\n" + rows.joined(separator: "\n") + "\n")
            }, holds: ["columns: { path: \"shot at\", label: \"breed name\" }"]),
        Case(
            id: "JSON Lines in a folder of their own", arguments: ["--images", "tables/rows.jsonl"],
            make: { project in
                try project.pictures("photos", perLabel: 4)
                let rows = ["blue", "green", "red"].flatMap { label in
                    (0..<4).map { #"{"file_name": "photos/\#(label)/\#($0).png", "label": "\#(label)"}"# }
                }
                try FileManager.default.createDirectory(
                    atPath: project.folder + "/tables", withIntermediateDirectories: true)
                try project.write("tables/rows.jsonl", rows.joined(separator: "\n") + "\n")
            }, holds: ["table: tables/rows.jsonl", "root: .\n"]),
        Case(
            id: "a folder with its metadata", arguments: ["--images", "photos"],
            make: { project in
                var rows = "file_name,label\n"
                for (number, label) in ["blue", "red"].enumerated() {
                    for index in 0..<4 {
                        try project.picture("photos/\(label)\(index).png", seed: number * 1000 + index)
                        rows += "\(label)\(index).png,\(label)\n"
                    }
                }
                try project.write("photos/metadata.csv", rows)
            }, holds: ["table: photos/metadata.csv"]),
    ]

    /// Guards a first result from a handful of test images, which can show nothing, without a word about it.
    @Test func testPartIsLargeEnoughOrItsLimitIsStated() throws {
        let project = try TestProject()
        try project.pictures("few", perLabel: 12)
        let few = try project.assay("init", "--images", "few", "--answers", "none", "-o", "few.yaml")
        #expect(few.output.contains("18 test images (6 for the label with the fewest) are few"), "\(few.output)")
        let text = try String(contentsOfFile: project.folder + "/few.yaml", encoding: .utf8)
        #expect(text.contains("test: 6") && text.contains("are few: with 80% power"), "\(text)")
        try project.pictures("many", perLabel: 50)
        let many = try project.assay("init", "--images", "many", "--answers", "none", "-o", "many.yaml")
        #expect(!many.output.contains("are few"), "\(many.output)")
        let enough = try String(contentsOfFile: project.folder + "/many.yaml", encoding: .utf8)
        #expect(enough.contains("test: 20") && enough.contains("# 60 test images"), "\(enough)")
    }

    /// Guards against a template with a model that is retired by the built-in prices, even in a comment.
    @Test(arguments: ["emulator", "openai", "azure-openai", "vertex", "none"])
    func noTemplateNamesARetiredModel(answers: String) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 6)
        let made = try project.assay("init", "--images", "photos", "--answers", answers)
        #expect(made.status == 0, "\(made.errors)")
        let text = try String(contentsOfFile: project.folder + "/assay.yaml", encoding: .utf8)
        let prices = try #require(
            JSONSerialization.jsonObject(with: Data(project.assay("prices", "--json").output.utf8)) as? [String: Any])
        var named = 0
        for table in try #require(prices["tables"] as? [[String: Any]]) {
            let date = try #require(table["date"] as? String)
            for model in try #require(table["models"] as? [[String: Any]]) {
                let name = try #require(model["model"] as? String)
                guard text.contains(name) else { continue }
                named += 1
                let retires = try #require(model["retires"] as? [String: Any])
                for case let day as String in retires.values { #expect(day > date, "\(name) retires on \(day)") }
            }
        }
        #expect((named > 0) == !["emulator", "none"].contains(answers))
        // Retired or closed to new customers according to docs/azure.md, section 2, independent of the prices.
        for name in ["gpt-4o", "gpt-4.1"] { #expect(!text.contains(name)) }
        // A model without a price would be an error, because the spec has a budget.
        let validated = try project.assay("validate", "assay.yaml")
        #expect(!validated.errors.contains("price") && !validated.errors.contains("retired"), "\(validated.errors)")
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/prices.yaml"))
    }

    @Test(arguments: cases) func isValidAndCanBePlanned(_ item: Case) throws {
        let project = try TestProject()
        try item.make(project)
        let made = try project.assay(["init"] + item.arguments)
        #expect(made.status == 0, "\(made.errors)")
        let name = item.arguments.last == "other.yaml" ? "other.yaml" : "assay.yaml"
        let text = try String(contentsOfFile: project.folder + "/" + name, encoding: .utf8)
        for line in item.holds { #expect(text.contains(line), "\(text)") }
        let validated = try project.assay("validate", name)
        #expect(validated.status == 0 && !validated.errors.contains("error["), "\(validated.errors)")
        let plan = try project.assay("plan", name)
        #expect(plan.status == 0, "\(plan.errors)")
    }

    /// Guards: a folder with a picture that is cut off was taken without a word, and the first run failed.
    @Test(arguments: ["photos", "photos.tar", "photos.csv"]) func aPictureThatIsCutOffIsNamed(form: String) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 4)
        let path = project.folder + "/photos/red/"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: path).min())
        let whole = try Data(contentsOf: URL(filePath: path + name))
        try whole.prefix(whole.count - 20).write(to: URL(filePath: path + name))
        if form.hasSuffix("tar") {
            try project.tool("tar", "-cf", form, "photos")
        } else if form.hasSuffix("csv") {
            var rows = "path,label\n"
            for label in ["blue", "green", "red"] {
                for file in try FileManager.default.contentsOfDirectory(atPath: project.folder + "/photos/" + label).sorted() {
                    rows += "photos/\(label)/\(file),\(label)\n"
                }
            }
            try Data(rows.utf8).write(to: URL(filePath: project.folder + "/" + form))
        }
        let made = try project.assay("init", form, "--answers", "none")
        #expect(made.status == 0, "\(made.errors)")
        #expect(
            made.output.contains("1 image may be truncated") && made.output.contains("red/\(name) has no end marker"),
            "\(made.output)")
        let text = try String(contentsOfFile: project.folder + "/assay.yaml", encoding: .utf8)
        #expect(text.contains("skip_unreadable: true"), "\(text)")
        #expect(try project.assay("plan").status == 0)
        #expect(try project.assay("dataset").output.contains("unreadable"))
    }

    struct TableCase: Sendable, CustomTestStringConvertible {
        var id: String
        /// The columns after the path.
        var header: String
        /// The cells of one image after the path; `N` is the image's number.
        var row: String
        /// Lines of the spec.
        var holds: [String]
        var testDescription: String { id }
    }

    /// The names of a table's columns decide the task. `init` refused all tables but those of labels.
    @Test(arguments: [
        TableCase(
            id: "text", header: "text", row: "line N",
            holds: ["task: transcribe", "main: { test: 100%, order: name }", "answer: text, max_tokens: 1000"]),
        TableCase(id: "another name of the text", header: "transcription", row: "line N", holds: ["task: transcribe"]),
        TableCase(
            id: "fields", header: "fields",
            row: #""{""shop"": ""A N"", ""total"": N.5, ""paid"": true, ""items"": [{""n"": N}], ""date"": ""2026-01-02""}""#,
            holds: [
                "task: { extract: { fields: { date: date, items: [{ n: integer }], paid: boolean, shop: text, total: number } } }"
            ]
        ),
        TableCase(
            id: "questions", header: "question,answer", row: "what is it?,thing N",
            holds: ["task: answer", #"user: [image, { text: "{{ question }}" }]"#]),
        TableCase(
            id: "ten answers", header: "question,answers",
            row: #"what?,"[""a"",""a"",""a"",""a"",""b"",""b"",""c"",""c"",""c"",""N""]""#,
            holds: ["task: { answer: { score: vqa } }"]),
        TableCase(id: "tags", header: "tags", row: "a;b", holds: ["task: tag", "{{ labels | json }}", "  cnn:"]),
        TableCase(id: "whole numbers", header: "number", row: "N", holds: ["task: count", "  cnn:", "test: 30%"]),
        TableCase(id: "counts", header: "count", row: "N", holds: ["task: count"]),
        TableCase(id: "numbers", header: "number", row: "N.5", holds: ["task: measure", "# State the quantity and its unit."]),
        TableCase(
            id: "numbers with questions", header: "question,number", row: "how long?,N",
            holds: ["task: count", #"user: [image, { text: "{{ question }}" }]"#]),
        TableCase(
            id: "boxes", header: "boxes", row: #""[{""label"": ""dot"", ""box"": [1, 1, 4, 4]}]""#,
            holds: ["task: detect", "answer: { json: boxes, name: Boxes }"]),
        TableCase(id: "captions", header: "caption", row: "a picture of N", holds: ["task: caption"]),
        TableCase(
            id: "parts", header: "number,split", row: "N,PART", holds: ["main: { from: dataset }", "split: main.test", "  cnn:"]),
    ])
    func theColumnsOfATableDecideTheTask(_ item: TableCase) throws {
        let project = try TestProject()
        try project.pictures("photos/images", perLabel: 8)
        var rows = "path,\(item.header)\n"
        for (number, label) in ["blue", "green", "red"].enumerated() {
            let files = try FileManager.default.contentsOfDirectory(atPath: project.folder + "/photos/images/" + label).sorted()
            for (place, file) in files.enumerated() {
                let part = ["train", "validation", "test"][place % 3]
                let cells = item.row.replacing("N", with: "\(10 * number + place)").replacing("PART", with: part)
                rows += "images/\(label)/\(file),\(cells)\n"
            }
        }
        try project.write("photos/table.csv", rows)
        // Specs with errors are errors of 'init', too.
        for answers in ["azure-openai", "openai", "vertex", "emulator"] {
            let made = try project.assay("init", "photos/table.csv", "--answers", answers, "--force")
            #expect(made.status == 0, "\(answers): \(made.errors)")
            #expect(made.output.contains("24 items of the task"), "\(made.output)")
        }
        let text = try String(contentsOfFile: project.folder + "/assay.yaml", encoding: .utf8)
        for line in item.holds { #expect(text.contains(line), "\(text)") }
        let plan = try project.assay("plan")
        #expect(plan.status == 0, "\(plan.errors)")
    }

    struct RowsCase: Sendable, CustomTestStringConvertible {
        var id: String
        /// The path of the table.
        var table = "metadata.jsonl"
        /// The table before its rows.
        var head = ""
        /// The row of one image; `FILE` is its name, `N` its number.
        var row: String
        /// The folder of the images.
        var folder = "."
        /// Texts of the spec, or of the message if `init` refuses the table.
        var holds: [String]
        var isRefused = false
        var testDescription: String { id }
    }

    @Test(arguments: [
        RowsCase(
            id: "a text in Donut's form",
            row: #"{"file_name":"FILE","ground_truth":"{\"gt_parse\": {\"text_sequence\": \"line N\"}}"}"#,
            holds: ["task: transcribe"]),
        RowsCase(
            id: "fields in Donut's form", row: #"{"file_name":"FILE","ground_truth":"{\"gt_parse\": {\"total\": \"N\"}}"}"#,
            holds: ["task: { extract: { fields: { total: text } } }"]),
        RowsCase(
            id: "questions in Donut's form",
            row: #"{"file_name":"FILE","ground_truth":"{\"gt_parses\": [{\"question\": \"q?\", \"answer\": \"N\"}]}"}"#,
            holds: ["task: answer", "{{ question }}"]),
        RowsCase(
            id: "fields without a common type", row: #"{"file_name":"FILE","fields":{"a":["x",{"y":N}]}}"#,
            holds: ["task: extract", "{{ fields }}", "answer: text"]),
        RowsCase(
            id: "images beside the table's folder", table: "tables/table.csv", head: "path,text\n", row: "FILE,line N",
            folder: "images", holds: ["task: transcribe", "root: images"]),
        RowsCase(
            id: "few groups train no network", table: "table.csv", head: "path,patient,tags\n", row: "FILE,p,a;b",
            holds: ["test: 100%"]),
        RowsCase(
            id: "a label beside questions", table: "table.csv", head: "path,question,label,answer\n", row: "FILE,q?,N,a",
            holds: ["'label'", "'answer'"], isRefused: true),
        RowsCase(
            id: "annotations of COCO", table: "instances.json", head: #"{"images":[],"annotations":[],"categories":[]}"#, row: "",
            holds: ["a file of COCO annotations", "coco: instances.json"], isRefused: true),
        RowsCase(
            id: "annotations of COCO on several lines", table: "instances.json",
            head: "{\n\"images\": [{\"id\": 1, \"file_name\": \"0.png\", \"width\": 8, \"height\": 8}],\n"
                + "\"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 1, 4, 4]}],\n"
                + "\"categories\": [{\"id\": 1, \"name\": \"x\"}]\n}\n",
            row: "", holds: ["a file of COCO annotations"], isRefused: true),
    ])
    func tablesOfItems(_ item: RowsCase) throws {
        let project = try TestProject()
        var rows = item.head
        for number in 0..<24 {
            try project.picture("\(item.folder)/\(number).png", seed: number)
            if !item.row.isEmpty {
                rows += item.row.replacing("FILE", with: "\(number).png").replacing("N", with: "\(number)") + "\n"
            }
        }
        try FileManager.default.createDirectory(
            atPath: project.folder + "/" + item.table.split(separator: "/").dropLast().joined(separator: "/"),
            withIntermediateDirectories: true)
        try project.write(item.table, rows)
        let made = try project.assay("init", item.table)
        #expect((made.status != 0) == item.isRefused, "\(made.errors)")
        let text =
            item.isRefused ? made.errors : try String(contentsOfFile: project.folder + "/assay.yaml", encoding: .utf8)
        for part in item.holds { #expect(text.contains(part), "\(text)") }
        guard !item.isRefused else { return }
        let plan = try project.assay("plan")
        #expect(plan.status == 0, "\(plan.errors)")
    }

    /// Columns of labels, and names that several tasks use, lead to a classification as before.
    @Test(arguments: ["label", "class", "answer", "kind"]) func tablesOfLabelsAreClassified(column: String) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 8)
        var rows = "path,\(column)\n"
        for label in ["blue", "green", "red"] {
            for file in try FileManager.default.contentsOfDirectory(atPath: project.folder + "/photos/" + label).sorted() {
                rows += "photos/\(label)/\(file),\(label)\n"
            }
        }
        try project.write("table.csv", rows)
        let made = try project.assay("init", "table.csv")
        #expect(made.status == 0 && made.output.contains("24 images of 3 labels"), "\(made.output)\(made.errors)")
    }

    @Test func itemsThatNoLocalModelLearnsNeedAProvider() throws {
        let project = try TestProject()
        try project.picture("1.png", seed: 1)
        try project.write("table.csv", "path,text\n1.png,one\n")
        let none = try project.assay("init", "table.csv", "--answers", "none")
        #expect(none.status == 2 && none.errors.contains("choose a provider with --answers"), "\(none.errors)")
        let trainer = try project.assay("init", "table.csv", "--trainer", "sklearn")
        #expect(trainer.status == 2 && trainer.errors.contains("--trainer writes a trainer for labels"), "\(trainer.errors)")
        try project.write("table.csv", "path,tags\n1.png,a;b\nmissing.png,c\n")
        let missing = try project.assay("init", "table.csv")
        #expect(missing.status == 2 && missing.errors.contains("line 3"), "\(missing.errors)")
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/assay.yaml"))
    }

    @Test func refusesWhatItCannotUse() throws {
        let project = try TestProject()
        #expect(try project.assay("init").status == 2)
        #expect(try project.assay("init", "--images", "nowhere").errors.contains("there is no 'nowhere'"))
        try project.picture("flat/1.png", seed: 1)
        let flat = try project.assay("init", "--images", "flat")
        #expect(flat.status == 2)
        #expect(flat.errors.contains("put the images into one folder per label"), "\(flat.errors)")
        try project.pictures("photos", perLabel: 4)
        #expect(try project.assay("init", "--images", "photos").status == 0)
        let twice = try project.assay("init", "--images", "photos")
        #expect(twice.status == 2)
        #expect(twice.errors.contains("--force"))
        #expect(try project.assay("init", "--images", "photos", "--force").status == 0)
    }

    @Test func doctorNamesMissingItems() throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 6)
        #expect(try project.assay("init", "--images", "photos", "--answers", "openai").status == 0)
        try project.write(
            "azure.yaml",
            """
            extends: assay.yaml
            providers:
              provider: { kind: openai, endpoint: "http://127.0.0.1:9/v1", api_key: "${SURELY_NOT_SET}" }
            """)
        let missing = try project.assay("doctor", "azure.yaml")
        #expect(missing.status == 1)
        #expect(missing.output.contains("SURELY_NOT_SET is not set"), "\(missing.output)")
        let silent = try project.assay("doctor", "azure.yaml", environment: ["SURELY_NOT_SET": "sesame"])
        #expect(silent.status == 1)
        #expect(silent.output.contains("problem  provider 'provider'"), "\(silent.output)")
        #expect(silent.output.contains("do: "))
        #expect(!silent.output.contains("sesame") && !silent.errors.contains("sesame"))
    }

    /// The retirement dates in the account's own list take precedence over any table.
    @Test func doctorReportsEndDatesOfModels() throws {
        let project = try TestProject()
        func model(_ name: String, asked: Int, tuned: Int) -> String {
            #"{"id":"\#(name)","object":"model","deprecation":{"inference":\#(asked),"fine_tune":\#(tuned)}}"#
        }
        let list = [
            model("gone-2024", asked: 1_577_836_800, tuned: 1_577_836_800),
            model("here-2026", asked: 4_102_444_800, tuned: 4_102_444_800),
        ].joined(separator: ",")
        let server = try TestServer { request, _ in
            request.path == "/api/projects/p/openai/models"
                ? .json(200, #"{"object":"list","data":[\#(list)]}"#) : .json(404, #"{"error":{"message":"no"}}"#)
        }
        defer { server.stop() }
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: ends
            dataset: { generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 } }
            splits: { main: { train: 6, validation: 2, test: 2, order: name } }
            prompts: { classify: { system: "One of [{{ labels }}].", user: [image] } }
            requests: { plain: { prompt: classify, answer: text } }
            providers: { there: { kind: azure-openai, endpoint: "\(server.url)/api/projects/p", api_key: "${TEST_KEY}" } }
            models:
              old: { provider: there, model: gone-2024, deployment: old }
              new: { provider: there, model: here-2026, deployment: new }
              other: { provider: there, model: here-2062, deployment: other }
            evaluations:
              all: { split: main.test, models: { old: { online: plain }, new: { online: plain }, other: { online: plain } } }
            prices: prices.yaml
            """)
        try project.write(
            "prices.yaml",
            """
            assay-prices: 1
            date: 2026-11-01
            models:
              gone-2024: { input: 1, output: 1 }
              here-2026: { input: 1, output: 1 }
              here-2062: { input: 1, output: 1 }
            """)
        let reported = try project.assay("doctor", "spec.yaml", environment: ["TEST_KEY": "k"])
        #expect(reported.status == 1, "\(reported.output)\(reported.errors)")
        for words in [
            "'gone-2024' of 'old' could be asked until 2020-01-01", "'here-2026' of 'new' can be asked until 2100-01-01",
            "does not contain 'here-2062'", "did you mean 'here-2026'?", "a project's address",
        ] { #expect(reported.output.contains(words), "\(words): \(reported.output)") }
    }

    @Test func validateWritesYAMLAsJSON() throws {
        let project = try TestProject()
        try project.write("two.yaml", "a: [1, 0o17, no, ~]\n--- !any\n- <<\n")
        let documents = try project.assay("validate", "--yaml-json", "two.yaml")
        #expect(documents.status == 0)
        let compact = documents.output.filter { !$0.isWhitespace }
        #expect(compact == #"{"a":[1,15,"no",null]}["<<"]"#, "\(documents.output)")
        try project.write("broken.yaml", "a: [1\n")
        let broken = try project.assay("validate", "--yaml-json", "broken.yaml")
        #expect(broken.status == 2)
        #expect(broken.errors.contains("broken.yaml:1:"))
    }

    @Test func validateReadsAllVariants() throws {
        let project = try TestProject()
        try project.write(
            "spec.yaml",
            SmallExperiment.spec + """

                variants:
                  good: { models.cnn.train.epochs: 3 }
                  bad: { models.cnn.train.epoch: 3 }
                sweep: { models.cnn.train.seed: [1, x] }
                """)
        let result = try project.assay("validate", "spec.yaml")
        #expect(result.status == 2)
        #expect(result.errors.contains("error[unknown-key]: 'epoch'"), "\(result.errors)")
        #expect(result.errors.contains("error[wrong-type]"), "\(result.errors)")
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completesCommands(shell: String) throws {
        let project = try TestProject()
        let script = try project.assay("--generate-completion-script", shell)
        #expect(script.status == 0)
        for word in ["validate", "explain", "doctor", "--limit"] {
            #expect(script.output.contains(shell == "fish" ? word.replacingOccurrences(of: "--", with: "") : word))
        }
    }
}
