// Terminal output: untrusted text without control characters, errors also with --quiet, a closed pipe.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TerminalOutputTests {
    private static let failing = """
        assay: 1
        name: failing
        commands:
          first: { run: "printf 'bad \\\\033[31mred\\\\033]0;owned\\\\007\\\\n'; exit 3", outputs: [first.txt] }
        """

    /// The esc-validate case of the security review.
    @Test(arguments: [
        ("unknown key", "assay: 1\nname: x\n\"\\e[31mkey\\e]0;owned\\a\": 1\n"),
        ("value", "assay: 1\nname: x\ndataset: { folder: \"\\e[2J\\e]0;owned\\a\" }\n"),
        ("C1", "assay: 1\nname: x\n\"\\u009B31mkey\": 1\n"), ("override", "assay: 1\nname: x\n\"\\u202Ekey\": 1\n"),
    ])
    func errorsHaveNoControlCharacters(id: String, spec: String) throws {
        let project = try TestProject()
        try project.write("spec.yaml", spec)
        for arguments in [["validate", "spec.yaml"], ["validate", "spec.yaml", "--json"], ["plan", "spec.yaml"]] {
            let result = try project.assay(arguments)
            let text = (result.output + result.errors).unicodeScalars
            #expect(!text.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }, "\(id) \(arguments)")
            #expect(!text.contains { (0x7F...0x9F).contains($0.value) || $0.value == 0x202E }, "\(id) \(arguments)")
            #expect((result.status != 0 || id == "value") && result.status < 126, "\(id) \(arguments)")
        }
    }

    @Test(arguments: [[], ["--quiet"], ["--json"]])
    func aFailureIsReportedOnStandardError(options: [String]) throws {
        let project = try TestProject()
        try project.write("spec.yaml", TerminalOutputTests.failing)
        let run = try project.assay(["run", "spec.yaml"] + options)
        #expect(run.status == 1)
        #expect(run.errors.contains("run-command:first") && run.errors.contains("3"), "\(run.errors)")
        #expect(!(run.output + run.errors).unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x07 })
        if options == ["--quiet"] { #expect(run.output.isEmpty) }
    }

    @Test(arguments: [
        ("run", ["run", "spec.yaml"]), ("json", ["run", "spec.yaml", "--json"]), ("schema", ["schema"]),
        ("help", ["--help"]),
    ])
    func aClosedPipeEndsTheOutputOnly(id: String, arguments: [String]) throws {
        let project = try TestProject()
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: long
            commands:
              first: { run: "sleep 0.3; echo done > first.txt", outputs: [first.txt] }
              second: { run: "cp first.txt second.txt", inputs: [{ from: first }], outputs: [second.txt] }
            """)
        let (process, errors, _) = project.process(arguments)
        let output = Pipe()
        process.standardOutput = output
        try output.fileHandleForReading.close()
        try process.run()
        try output.fileHandleForWriting.close()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(id): \(text)")
        #expect(!text.contains("Fatal") && !text.contains("Stack"), "\(id): \(text)")
        if arguments.first == "run" {
            let again = try project.assay("run", "spec.yaml", "--json")
            #expect(again.end["cached"] as? Int == 2, "the run went on to its end: \(again.output)")
        }
    }

    /// A state folder that came with a clone: nothing is deleted through its links.
    @Test(arguments: ["scratch", "scratch/abc"]) func linksInTheStateFolderAreNotFollowed(link: String) throws {
        let project = try TestProject(), outside = try TestProject()
        try outside.write("kept.txt", "kept")
        try FileManager.default.createDirectory(atPath: outside.folder + "/inner", withIntermediateDirectories: true)
        try outside.write("inner/kept.txt", "kept")
        try FileManager.default.createDirectory(
            atPath: project.folder + "/.assay/" + (link.contains("/") ? "scratch" : ""), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: project.folder + "/.assay/" + link, withDestinationPath: outside.folder)
        try project.write(
            "spec.yaml", "assay: 1\nname: x\ncommands:\n  first: { run: \"echo a > first.txt\", outputs: [first.txt] }\n")
        for arguments in [["run", "spec.yaml"], ["cache", "gc"]] {
            let result = try project.assay(arguments)
            if link == "scratch", arguments[0] == "run" {
                #expect(result.status == 1 && result.errors.contains("is a symbolic link"), "\(result.errors)")
            }
            #expect(FileManager.default.fileExists(atPath: outside.folder + "/kept.txt"))
            #expect(FileManager.default.fileExists(atPath: outside.folder + "/inner/kept.txt"))
        }
    }

    /// Guards against numbers of the command line that trap.
    @Test(arguments: [
        ["--jobs", "9223372036854775807"], ["--jobs", "0"], ["--jobs", "-1"], ["--budget", "nan"], ["--budget", "inf"],
        ["--budget", "-1"],
    ])
    func numbersOfTheCommandLineAreBounded(options: [String]) throws {
        let project = try TestProject()
        try project.write("spec.yaml", "assay: 1\nname: x\n")
        let run = try project.assay(["run", "spec.yaml", options.joined(separator: "=")])
        #expect(run.status == 2 && !run.errors.isEmpty, "\(run.status) \(run.errors)")
    }
}
