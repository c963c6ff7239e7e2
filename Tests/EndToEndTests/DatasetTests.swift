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
        /// How the pictures below `photos` become the dataset.
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

    /// A program as the model: it answers `green`, and says how many images it was trained on.
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
        #expect(line.hasPrefix("stale: source.\(item.id) "), "\(explained.output)\(explained.errors)")
        #expect(line.contains("(spec.yaml:3:"))
        #expect(line.contains(": " + expected.joined(separator: ", ") + "; runs "))
        // Of 18 images those that are new are decoded, and no other. (A label that lost an image cannot be split.)
        _ = try project.assay("run", "spec.yaml", "--json")
        #expect(try project.facts(of: "index-dataset", "decoded").sorted() == [expected.count { !$0.hasSuffix("removed") }, 18])
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
