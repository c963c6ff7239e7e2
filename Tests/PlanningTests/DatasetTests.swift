// Datasets from folders, archives and tables.

import Basics
import Foundation
import Planning
import Specification
import Testing

@Suite("Datasets")
struct DatasetTests {
    @Test func folderPerLabel() throws {
        let paths = [
            "Images/n2-b_c/2.JPG", "Images/n2-b_c/1.jpeg", "Images/n1-a/1.png", "Images/n1-a/._1.png",
            "Images/n1-a/Thumbs.db", "__MACOSX/n1-a/x.jpg", "README.md",
        ]
        let rule = LabelSpec(after: "-", replace: [.init(old: "_", new: " ")], letterCase: .title)
        let images = try DatasetSpec.Layout.folderPerLabel.images(among: paths, label: rule)
        #expect(
            images == [
                LabelledImage(path: "Images/n1-a/1.png", label: "A"),
                LabelledImage(path: "Images/n2-b_c/1.jpeg", label: "B C"),
                LabelledImage(path: "Images/n2-b_c/2.JPG", label: "B C"),
            ])
    }

    @Test func splitFolders() throws {
        let paths = ["set/val/cat/1.webp", "set/train/cat/1.webp", "set/test/dog/9.webp"]
        let images = try DatasetSpec.Layout.splitFolders.images(among: paths, label: LabelSpec())
        #expect(
            images == [
                LabelledImage(path: "set/train/cat/1.webp", label: "cat", part: .train),
                LabelledImage(path: "set/val/cat/1.webp", label: "cat", part: .validation),
                LabelledImage(path: "set/test/dog/9.webp", label: "dog", part: .test),
            ])
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var id: String
        var layout: DatasetSpec.Layout = .folderPerLabel
        var rule = LabelSpec()
        var paths: [String]
        var error: DatasetError
        var testDescription: String { id }
    }

    @Test(
        "A bad layout is an error",
        arguments: [
            Bad(id: "no images", paths: ["a/b.txt", "jpg"], error: .noImages),
            Bad(id: "no folder", paths: ["a.jpg"], error: .noFolder(path: "a.jpg", layout: .folderPerLabel)),
            Bad(
                id: "no part", layout: .splitFolders, paths: ["a/b.jpg"],
                error: .noFolder(path: "a/b.jpg", layout: .splitFolders)),
            // A year or a copy below a label's folder silently became a separate label.
            Bad(
                id: "nested below a label", paths: ["cat/2023/1.jpg", "dog/2.jpg"],
                error: .nestedFolders(paths: ["cat/2023/1.jpg"], looksSplit: false, layout: .folderPerLabel)),
            Bad(
                id: "a copy beside the images", paths: ["cat/1.jpg", "cat/originals/1.jpg", "dog/1.jpg"],
                error: .nestedFolders(paths: ["cat/originals/1.jpg"], looksSplit: false, layout: .folderPerLabel)),
            Bad(
                id: "parts that the layout does not name", paths: ["set/train/cat/1.jpg", "set/valid/cat/1.jpg"],
                error: .nestedFolders(
                    paths: ["set/train/cat/1.jpg", "set/valid/cat/1.jpg"], looksSplit: true, layout: .folderPerLabel)),
            Bad(
                id: "nested below a label in a part", layout: .splitFolders,
                paths: ["train/cat/2023/1.jpg", "test/cat/1.jpg"],
                error: .nestedFolders(paths: ["train/cat/2023/1.jpg"], looksSplit: false, layout: .splitFolders)),
            Bad(
                id: "two labels, one name", paths: ["caf\u{E9}/1.jpg", "cafe\u{301}/1.jpg", "tea/1.jpg"],
                error: .labelsEqualAfterNormalization(["cafe\u{301}", "caf\u{E9}"])),
            Bad(
                id: "unknown part", layout: .splitFolders, paths: ["Images/a/b.jpg"],
                error: .unknownPart(name: "Images", path: "Images/a/b.jpg")),
            Bad(
                id: "two folders, one label", rule: LabelSpec(after: "-"), paths: ["n1-crane/1.jpg", "n2-crane/1.jpg"],
                error: .labelOfTwoFolders(label: "crane", folders: ["n1-crane", "n2-crane"])),
        ])
    func badLayout(_ test: Bad) {
        #expect(throws: test.error) { try test.layout.images(among: test.paths, label: test.rule) }
    }

    struct Layout: CustomTestStringConvertible, Sendable {
        var layout: DatasetSpec.Layout
        var paths = ["set/cat/2023/x.jpg", "set/cat/y.jpg", "set/dog/2024/z.jpg"]
        var isRooted = false
        var labels: [String]
        var testDescription: String { layout.rawValue + (isRooted ? ", rooted" : "") }
    }

    @Test(
        "A layout says how folders below a label count",
        arguments: [
            Layout(layout: .topFolder, labels: ["cat", "cat", "dog"]),
            Layout(layout: .nearestFolder, labels: ["2023", "2024", "cat"]),
            Layout(layout: .folderPath, labels: ["cat", "cat/2023", "dog/2024"]),
            // The one folder below a folder that the spec names is a label, not a wrapper.
            Layout(layout: .topFolder, paths: ["cat/2023/x.jpg", "cat/2024/x.jpg"], isRooted: true, labels: ["cat", "cat"]),
            Layout(
                layout: .splitTopFolder, paths: ["w/train/cat/2023/x.jpg", "w/test/dog/y.jpg"], labels: ["cat", "dog"]),
            Layout(
                layout: .splitFolderPath, paths: ["train/cat/2023/x.jpg", "test/dog/y.jpg"], labels: ["cat/2023", "dog"]),
            Layout(layout: .splitNearestFolder, paths: ["train/cat/a/x.jpg", "train/dog/b/y.jpg"], labels: ["a", "b"]),
        ])
    func layouts(_ test: Layout) throws {
        let images = try test.layout.labelled(test.paths, label: LabelSpec(), isRooted: test.isRooted)
        #expect(images.map(\.label) == test.labels)
    }

    struct Name: CustomTestStringConvertible, Sendable {
        var path: String
        var role: FileRole
        var testDescription: String { path.debugDescription }
    }

    @Test(
        "A file's name says whether it is read, looked into or skipped",
        arguments: [
            Name(path: "a/x.JFIF", role: .image), Name(path: "a/x.tiff", role: .image), Name(path: "a/x.bmp", role: .image),
            Name(path: "a/x.gif", role: .image), Name(path: "a/x", role: .unknown), Name(path: "a/IMG.0001", role: .unknown),
            Name(path: "a/x.txt", role: .skipped(reason: "not an image (.txt)", group: ".txt")),
            Name(path: "a/x.heic", role: .skipped(reason: ".heic images are not supported", group: ".heic")),
            Name(path: "a/.x.jpg", role: .skipped(reason: "hidden file", group: "hidden")),
            Name(path: ".cache/a/x.jpg", role: .skipped(reason: "hidden file", group: "hidden")),
            Name(path: "a/Thumbs.db", role: .skipped(reason: "file of an operating system", group: "of the operating system")),
            Name(
                path: "__MACOSX/a/x.jpg", role: .skipped(reason: "file of an operating system", group: "of the operating system")),
            Name(path: "a/x.jpg.bak", role: .skipped(reason: "not an image (.bak)", group: ".bak")),
        ])
    func roles(_ test: Name) { #expect(FileRole(path: test.path) == test.role) }

    struct Table: CustomTestStringConvertible, Sendable {
        var id: String
        var data: Data
        var columns: TableColumns?
        var roots: [String] = []
        var testDescription: String { id }

        init(_ id: String, _ text: String, columns: TableColumns? = nil, roots: [String] = []) {
            self.init(id, Data(text.utf8), columns: columns, roots: roots)
        }

        init(_ id: String, _ data: Data, columns: TableColumns? = nil, roots: [String] = []) {
            self.id = id
            self.data = data
            self.columns = columns
            self.roots = roots
        }
    }

    private static func utf16(_ text: String, bigEndian: Bool, mark: Bool = true) -> Data {
        var data = Data()
        for unit in (mark ? "\u{FEFF}" + text : text).utf16 {
            let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
            data.append(contentsOf: bigEndian ? bytes : bytes.reversed())
        }
        return data
    }

    private static let plain = "path,label,split\nb/2.jpg,\"dog, small\",test\na/1.jpg,cat,\n"

    /// All of these mean the same.
    @Test(
        "Tables are read as people have them",
        arguments: [
            Table("plain", plain),
            Table("byte order mark and CRLF", "\u{FEFF}label,path,split\r\n\"dog, small\",b/2.jpg,test\r\ncat,a/1.jpg,\r\n"),
            Table("semicolons", "path;label;split\nb/2.jpg;dog, small;test\na/1.jpg;cat;\n"),
            Table("tabs", "path\tlabel\tsplit\nb/2.jpg\tdog, small\ttest\na/1.jpg\tcat\t\n"),
            Table("bars and spaces", "path | label | split\nb/2.jpg | dog, small | test\na/1.jpg | cat |\n"),
            Table("sep line of a spreadsheet", "sep=;\npath;label;split\nb/2.jpg;dog, small;test\na/1.jpg;cat;\n"),
            Table("upper case", "Path,Label,Split\nb/2.jpg,\"dog, small\",Test\na/1.jpg,cat,\n"),
            Table("usual names", "file_name,class,subset\nb/2.jpg,\"dog, small\",test\na/1.jpg,cat,\n"),
            Table("image and category", "id,image,category,part\n1,b/2.jpg,\"dog, small\",test\n2,a/1.jpg,cat,\n"),
            Table(
                "own name before a usual one",
                "path,image,label,target,split\nb/2.jpg,i,\"dog, small\",1,test\na/1.jpg,j,cat,0,\n"),
            Table(
                "named columns", "pic,breed,fold\nb/2.jpg,\"dog, small\",test\na/1.jpg,cat,\n",
                columns: TableColumns(path: "pic", label: "breed", split: "fold")),
            Table("UTF-16 little-endian", utf16(plain, bigEndian: false)),
            Table("UTF-16 big-endian", utf16(plain, bigEndian: true)),
            Table("UTF-16 without a mark", utf16(plain, bigEndian: false, mark: false)),
            Table(
                "JSON Lines",
                "{\"file_name\": \"b/2.jpg\", \"label\": \"dog, small\", \"split\": \"test\"}\n\n"
                    + "{\"file_name\": \"a/1.jpg\", \"label\": \"cat\", \"split\": null}\n"),
            Table(
                "absolute paths", "path,label,split\n/data/set/b/2.jpg,\"dog, small\",test\na/1.jpg,cat,\n",
                roots: ["/data/set"]),
        ])
    func tables(_ test: Table) throws {
        let table = try LabelTable(
            parsing: test.data, columns: test.columns, label: LabelSpec(letterCase: .title), roots: test.roots)
        #expect(
            table.images == [
                LabelledImage(path: "a/1.jpg", label: "Cat"),
                LabelledImage(path: "b/2.jpg", label: "Dog, Small", part: .test),
            ])
    }

    struct Bracket: CustomTestStringConvertible, Sendable {
        var id: String
        var row: String
        var path = "a.png"
        var label = "cat"
        var testDescription: String { id }
    }

    /// A text in JSON that begins with a bracket was refused as an object or a list.
    @Test(arguments: [
        Bracket(id: "path", row: #"{"path": "[1] a.png", "label": "cat"}"#, path: "[1] a.png"),
        Bracket(id: "path with a brace", row: #"{"path": "{x}.png", "label": "cat"}"#, path: "{x}.png"),
        Bracket(id: "label", row: #"{"path": "a.png", "label": "[unclear]"}"#, label: "[unclear]"),
        Bracket(id: "label with a brace", row: #"{"path": "a.png", "label": "{other}"}"#, label: "{other}"),
    ])
    func textsInBrackets(_ item: Bracket) throws {
        let table = try LabelTable(parsing: Data(item.row.utf8), label: LabelSpec())
        #expect(table.images == [LabelledImage(path: item.path, label: item.label)])
    }

    /// A column called `part` without parts in it is not one of a split.
    @Test func otherPartsAreNotSplits() throws {
        let table = try LabelTable(parsing: Data("path,label,part\na.jpg,x,wing\n".utf8), label: LabelSpec())
        #expect(table.images == [LabelledImage(path: "a.jpg", label: "x")])
    }

    struct BadTable: CustomTestStringConvertible, Sendable {
        var text: String
        var error: DatasetError
        var testDescription: String { text.debugDescription }
    }

    @Test(
        "A bad table is an error at its line",
        arguments: [
            BadTable(text: "", error: .table(.empty)),
            BadTable(text: "name,label\n", error: .columnMissing(.path, named: nil, found: ["name", "label"])),
            BadTable(
                text: "file,image,label\n",
                error: .columnAmbiguous(
                    .path, candidates: ["file", "image"], found: ["file", "image", "label"])),
            BadTable(text: "path,label\n", error: .noRows),
            BadTable(text: "path,label\na,b,c\n", error: .table(.fieldCount(line: 2, have: 3, need: 2))),
            BadTable(
                text: "path,label\na,b\n\na,b\na,c\n,b\nd,\n../a,b\n/a,b\n",
                error: .rows([
                    TableProblem(line: 4, "'a' is listed twice; first on line 2"),
                    TableProblem(line: 5, "'a' has the label 'c', and 'b' on line 2"),
                    TableProblem(line: 6, "the column 'path' is empty"),
                    TableProblem(line: 7, "the column 'label' is empty"),
                    TableProblem(
                        line: 8, "'../a' is not below the table's folder ('root:' in the dataset names another folder)"),
                    TableProblem(
                        line: 9,
                        "'/a' is not below the table's folder "
                            + "('root:' in the dataset names the folder that the paths start from)"),
                ])),
            BadTable(
                text: "path,label,split\na,b,x\n",
                error: .rows([TableProblem(line: 2, "'x' is not a part of a split (train, val, test)")])),
            BadTable(
                text: "{\"path\": \"a\"}\n[1]\n", error: .table(.notJSONLines(line: 2, reason: "the line is not a JSON object"))),
            BadTable(
                text: "{\"path\": {\"url\": 1}, \"label\": 3}\n",
                error: .rows([TableProblem(line: 1, "the path must be a text or a list of texts")])),
            // Hugging Face's form of an image.
            BadTable(
                text: "{\"path\": {\"bytes\": 1}, \"label\": 3}\n",
                error: .rows([
                    TableProblem(line: 1, "the cell contains the image itself, not a path: write the images to files first")
                ])),
        ])
    func badTable(_ test: BadTable) {
        #expect(throws: test.error) { try LabelTable(parsing: Data(test.text.utf8), label: LabelSpec()) }
    }

    struct Unread: Sendable, CustomTestStringConvertible {
        let id: String
        let text: String
        /// Parts of the message and of the hint.
        let message: String
        let hint: String
        var testDescription: String { id }
    }

    /// Files with images in another form, and text above the header: the messages did not say what to do.
    @Test(arguments: [
        Unread(
            id: "map", text: #"{"a.png": "cat", "b.png": "dog"}"#, message: "one JSON object with a label for each path",
            hint: "jq -c 'to_entries[] | {path: .key, label: .value}'"),
        Unread(
            id: "map over lines", text: "{\n\"a.png\": \"cat\",\n\"b.png\": \"dog\"\n}\n",
            message: "one JSON object with a label for each path", hint: "to_entries"),
        Unread(
            id: "paths of labels", text: #"{"cat": ["a.png", "b.png"], "dog": ["c.png"]}"#,
            message: "one JSON object with a list of paths for each label", hint: "{path: ., label: $label}"),
        Unread(
            id: "columns over lines", text: "{\n\"path\": [\"a.png\", \"b.png\"],\n\"label\": [\"cat\", \"dog\"]}",
            message: "one JSON object with a list for each column", hint: "one object per image"),
        Unread(
            id: "pandas over lines",
            text: "{\n\"path\": {\"0\": \"a.png\", \"1\": \"b.png\"},\n\"label\": {\"0\": \"cat\", \"1\": \"dog\"}}",
            message: "one JSON object with a map for each column", hint: "lines=True"),
        Unread(
            id: "COCO", text: #"{"images": [{"id": 1}], "annotations": [], "categories": []}"#,
            message: "a file of COCO annotations", hint: "'coco: FILE'"),
        Unread(
            id: "list of lists", text: #"[["a.png", "cat"], ["b.png", "dog"]]"#, message: "a JSON list of lists",
            hint: "jq -c '.[] | {path: .[0], label: .[1]}'"),
        Unread(id: "list of texts", text: #"["a.png", "b.png"]"#, message: "a JSON list of texts", hint: "one object per image"),
        Unread(
            id: "list on each line", text: "[\"a.png\", \"cat\"]\n[\"b.png\", \"dog\"]\n",
            message: "JSON with a list on each line",
            hint: "jq -c '{path: .[0], label: .[1]}'"),
        Unread(
            id: "Python", text: "{'path': 'a.png', 'label': 'cat'}\n{'path': 'b.png', 'label': 'dog'}\n",
            message: "Python's text of dictionaries", hint: "json.dumps"),
        Unread(
            id: "commas between lines",
            text: "{\"path\": \"a.png\", \"label\": \"cat\"},\n{\"path\": \"b.png\", \"label\": \"dog\"},\n",
            message: "JSON with commas between the lines", hint: "remove the comma"),
        Unread(
            id: "objects over lines",
            text: "{\n\"path\": \"a.png\",\n\"label\": \"cat\"\n}\n{\n\"path\": \"b.png\",\n\"label\": \"dog\"\n}\n",
            message: "JSON objects over several lines", hint: "jq -c '.'"),
        Unread(
            id: "comment", text: "# made by x\npath,label\na.png,cat\n", message: "2 fields where the header has 1",
            hint: "remove a title or comment"),
        Unread(
            id: "comment with a comma", text: "# made by x, on monday\npath,label\na.png,cat\n",
            message: "no column for the image's path",
            hint: "looks like a comment"),
        Unread(
            id: "spaces", text: "path label\na.png cat\n", message: "no column for the image's path",
            hint: "separate columns by commas"),
        Unread(
            id: "colons", text: "path:label\na.png:cat\n", message: "no column for the image's path",
            hint: "separate columns by commas"),
        Unread(
            id: "no header", text: "a.png,cat\nb.png,dog\n", message: "no column for the image's path",
            hint: "add a line with the names"),
    ])
    func filesInAnotherForm(test: Unread) {
        let error = #expect(throws: DatasetError.self) { try LabelTable(parsing: Data(test.text.utf8), label: LabelSpec()) }
        #expect(error.map { "\($0)".contains(test.message) } == true, "\(String(describing: error))")
        #expect(error?.hint?.contains(test.hint) == true, "\(error?.hint ?? "")")
    }

    /// These look like other forms but are rows.
    @Test(arguments: [
        #"{"path": "a.png", "label": "cat"}"#, #"{"path": ["a.png", "b.png"], "label": "cat"}"#,
        #"[{"path": "a.png", "label": "cat"}]"#, "{\n\"data\": [\n{\"path\": \"a.png\", \"label\": \"cat\"}\n]\n}",
    ])
    func oneRowOfJSONIsRead(text: String) throws {
        #expect(try LabelTable(parsing: Data(text.utf8), label: LabelSpec()).rows.count == 1)
    }

    private static func image(_ path: String, _ label: String, _ bytes: String? = nil) -> DatasetFindings.Image {
        .init(path: path, label: label, part: nil, digest: bytes.map { Digest(of: $0) })
    }

    @Test func indistinguishableLabelsAreErrors() {
        #expect(throws: DatasetError.oneLabel("a")) { try DatasetFindings.requireLabels([Self.image("a/1", "a")]) }
        #expect(throws: DatasetError.labelsEqualAfterNormalization(["fish", "\u{FB01}sh"])) {
            try DatasetFindings.requireLabels([Self.image("1", "fish"), Self.image("2", "\u{FB01}sh")])
        }
        #expect(throws: DatasetError.pathsEqualAfterNormalization(["e\u{301}.jpg", "\u{E9}.jpg"])) {
            try DatasetFindings.requireLabels([Self.image("\u{E9}.jpg", "a"), Self.image("e\u{301}.jpg", "b")])
        }
    }

    @Test func doubtfulLabelsAreWarnings() {
        let images = [
            Self.image("Cat/1", "Cat", "x"), Self.image("Cat/2", "Cat", "y"), Self.image("cat/1", "cat", "x"),
            Self.image("cat/2", "cat", "z"), Self.image("hot dog/1", "hot dog", "1"), Self.image("hot dog/2", "hot dog", "2"),
            Self.image("hot_dog/1", "hot_dog", "3"),
        ]
        let warnings = DatasetFindings.warnings(images, layout: .folderPerLabel)
        #expect(warnings.map(\.code) == ["rare-label", "similar-labels", "similar-labels", "same-image-two-labels"])
        #expect(warnings[0].message == "a label has only one image: 'hot_dog'")
        #expect(warnings[1].message == "labels differ only in upper and lower case: 'Cat', 'cat'")
        #expect(warnings[2].message.hasSuffix("'hot dog', 'hot_dog'"))
        #expect(warnings[3].message == "one image is under more than one label: Cat/1 ('Cat') = cat/1 ('cat')")
        let streets = ["Straße", "STRASSE"].map { Self.image("\($0)/1", $0) }
        #expect(DatasetFindings.warnings(streets, layout: .folderPerLabel).contains { $0.code == "similar-labels" })
        #expect(
            DatasetFindings.warnings([Self.image("test/1", "test"), Self.image("train/1", "train")], layout: .folderPerLabel)
                .contains { $0.code == "layout-hint" })
    }

    /// The missing labels of a data frame became a class of their own, without a word.
    @Test(arguments: [
        ("nan", true), ("NaN", true), ("null", true), ("N/A", true), ("<NA>", true), ("none", false), ("NA", false),
        ("nanny", false),
    ])
    func labelsLikeMissingValues(_ label: String, _ isMissing: Bool) {
        let images = ["cat", label].flatMap { name in (0..<2).map { Self.image("\(name)\($0)", name, "\(name)\($0)") } }
        let warnings = DatasetFindings.warnings(images, layout: nil)
        #expect(warnings.map(\.code) == (isMissing ? ["missing-value"] : []))
        #expect(warnings.allSatisfy { $0.message == "a label looks like a missing value: '\(label)'" })
    }

    struct Absent: CustomTestStringConvertible, Sendable {
        var id: String
        var split: SplitSpec
        var message: String?
        var testDescription: String { id }
    }

    /// A percentage of a label's few images rounds to 0: the label was in no part, without a word.
    @Test(arguments: [
        Absent(
            id: "one label", split: SplitSpec(shares: .init(train: 0.8, test: 0.2)),
            message: "'main.test' has no images of the label 'rare'"),
        Absent(
            id: "two labels", split: SplitSpec(shares: .init(train: 0.95, test: 0.05)),
            message: "'main.test' has no images of 2 of 3 labels: 'few', 'rare'"),
        Absent(id: "an empty part is an error", split: SplitSpec(shares: .init(train: 1)), message: nil),
        Absent(id: "all labels", split: SplitSpec(shares: .init(train: 0.5, test: 0.5)), message: nil),
    ])
    func labelsMissingFromAPart(_ item: Absent) throws {
        let split = try item.split.split(SplitTests.manifest(["common": 20, "few": 5, "rare": 2]))
        #expect(DatasetFindings.absentLabels(in: "main.test", split[.test])?.message == item.message)
    }

    @Test func labelsWithCommasAreWarnedAbout() {
        func codes(_ system: String) -> [String] {
            DatasetFindings.separatorWarnings(
                ["bread", "bread, white"], prompts: [("p", PromptSpec(system: system))]
            ).map(\.code)
        }
        #expect(codes("[{{ labels }}]") == ["label-separator"])
        #expect(codes("{{ labels | list }}").isEmpty)
        #expect(codes("{{labels|json}}").isEmpty)
        #expect(codes("What is it?").isEmpty)
    }

    /// Guards: a variable without a column was sent literally.
    @Test func variablesWithoutAColumnAreWarnedAbout() {
        let items = [
            ItemEntry(id: "1", group: "1", variables: ["question": "Who?"], reference: ["a"]),
            ItemEntry(id: "2", group: "2", variables: ["question": ""], reference: ["b"]),
        ]
        func messages(_ text: String, _ items: [ItemEntry]) -> [String] {
            DatasetFindings.variableWarnings(
                ["question", "type"], given: items, prompts: [("p", PromptSpec(user: [.image, .text(text)]))]
            ).map(\.message)
        }
        #expect(messages("{{ question }} {{ labels }}", items).isEmpty)
        #expect(
            messages("{{question}} {{ type }}", items)
                == ["the prompt 'p' contains '{{ type }}', but the table has no column for it"])
        #expect(
            messages("{{ question }}", [ItemEntry(id: "1", group: "1", reference: 3)])
                == ["the prompt 'p' contains '{{ question }}', but the table has no column for it"])
    }

    @Test func labelsAreSelected() throws {
        let images = ["a", "a", "b", "c"]
        let only = try LabelSelection(only: ["a", "b"]).chosen(of: images) { $0 }
        #expect(only.kept == ["a", "a", "b"] && only.excluded == ["c"])
        #expect(try LabelSelection(except: ["a"]).chosen(of: images) { $0 }.kept == ["b", "c"])
        #expect(try LabelSelection(minImages: 2).frequent(of: images) { $0 }.kept == ["a", "a"])
        #expect(throws: DatasetError.noFrequentLabel(minImages: 3, most: 2)) {
            try LabelSelection(minImages: 3).frequent(of: images) { $0 }
        }
        #expect(throws: DatasetError.everyLabelExcluded) {
            try LabelSelection(except: ["a", "b", "c"]).chosen(of: images) { $0 }
        }
        #expect(throws: DatasetError.unknownLabels([.init(name: "golde", nearest: "golden")], known: ["golden", "x"])) {
            try LabelSelection(except: ["golde"]).chosen(of: ["golden", "x"]) { $0 }
        }
    }

    @Test func summaryCountsSkippedFilesByReason() {
        func skipped(_ path: String, _ group: String) -> SkippedFile { .init(path: path, reason: "r", group: group) }
        let overview = DatasetOverview(
            images: 6000, bytes: 1, labels: (0..<120).map { .init(name: "\($0)", images: 50) },
            skipped: [
                skipped("1", ".gif"), skipped("2", ".gif"), skipped("3", ".gif"), skipped("4", "unreadable"),
                skipped("5", "duplicate names"),
            ])
        #expect(
            overview.summary == "6,000 images, 120 labels; skipped: 3 .gif, 1 duplicate name, 1 unreadable")
    }

    /// A folder with a thousand extensions gave a line with all of them.
    @Test(arguments: [
        (groups: 20, end: ", 1 .29"), (groups: 21, end: ", 1 .29 and 1 file of 1 other kind"),
        (groups: 1500, end: " and 1,480 files of 1,480 other kinds"),
    ])
    func summaryListsTheMostFrequentReasons(_ groups: Int, _ end: String) {
        let skipped = (0..<groups).map { SkippedFile(path: "\($0)", reason: "r", group: ".\($0 + 10)") }
        let summary = DatasetOverview(images: 2, bytes: 1, labels: [], skipped: skipped).summary
        #expect(summary.hasPrefix("2 images, 0 labels; skipped: 1 .10, ") && summary.utf8.count < 300, "\(summary)")
        #expect(summary.hasSuffix(end), "\(summary)")
    }

    /// Pictures of one area and two shapes were "56×40 to 56×40".
    @Test func sizesAreDistinguished() {
        func facts(_ sizes: [(Int, Int, Int)]) -> String? {
            DatasetOverview(
                images: 1, bytes: 1, labels: [], sizes: sizes.map { .init(width: $0.0, height: $0.1, images: $0.2) }
            ).facts.first { $0.hasPrefix("size") }
        }
        #expect(facts([(56, 40, 9)]) == "size: 56×40 pixels")
        #expect(facts([(56, 40, 9), (40, 56, 3)]) == "sizes: 56×40 (9), 40×56 (3) pixels")
        #expect(
            facts([(8, 8, 9), (4, 16, 3), (16, 4, 1), (2, 32, 1), (32, 2, 1)])
                == "sizes: 2×32 to 32×2 pixels, most frequently 8×8 (9)")
    }

    @Test func equalManifestsAreEqualBytes() throws {
        let entries = ["b/2.jpg", "a/1.jpg", "b/10.jpg"].map { path in
            ManifestEntry(
                path: path, label: String(path.prefix(1)), part: path == "a/1.jpg" ? .test : nil,
                digest: Digest(of: path), bytes: 7, width: 64, height: 48,
                perceptualHash: path == "a/1.jpg" ? "00ff00ff00ff00ff" : nil)
        }
        let manifest = DatasetManifest(entries)
        #expect(manifest.labels == ["a", "b"])
        #expect(manifest.counts == ["a": 1, "b": 2])
        #expect(manifest.entries.map(\.path) == ["a/1.jpg", "b/10.jpg", "b/2.jpg"])
        #expect(manifest.encoded == DatasetManifest(entries.reversed()).encoded)
        #expect(try DatasetManifest(decoding: manifest.encoded) == manifest)
        #expect(try DatasetManifest(decoding: DatasetManifest([]).encoded).entries.isEmpty)
        #expect(throws: DatasetError.newerFormat(2)) {
            try DatasetManifest(decoding: Data(#"{"format":2,"entries":[]}"#.utf8))
        }
    }
}
