// Programs as steps and as models: what they see, what they must write, and when they run again.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct CommandTests {
    private func spec(_ command: String, second: String = "cp first.txt second.txt") -> String {
        """
        assay: 1
        name: programs
        commands:
          first:
        \(command.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
          second:
            run: "\(second)"
            inputs: [{ from: first }]
            outputs: [second.txt]
        """
    }

    @Test func seesWhatItDeclaresAndNothingElse() throws {
        let project = try TestProject()
        try FileManager.default.createDirectory(atPath: project.folder + "/data", withIntermediateDirectories: true)
        try project.write("data/a.txt", "a")
        try project.write("data/b.txt", "b")
        try project.write("beside.txt", "not declared")
        try project.write(".env", "FROM_FILE=file\n")
        try project.write(
            "spec.yaml",
            spec(
                """
                run: "{ env; find . -type f; } > first.txt"
                inputs: [data]
                outputs: [first.txt]
                environment: [SEEN, FROM_FILE]
                """,
                second: "grep -qx SEEN=yes first.txt && grep -qx FROM_FILE=file first.txt && ! grep -q HIDDEN first.txt "
                    + "&& grep -qx ./data/a.txt first.txt && ! grep -q beside first.txt && cp first.txt second.txt"))
        let environment = ["SEEN": "yes", "HIDDEN": "no"]
        let run = try project.assay("run", "spec.yaml", "--json", environment: environment)
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(run.steps("ran") == ["run-command:first", "run-command:second"])
        let again = try project.assay("run", "spec.yaml", "--json", environment: environment.merging(["HIDDEN": "x"]) { $1 })
        #expect(again.end["ran"] as? Int == 0)
        #expect(again.end["report"] is NSNull, "nothing ran and nothing is measured: there is nothing to report")

        let variable = try project.assay("explain", "spec.yaml", environment: ["SEEN": "no"])
        #expect(variable.output.contains("stale: environment.SEEN"), "\(variable.output)")
        #expect(variable.output.contains("(spec.yaml:8:"), "\(variable.output)")
        #expect(variable.output.contains("from the environment variable SEEN; runs up to 2 steps; 0 steps reused"))

        try project.write("data/b.txt", "changed")
        let file = try project.assay("explain", "spec.yaml", environment: environment)
        #expect(file.output.contains("stale: files.data/b.txt"), "\(file.output)")
        #expect(file.output.contains("stale: files.data/b.txt changed (spec.yaml:6:13); runs up to 2 steps"))
        let json = try project.assay("explain", "spec.yaml", "--json", environment: environment)
        let steps = try #require(
            (JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])?["steps"] as? [[String: Any]])
        let change = try #require((steps.first?["changes"] as? [[String: Any]])?.first)
        #expect(change["files"] as? [String] == ["data/b.txt changed"])
        #expect(change["line"] as? Int == 6)
    }

    @Test func anOutputThatIsALinkIsWhatItLeadsTo() throws {
        let project = try TestProject()
        try project.write("spec.yaml", spec("run: echo text > data; ln -s data first.txt\noutputs: [first.txt]"))
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(run.steps("ran") == ["run-command:first", "run-command:second"])
        #expect(try project.assay("cache", "verify").status == 0)
    }

    @Test func runsAgainWithAnotherVersion() throws {
        let project = try TestProject()
        let text = spec("run: date > first.txt\noutputs: [first.txt]\nversion: date 1")
        try project.write("spec.yaml", text)
        let first = try project.assay("run", "spec.yaml", "--json")
        #expect(first.status == 0, "\(first.errors)")
        try project.write("spec.yaml", text.replacingOccurrences(of: "date 1", with: "date 2"))
        let explained = try project.assay("explain", "spec.yaml")
        #expect(
            explained.output.hasPrefix(
                "stale: version date 1 → date 2 (spec.yaml:7:14); runs up to 2 steps; 0 steps reused\n"),
            "\(explained.output)")
        let second = try project.assay("run", "spec.yaml", "--json")
        let ids = try [first, second].map { try #require($0.end["run"] as? String) }
        let difference = try project.assay("explain", "--diff", ids[0], ids[1])
        #expect(difference.status == 0, "\(difference.errors)")
        #expect(
            difference.output.contains("changed: run-command:first: version date 1 → date 2 (spec.yaml:7:14)"),
            "\(difference.output)")
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        var id: String
        var command: String
        var says: String
        var testDescription: String { id }
    }

    @Test(arguments: [
        Failure(
            id: "time limit", command: "run: sleep 60\noutputs: [first.txt]\ntime_limit: 1s",
            says: "took longer than its time limit of 1 s"),
        Failure(id: "no output", command: "run: \"true\"\noutputs: [first.txt]", says: "first.txt"),
        Failure(
            id: "exit code", command: "run: \"echo no such luck >&2; exit 3\"\noutputs: [first.txt]",
            says: "no such luck"),
        Failure(id: "no program", command: "run: [no-such-program]\noutputs: [first.txt]", says: "no-such-program"),
    ])
    func failsWithAReason(_ item: Failure) throws {
        let project = try TestProject()
        try project.write("spec.yaml", spec(item.command))
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 1)
        #expect(run.output.contains(item.says), "\(run.output)\(run.errors)")
        #expect(run.steps("blocked") == ["run-command:second"])
        #expect(run.seconds < 40)
    }

    static let python = TestProject.root + "/.build-venv/bin"
    static var hasScikitLearn: Bool {
        guard FileManager.default.isExecutableFile(atPath: python + "/python3") else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python + "/python3")
        process.arguments = ["-c", "import sklearn, PIL"]
        process.standardError = FileHandle.nullDevice
        return (try? process.run()) != nil && { process.waitUntilExit(); return process.terminationStatus == 0 }()
    }

    /// The program of experiments/scikit-learn.yaml on a few pictures.
    @Test(.enabled(if: hasScikitLearn, "needs scikit-learn in .build-venv: scripts/install-dependencies --tests"))
    func scikitLearnIsAModel() throws {
        let project = try TestProject()
        try FileManager.default.copyItem(
            atPath: TestProject.root + "/experiments/scikit-learn", toPath: project.folder + "/scikit-learn")
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: forest
            dataset: { generate: { pictures: shapes, labels: 3, per_label: 24, seed: 7 } }
            splits: { main: { train: 16, validation: 1, test: 7, order: name } }
            models:
              forest:
                command:
                  run: [python3, scikit-learn/forest.py]
                  inputs: [scikit-learn/forest.py]
                  version: scikit-learn 1.9.1
                  environment: [FOREST_TREES]
                  time_limit: 5m
                data: { split: main }
            evaluations:
              accuracy: { split: main.test, models: { forest: {} } }
              latency: { split: main.test, concurrency: 1, models: { forest: {} } }
            """)
        let path = Self.python + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
        let run = try project.assay("run", "spec.yaml", "--json", environment: ["PATH": path])
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        let rows = try project.predictionRows(run)
        #expect(rows.count == 42)
        #expect(rows.allSatisfy { Double($0["latency_ms"] ?? "") != nil })
        // Seven of each label: chance is a third.
        #expect(rows.count { $0["correct"] == "1" || $0["correct"] == "true" } > 21)
        let second = try project.assay("run", "spec.yaml", "--json", environment: ["PATH": path])
        #expect(second.end["ran"] as? Int == 0)
    }
}
