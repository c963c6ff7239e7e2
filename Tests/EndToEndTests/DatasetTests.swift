// Datasets as people have them, from their files to scored predictions.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct DatasetTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        /// The keys of `dataset`.
        var dataset: String
        var split = "{ train: 3, validation: 1, test: 2, order: name }"
        /// The dataset key for the pictures below `photos`.
        var make: @Sendable (TestProject) throws -> Void = { _ in }
        var testDescription: String { id }
    }

    static let cases: [Case] = [
        Case(id: "folder", dataset: "folder: photos"),
        Case(id: "tar", dataset: "archive: photos.tar", make: { try $0.tool("tar", "-cf", "photos.tar", "photos") }),
        Case(id: "tar.gz", dataset: "archive: photos.tar.gz", make: { try $0.tool("tar", "-czf", "photos.tar.gz", "photos") }),
        Case(
            id: "zip", dataset: "archive: photos.zip",
            make: { try $0.tool("python3", "-m", "zipfile", "-c", "photos.zip", "photos") }),
        Case(
            id: "table", dataset: "table: labels.csv",
            make: { project in
                var table = "path,label\n"
                for label in ["blue", "green", "red"] {
                    for index in 0..<6 { table += "photos/\(label)/\(index).png,\(label)\n" }
                }
                try project.write("labels.csv", table)
            }),
        Case(
            id: "table with parts", dataset: "table: labels.csv", split: "{ from: dataset }",
            make: { project in
                var table = "path,label,split\n"
                for label in ["blue", "green", "red"] {
                    for index in 0..<6 {
                        let part = index < 3 ? "train" : index == 3 ? "validation" : "test"
                        table += "photos/\(label)/\(index).png,\(label),\(part)\n"
                    }
                }
                try project.write("labels.csv", table)
            }),
        Case(
            id: "split-folders", dataset: "folder: parted, layout: split-folders", split: "{ from: dataset }",
            make: { project in
                for label in ["blue", "green", "red"] {
                    for index in 0..<6 {
                        let part = index < 3 ? "train" : index == 3 ? "val" : "test"
                        let folder = project.folder + "/parted/\(part)/\(label)"
                        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                        try FileManager.default.copyItem(
                            atPath: project.folder + "/photos/\(label)/\(index).png", toPath: folder + "/\(index).png")
                    }
                }
            }),
    ]

    /// A program as the model: it answers `green` and prints the number of its training images.
    private func spec(_ item: Case) -> String {
        """
        assay: 1
        name: datasets
        dataset: { \(item.dataset) }
        splits: { main: \(item.split) }
        models:
          green:
            command:
              run: |
                awk -F, 'NR == 1 { print "path,answer" } NR > 1 { print $1 ",green" }' predict.csv > predictions.csv
                [ $(grep -c . train.csv) -eq $((1 + 3 * ${PER_LABEL:-3})) ]
              environment: [PER_LABEL]
            data: { split: main }
        evaluations:
          accuracy: { split: main.test, models: { green: {} } }
        """
    }

    @Test(arguments: cases) func runs(_ item: Case) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 6)
        try item.make(project)
        try project.write("spec.yaml", spec(item))
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(1500))")
        let rows = try project.predictionRows(run)
        #expect(rows.count == 6)
        #expect(rows.map { $0["label"] } == ["blue", "blue", "green", "green", "red", "red"])
        #expect(rows.count { $0["correct"] == "1" || $0["correct"] == "true" } == 2)

        let limited = try project.assay("run", "spec.yaml", "--json", "--limit", "1", environment: ["PER_LABEL": "1"])
        #expect(limited.status == 0, "\(limited.errors)\n\(limited.output.suffix(1500))")
        #expect(try project.predictionRows(limited).map { $0["label"] } == ["blue", "green", "red"])
        #expect(!limited.steps("ran").contains("index-dataset"))
    }

    /// A changed, an added and a removed image are named.
    @Test(arguments: cases.filter { $0.id == "folder" || $0.id == "table" }) func changedImagesAreNamed(_ item: Case) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 6)
        try item.make(project)
        try project.write("spec.yaml", spec(item))
        #expect(try project.assay("run", "spec.yaml", "--json").status == 0)
        try project.picture("photos/red/5.png", seed: 77)
        let below = item.id == "table" ? "photos/" : ""
        var expected = ["\(below)red/5.png changed"]
        if item.id == "folder" {
            try project.picture("photos/blue/9.png", seed: 78)
            try FileManager.default.removeItem(atPath: project.folder + "/photos/green/0.png")
            expected = ["blue/9.png added", "green/0.png removed", "red/5.png changed"]
        }
        let explained = try project.assay("explain", "spec.yaml")
        let line = explained.output.split(separator: "\n").first ?? ""
        #expect(line.hasPrefix("stale: dataset.\(item.id) "), "\(explained.output)\(explained.errors)")
        #expect(line.contains("(spec.yaml:3:"))
        #expect(line.contains(": " + expected.joined(separator: ", ") + "; runs "))
        // Of 18 images those that are new are decoded, and no other. (A label that lost an image cannot be split.)
        _ = try project.assay("run", "spec.yaml", "--json")
        #expect(try project.facts(of: "index-dataset", "decoded").sorted() == [expected.count { !$0.hasSuffix("removed") }, 18])
    }

    // MARK: Read, skipped and rejected files

    private func looker(_ dataset: String, split: String = "{ test: 2, order: name }") -> String {
        """
        assay: 1
        name: datasets
        dataset: { \(dataset) }
        splits: { main: \(split) }
        models:
          green:
            command:
              run: awk -F, 'NR == 1 { print "path,answer" } NR > 1 { print $1 ",green" }' predict.csv > predictions.csv
        evaluations:
          accuracy: { split: main.test, models: { green: {} } }
        """
    }

    private func json(_ text: String) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    /// Files that were passed over without a word are counted in the run, in `validate`, and listed by `dataset`.
    @Test func skippedFilesAreCountedAndListed() throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 3)
        try project.write("photos/red/notes.txt", "x")
        try project.write("photos/red/.hidden", "x")
        try project.write("photos/blue/x.heic", "x")
        try project.write("spec.yaml", looker("folder: photos"))
        let summary = "9 images, 3 labels; skipped: 1 .heic, 1 .txt, 1 hidden"
        let valid = try project.assay("validate", "spec.yaml")
        #expect(valid.status == 0 && valid.output.contains("dataset: \(summary)"), "\(valid.output)\(valid.errors)")
        let plan = try project.assay("plan", "spec.yaml")
        #expect(plan.output.contains("dataset: \(summary)"), "\(plan.output)\(plan.errors)")
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0 && run.output.contains("dataset: \(summary)"), "\(run.output)\(run.errors)")
        let again = try project.assay("run", "spec.yaml")
        #expect(again.output.contains("dataset: \(summary)"), "also when nothing runs")
        let shown = try project.assay("dataset", "spec.yaml")
        #expect(
            shown.status == 0 && shown.output.contains("blue/x.heic: .heic images are not supported"),
            "\(shown.output)\(shown.errors)")
        let document = json(try project.assay("dataset", "spec.yaml", "--json").output)
        #expect(document["images"] as? Int == 9)
        #expect(((document["labels"] as? [String: Any])?["red"] as? [String: Any])?["images"] as? Int == 3)
        let skipped = document["skipped"] as? [[String: Any]] ?? []
        #expect(skipped.compactMap { $0["path"] as? String } == ["blue/x.heic", "red/.hidden", "red/notes.txt"])
        #expect(skipped.allSatisfy { $0["reason"] is String })
    }

    /// Guards: a program saw photographs rotated that networks and hosted models saw upright.
    @Test func aProgramSeesPicturesUpright() throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 2)
        for label in ["blue", "green", "red"] {
            try PictureFiles.png(label.utf8.count, orientation: 6)
                .write(to: URL(fileURLWithPath: project.folder + "/photos/\(label)/1.png"))
        }
        let look = """
            while IFS= read -r path; do
              if [ "$path" = path ]; then echo path,answer; continue; fi
              if grep -q eXIf "$path"; then echo "$path,green"; else echo "$path,red"; fi
            done < predict.csv > predictions.csv
            """
        try project.write("look.sh", look)
        try project.write(
            "spec.yaml",
            looker("folder: photos", split: "{ test: 2, order: name }")
                .replacing(#/run: awk.*/#, with: "run: [sh, look.sh]\n      inputs: [look.sh]"))
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        let rows = try project.predictionRows(run)
        #expect(rows.count == 6 && rows.allSatisfy { $0["answer"] == "red" }, "\(rows)")
        #expect(run.output.contains("3 of 6 images have an orientation tag; all models get upright images"), "\(run.output)")
    }

    /// Guards: after a run, `assay dataset` listed images and labels that the run had excluded.
    @Test func whatARunIndexedIsShown() throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 3)
        // Its head is that of an image; it does not decode.
        let broken = URL(fileURLWithPath: project.folder + "/photos/red/2.png")
        try Data(Data(contentsOf: broken).prefix(300)).write(to: broken)
        try project.write(
            "spec.yaml",
            looker("folder: photos, skip_unreadable: true, labels: { min_images: 3 }", split: "{ test: 1, order: name }"))
        #expect(try project.assay("run", "spec.yaml", "--json").status == 0)
        let shown = json(try project.assay("dataset", "spec.yaml", "--json").output)
        #expect(shown["images"] as? Int == 6, "\(shown)")
    }

    struct Counted: Sendable, CustomTestStringConvertible {
        var id: String
        var split: String
        /// The images of `red` in the report: all of them, those of training, and those of the test.
        var row: String
        var testDescription: String { id }
    }

    /// The report counted the groups of a split by groups as images: with three images in each group, 1 of 3.
    @Test(arguments: [
        Counted(id: "groups", split: "{ train: 1, test: 1, order: name }", row: "| red | 9 | 3 | 3 |"),
        Counted(id: "shares of groups", split: "{ train: 67%, test: 33% }", row: "| red | 9 | 6 | 3 |"),
    ])
    func theReportCountsTheImagesOfGroups(_ item: Counted) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 9)
        var table = "path,label,owner\n"
        for label in ["blue", "green", "red"] {
            for index in 0..<9 { table += "photos/\(label)/\(index).png,\(label),\(label)\(index / 3)\n" }
        }
        try project.write("labels.csv", table)
        try project.write("spec.yaml", looker("table: labels.csv, columns: { group: owner }", split: item.split))
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        let pages = try project.files(below: "/.assay/runs").filter { $0.hasSuffix("report.md") }
        let page = try String(contentsOfFile: #require(pages.first), encoding: .utf8)
        // Markdown pads the cells of a table.
        let rows = page.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(rows.contains(item.row), "\(page)")
    }

    /// Guards: `validate` accepted a matching with which one answer could name two labels, and the run failed without a
    /// place.
    @Test func aMatchThatUnitesLabelsIsFoundByValidate() throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 1)
        try project.write(
            "spec.yaml",
            looker("folder: photos", split: "{ test: 1, order: name }")
                .replacing("split: main.test", with: "match: { ignore: [case], aliases: { red: [Blue] } }, split: main.test"))
        for command in ["validate", "run"] {
            let result = try project.assay(command, "spec.yaml")
            let said = result.output + result.errors
            #expect(result.status == 2, "\(said)")
            #expect(said.contains("'match' has the alias 'Blue' of 'red', which also names 'blue'"), "\(said)")
            #expect(said.contains(#/spec\.yaml:\d+:\d+/#), "\(said)")
        }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var id: String
        var dataset: String
        var split = "{ test: 2, order: name }"
        /// Texts in the output of validate.
        var said: [String]
        var make: @Sendable (TestProject) throws -> Void
        var testDescription: String { id }
    }

    /// Each of these ended with exit 0 and a wrong number, or in a message that named neither file nor remedy.
    static let bad: [Bad] = [
        Bad(
            id: "an empty label", dataset: "folder: data",
            said: ["the label 'white' has no image left: its folder is empty", "except: [white]"],
            make: { project in
                try project.pictures("data", perLabel: 4)
                try FileManager.default.createDirectory(
                    atPath: project.folder + "/data/white", withIntermediateDirectories: true)
            }),
        Bad(
            id: "a part without a label", dataset: "folder: data, layout: split-folders", split: "{ from: dataset }",
            said: ["the label 'red' has no image left in the part 'test'"],
            make: { project in
                for part in ["train", "test"] { try project.pictures("data/\(part)", perLabel: 2, from: part == "test" ? 90 : 0) }
                for index in 0..<2 {
                    try FileManager.default.moveItem(
                        atPath: project.folder + "/data/test/red/\(index).png",
                        toPath: project.folder + "/data/test/red/\(index).heic")
                }
            }),
        Bad(
            id: "empty folder", dataset: "folder: data", said: ["there are no images"],
            make: { try FileManager.default.createDirectory(atPath: $0.folder + "/data", withIntermediateDirectories: true) }),
        Bad(
            id: "one label's folder", dataset: "folder: data/red", said: ["name the folder above it"],
            make: { try $0.pictures("data", perLabel: 3) }),
        Bad(
            id: "one label", dataset: "folder: data, labels: { min_images: 4 }",
            said: ["only the label 'red'", "at least two"],
            make: { project in
                try project.pictures("data", perLabel: 3)
                try project.picture("data/red/9.png", seed: 99)
            }),
        Bad(
            id: "nested folders", dataset: "folder: data",
            said: ["in folders below a label's folder", "layout: top-folder", "layout: folder-path"],
            make: { project in for label in ["cat", "dog"] { try project.picture("data/\(label)/2023/1.png", seed: 1) } }),
        Bad(
            id: "parts", dataset: "folder: data", said: ["this looks like split-folders"],
            make: { project in
                try project.pictures("data/train", perLabel: 2)
                try project.pictures("data/valid", perLabel: 2, from: 50)
            }),
        Bad(
            id: "a part without images", dataset: "folder: data, layout: split-folders", split: "{ from: dataset }",
            said: ["'main.test' has no images", "'train' and 'validation'"],
            make: { project in
                try project.pictures("data/train", perLabel: 2)
                try project.pictures("data/val", perLabel: 2, from: 50)
            }),
        Bad(
            id: "a percentage that rounds to 0", dataset: "folder: data", split: "{ train: 90%, test: 10% }",
            said: ["'main.test' has no images, and 'accuracy' reads it", "rounds to 0"],
            make: { try $0.pictures("data", perLabel: 3) }),
        Bad(
            id: "rare labels", dataset: "folder: data", said: ["'rare' has 1 image, the split needs 2", "min_images: 2"],
            make: { project in
                try project.pictures("data", perLabel: 3)
                try project.picture("data/rare/1.png", seed: 99)
            }),
        Bad(
            id: "an unknown label in the selection", dataset: "folder: data, labels: { except: [gren] }",
            said: ["no label 'gren'", "did you mean 'green'?"], make: { try $0.pictures("data", perLabel: 3) }),
        Bad(
            id: "missing files of a table", dataset: "table: labels.csv",
            said: ["labels.csv:3:1", "there is no file 'data/red/8.png'", "line 4: there is no file 'data/red/9.png'"],
            make: { project in
                try project.pictures("data", perLabel: 3)
                try project.write("labels.csv", "path,label\ndata/red/0.png,red\ndata/red/8.png,red\ndata/red/9.png,red\n")
            }),
        Bad(
            id: "Latin-1", dataset: "table: labels.csv", said: ["labels.csv:2:1", "save the file as UTF-8"],
            make: { project in
                try Data([UInt8]("path,label\na.png,caf".utf8) + [0xE9, 0x0A])
                    .write(to: URL(fileURLWithPath: project.folder + "/labels.csv"))
            }),
        Bad(
            id: "unknown columns", dataset: "table: labels.csv",
            said: ["labels.csv:1:1", "no column for the image's path", "'picture', 'breed'", "columns: { path: COLUMN }"],
            make: { try $0.write("labels.csv", "picture,breed\na.png,x\n") }),
        Bad(
            id: "files that are no images", dataset: "folder: data",
            said: ["red/html.jpg is an HTML page", "red/empty.jpg is empty", "skip_unreadable: true"],
            make: { project in
                try project.pictures("data", perLabel: 3)
                try project.write("data/red/html.jpg", "<!DOCTYPE html><html>")
                try project.write("data/red/empty.jpg", "")
            }),
        Bad(
            id: "a home folder that does not exist", dataset: "folder: ~/no-such-folder-of-photos",
            said: ["does not exist", "'~/'"], make: { _ in }),
    ]

    @Test(arguments: bad) func badDataIsFoundBeforeAnythingRuns(_ item: Bad) throws {
        let project = try TestProject()
        try item.make(project)
        try project.write("spec.yaml", looker(item.dataset, split: item.split))
        let valid = try project.assay("validate", "spec.yaml")
        #expect(valid.status == 2, "\(valid.output)\(valid.errors)")
        for text in item.said { #expect(valid.errors.contains(text), "\(text) in \(valid.errors)") }
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status != 0, "\(run.output)\(run.errors)")
        #expect(!(run.output + run.errors).contains("✓ score"))
    }

    struct Doubtful: Sendable, CustomTestStringConvertible {
        var id: String
        var dataset = "folder: data"
        var split = "{ test: 1, order: name }"
        var said: String
        var make: @Sendable (TestProject) throws -> Void
        var testDescription: String { id }
    }

    static let doubtful: [Doubtful] = [
        Doubtful(
            id: "case", said: "labels differ only in upper and lower case: 'Red', 'red'",
            make: { project in
                try project.pictures("data", perLabel: 2)
                for index in 0..<2 { try project.picture("data/Red/\(index).png", seed: 70 + index) }
            }),
        Doubtful(
            id: "one image under two labels",
            said: "one image is under more than one label: blue/0.png ('blue') = red/9.png ('red')",
            make: { project in
                try project.pictures("data", perLabel: 2)
                try project.picture("data/red/9.png", seed: 0)
            }),
        Doubtful(
            id: "another extension", dataset: "folder: data",
            said: "one image is skipped because of its extension or format: red/9.data",
            make: { project in
                try project.pictures("data", perLabel: 2)
                try project.picture("data/red/9.data", seed: 70)
            }),
        Doubtful(
            id: "one image", dataset: "folder: data, labels: { except: [green] }", said: "a label has only one image: 'one'",
            make: { project in
                try project.pictures("data", perLabel: 2)
                try project.picture("data/one/0.png", seed: 70)
            }),
        Doubtful(
            id: "a label without test images", split: "{ train: 80%, test: 20% }",
            said: "'main.test' has no images of the label 'rare'",
            make: { project in
                try project.pictures("data", perLabel: 5)
                for index in 0..<2 { try project.picture("data/rare/\(index).png", seed: 70 + index) }
            }),
    ]

    /// Warnings do not stop a run, and appear in the terminal and in the report.
    @Test(arguments: doubtful) func doubtfulDataIsAWarning(_ item: Doubtful) throws {
        let project = try TestProject()
        try item.make(project)
        try project.write("spec.yaml", looker(item.dataset, split: item.split))
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0 && run.output.contains(item.said), "\(run.output)\(run.errors)")
        let shown = try project.assay("dataset", "spec.yaml")
        #expect(shown.status == 0 && shown.errors.contains(item.said), "\(shown.errors)")
        // Guards: warnings about splits, prompts and archives were in the terminal only.
        let warnings = json(try project.assay("dataset", "spec.yaml", "--json").output)["warnings"] as? [[String: Any]]
        #expect(warnings?.contains { ($0["message"] as? String)?.contains(item.said) == true } == true, "\(warnings ?? [])")
        let pages = try project.files(below: "/.assay/runs").filter { $0.hasSuffix("report.md") }
        let page = try String(contentsOfFile: #require(pages.first), encoding: .utf8)
        #expect(page.contains("## Dataset"))
    }

    /// User text and answered examples reach the provider: four images and the texts around them in each request.
    @Test func promptsWithTextAndExamples() throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        try project.write(
            "shown.yaml",
            """
            extends: small.yaml
            prompts:
              shown:
                extends: classify
                user: [{ text: "What is this?" }, image, { text: "One of: {{ labels }}." }]
                examples: { split: main.train, per_label: 1 }
            requests:
              json: { prompt: shown }
              plain: { prompt: shown }
            models:
              tuned: { fine_tune: { data: { prompt: shown } } }
            """)
        let run = try project.assay("run", "shown.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(1500))")
        var requests: [String] = []
        let objects = project.folder + "/.assay/objects"
        for case let path as String in FileManager.default.enumerator(atPath: objects) ?? .init() {
            guard let data = FileManager.default.contents(atPath: objects + "/" + path) else { continue }
            let text = String(decoding: data.prefix(200), as: UTF8.self)
            guard text.hasPrefix("{\"custom_id\""), text.contains("\"method\": \"POST\"") else { continue }
            requests += String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        #expect(requests.count == 9)
        for request in requests {
            #expect(request.components(separatedBy: "\"image_url\": {").count - 1 == 4)
            #expect(request.components(separatedBy: "What is this?").count - 1 == 4)
            #expect(request.components(separatedBy: "\"role\": \"assistant\"").count - 1 == 3)
            #expect(!request.contains("{{"))
        }
    }
}
