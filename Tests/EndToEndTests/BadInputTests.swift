// Bad input: an error with its position and exit code 2, before anything runs.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"))
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var replace: String
        var with: String
        /// The expected standard error, including the position.
        var says: [String]
        var testDescription: String { id }
    }

    static let cases: [Case] = [
        Case(
            id: "unknown key", replace: "n_epochs: 2", with: "n_epoch: 2",
            says: ["small.yaml:", "error[unknown-key]", "n_epoch", "did you mean 'n_epochs'?"]),
        Case(
            id: "wrong type", replace: "epochs: 2\n", with: "epochs: two\n",
            says: ["small.yaml:", "error[wrong-type]", "epochs"]),
        Case(
            id: "duplicate key", replace: "name: small", with: "name: small\nname: again",
            says: ["small.yaml:3:1", "error[duplicate-key]"]),
        Case(
            id: "unknown model", replace: "cnn: {} } }\n  latency", with: "cnm: {} } }\n  latency",
            says: ["small.yaml:", "error[unknown-reference]", "cnm"]),
        Case(
            id: "unknown request", replace: "base: { batch: json }", with: "base: { batch: jason }",
            says: ["small.yaml:", "error[unknown-reference]", "jason", "did you mean 'json'?"]),
        Case(
            id: "missing secret", replace: "local: { kind: emulator, account: small }",
            with: "local: { kind: azure-openai, endpoint: \"${ASSAY_TEST_MISSING}\", api_key: \"${ASSAY_TEST_KEY}\" }",
            says: ["missing-environment", "ASSAY_TEST_MISSING", "ASSAY_TEST_KEY"]),
    ]

    @Test(arguments: cases) func refused(_ item: Case) throws {
        let project = try TestProject()
        let spec = SmallExperiment.spec.replacingOccurrences(of: item.replace, with: item.with)
        #expect(spec != SmallExperiment.spec)
        try project.write("small.yaml", spec)
        let run = try project.assay("run", "small.yaml", "--yes", "--json")
        #expect(run.status == 2, "\(run.errors)\(run.output)")
        for text in item.says { #expect(run.errors.contains(text), "\(text) is not in \(run.errors)") }
        #expect(run.steps("ran").isEmpty)
    }

    /// With a limit of zero programs, nothing ran, and the run reported success.
    @Test(arguments: [
        (["--jobs", "0"], "--jobs takes a number from 1 to 10,000"), (["--jobs=-1"], "--jobs takes a number from 1 to 10,000"),
        (["--limit", "0"], "--limit takes a number above 0"),
        (["--budget", "0x10"], "--budget takes a number of dollars"),
        (["--budget", "1e3"], "--budget takes a number of dollars"),
        (["--budget", "+5"], "--budget takes a number of dollars"),
        (["--budget", "nan"], "--budget takes a number of dollars"),
        (["--budget", "infinity"], "--budget takes a number of dollars"),
        (["--budget", "1,000"], "--budget takes a number of dollars"),
        (["--budget=-1"], "--budget takes a number of dollars"),
        (["--budget", "5."], "--budget takes a number of dollars"),
        (["--budget", "$5"], "--budget takes a number of dollars"),
    ])
    func optionsOutOfRange(arguments: [String], says text: String) throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        let run = try project.assay(["run", "small.yaml"] + arguments)
        #expect(run.status == 2)
        #expect(run.errors.contains(text), "\(run.errors)")
    }

    /// A fault script with unknown keys, from the command and from a spec: nothing starts.
    @Test func aFaultScriptWithASlip() throws {
        let project = try TestProject()
        try project.write("faults.yaml", "faults:\n  - { on: files.create, proability: 0.5 }\n")
        try project.write("small.yaml", BatchExperiment.spec(faults: "faults.yaml"))
        for arguments in [["emulate", "--faults", "faults.yaml"], ["run", "small.yaml"]] {
            let (process, errors, _) = project.process(arguments)
            try process.run()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 2)
            #expect(text.contains("fault 1 has an unknown key 'proability'; did you mean 'probability'?"), "\(text)")
        }
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.assay/emulator/small"))
    }

    @Test func aCycleByExtends() throws {
        let project = try TestProject()
        try project.write("a.yaml", "assay: 1\nextends: b.yaml\n")
        try project.write("b.yaml", "assay: 1\nextends: a.yaml\n")
        let run = try project.assay("run", "a.yaml")
        #expect(run.status == 2)
        #expect(run.errors.contains("b.yaml:2:10"), "\(run.errors)")
        #expect(run.errors.contains("extends-cycle"))
    }

    /// Missing files and variables outside the spec, reported at the spec's line.
    @Test(arguments: [
        ("folder: fotos", "missing-file", "small.yaml:3:20", "'fotos' does not exist"),
        (
            "archive: photos.tar, sha256: \(String(repeating: "ab", count: 32))", "digest-differs", "small.yaml:3:21",
            "does not match sha256"
        ),
    ]) func whatIsOutside(dataset: String, code: String, place: String, says: String) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 10)
        try project.tool("tar", "-cf", "photos.tar", "photos")
        func spec(_ dataset: String) -> String {
            SmallExperiment.spec.replacingOccurrences(
                of: "dataset:\n  generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 }",
                with: "dataset: { \(dataset) }")
        }
        try project.write("small.yaml", spec(dataset))
        let plan = try project.assay("plan", "small.yaml")
        #expect(plan.status == 2)
        #expect(plan.errors.contains("\(place): error[\(code)]"), "\(plan.errors)")
        #expect(plan.errors.contains(says), "\(plan.errors)")
        try project.write("small.yaml", spec(code == "missing-file" ? "folder: photos" : "archive: photos.tar"))
        let mended = try project.assay("plan", "small.yaml")
        #expect(mended.status == 0, "\(mended.errors)")
    }

    /// A split larger than a label: at the spec's line, as soon as the images are counted, before anything is paid.
    @Test func aSplitLargerThanALabel() throws {
        let project = try TestProject()
        try FileManager.default.createDirectory(
            atPath: project.folder + "/images/only", withIntermediateDirectories: true)
        try Pictures.png.write(to: URL(fileURLWithPath: project.folder + "/images/only/1.png"))
        try project.picture("images/other/1.png", seed: 2)
        try project.write(
            "small.yaml",
            SmallExperiment.spec.replacingOccurrences(
                of: "generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 }", with: "folder: images"))
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 2, "\(run.errors)\(run.output)")
        #expect(run.output.contains("'only' has 1 image, the split needs 10"), "\(run.output)")
        #expect(run.output.contains("small.yaml:6:"), "\(run.output)")
        #expect(try project.requests(account: "small").isEmpty)
    }

    /// An image that does not decode is listed; the run continues without it only if the spec allows it.
    @Test func anImageThatDoesNotDecode() throws {
        let project = try TestProject()
        for label in ["a", "b"] {
            try FileManager.default.createDirectory(
                atPath: project.folder + "/images/" + label, withIntermediateDirectories: true)
            for number in 1...3 {
                try Pictures.png.write(to: URL(fileURLWithPath: project.folder + "/images/\(label)/\(number).png"))
            }
        }
        try project.write("images/b/3.png", "no picture")
        let spec = """
            assay: 1
            name: folder
            dataset: { folder: images }
            splits:
              main: { train: 1, test: 1, order: name }
            """
        try project.write("folder.yaml", spec)
        let refused = try project.assay("run", "folder.yaml", "--json")
        #expect(refused.status == 1)
        #expect(refused.output.contains("b/3.png is not a JPEG, PNG, WEBP, GIF, BMP or TIFF image"), "\(refused.output)")
        try project.write(
            "folder.yaml", spec.replacingOccurrences(of: "folder: images }", with: "folder: images, skip_unreadable: true }"))
        let accepted = try project.assay("run", "folder.yaml", "--json")
        #expect(accepted.status == 0, "\(accepted.errors)\(accepted.output)")
        #expect(accepted.output.contains("skipped: 1 unreadable"))
    }
}

enum Pictures {
    /// A red PNG of one pixel.
    static let png =
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==") ?? Data()
}
