// Truncated and damaged images are detected before a run uses them.

import Basics
import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct UndecodedImageTests {
    private func project(_ dataset: String) throws -> TestProject {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 3)
        let whole = try Data(contentsOf: URL(fileURLWithPath: project.folder + "/photos/green/0.png"))
        // Cut within the pixels, and a wrong checksum within a file of the right length.
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: project.folder + "/photos/green/cut.png"))
        var damaged = whole
        damaged[whole.count - 16] ^= 0xFF
        try damaged.write(to: URL(fileURLWithPath: project.folder + "/photos/red/damaged.png"))
        try project.write(
            "spec.yaml", "assay: 1\nname: cut\ndataset: { \(dataset) }\nsplits: { main: { train: 1, test: 1 } }\n")
        return project
    }

    private func skipped(_ output: String) throws -> [String: String] {
        let items = try JSONValue(parsing: Data(output.utf8))["skipped"]?.array ?? []
        return items.reduce(into: [:]) { $0[$1["path"]?.string ?? ""] = $1["reason"]?.string }
    }

    /// Guards against `assay dataset` counting such images until a run had decoded them.
    @Test(arguments: ["folder: photos", "archive: photos.tar"]) func `dataset lists them`(source: String) throws {
        let project = try project(source + ", skip_unreadable: true")
        try project.tool("tar", "-cf", "photos.tar", "photos")
        let shown = try project.assay("dataset", "spec.yaml", "--json")
        #expect(shown.status == 0, "\(shown.errors)")
        let document = try JSONValue(parsing: Data(shown.output.utf8))
        #expect(document["images"]?.int == 9 && document["decoded"]?.bool == true)
        let reasons = try skipped(shown.output)
        #expect(reasons.count == 2, "\(reasons)")
        #expect(reasons.contains { $0.key.hasSuffix("green/cut.png") && $0.value.contains("truncated") }, "\(reasons)")
        #expect(reasons.contains { $0.key.hasSuffix("red/damaged.png") }, "\(reasons)")
        #expect(try project.assay("dataset", "spec.yaml").output.contains("checked: every image was decoded"))
        // A run has the same result.
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try skipped(project.assay("dataset", "spec.yaml", "--json").output) == reasons)
    }

    @Test func `without permission to skip them they are an error, and the rest is shown`() throws {
        let project = try project("folder: photos")
        let shown = try project.assay("dataset", "spec.yaml")
        #expect(shown.status == 2)
        #expect(shown.output.contains("9 images, 3 labels") && shown.output.contains("green/cut.png"))
        #expect(shown.errors.contains("error[unreadable-images]"), "\(shown.errors)")
    }

    @Test func `validate and plan warn about cut files`() throws {
        let project = try project("folder: photos")
        for command in ["validate", "plan"] {
            let shown = try project.assay(command, "spec.yaml")
            #expect(shown.errors.contains("warning[maybe-cut-off]: 1 image may be truncated: green/cut.png"), "\(shown.errors)")
        }
    }

    @Test func `an archive that ends too early is reported`() throws {
        let project = try project("archive: photos.tar, skip_unreadable: true")
        try project.tool("tar", "-b1", "-cf", "photos.tar", "photos")
        #expect(try !project.assay("dataset", "spec.yaml").errors.contains("archive-without-end"))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: project.folder + "/photos.tar"))
        let end = try #require(bytes.lastIndex { $0 != 0 })
        try bytes.prefix((end / 512 + 1) * 512).write(to: URL(fileURLWithPath: project.folder + "/photos.tar"))
        for command in ["dataset", "validate"] {
            #expect(try project.assay(command, "spec.yaml").errors.contains("warning[archive-without-end]"))
        }
    }
}
