// Programs as steps and as models: their inputs, their outputs, and when they run again.

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

    /// The variables that docs/security.md lists for each kind of program.
    @Test func programsOfASpecSeeNoKeys() throws {
        let project = try TestProject()
        func seen(_ name: String) -> String { "env > '\(project.folder)/seen-\(name)'" }
        try project.write(".env", "FILE_KEY=planted-in-file\n")
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: env
            dataset: { generate: { pictures: shapes, labels: 2, per_label: 4, seed: 7 } }
            splits: { main: { train: 2, validation: 1, test: 1, order: name } }
            prompts: { p: { system: "One of [{{ labels }}].", user: [image] } }
            requests: { r: { prompt: p, detail: low, answer: text, max_tokens: 20 } }
            commands:
              plain: { run: "\(seen("command")); echo > out.txt", outputs: [out.txt] }
              listed: { run: "\(seen("listed")); echo > out.txt", outputs: [out.txt], environment: [LISTED, FILE_KEY] }
            providers: { local: { kind: emulator, account: e, program: "\(seen("emulator")); echo circle" } }
            models:
              hosted: { provider: local, model: some, deployment: d }
              net:
                train:
                  { program: "\(seen("trainer")); exit 1", versions: "\(seen("versions"))", epochs: 1, data: { split: main } }
              program: { command: { run: "\(seen("model")); exit 1" }, data: { split: main } }
            evaluations: { e: { split: main.test, models: { hosted: { online: r }, net: {}, program: {} } } }
            """)
        let run = try project.assay(
            "run", "spec.yaml", environment: ["OPENAI_API_KEY": "planted", "LISTED": "planted", "TMPDIR": NSTemporaryDirectory()])
        #expect(run.output.contains("2 steps failed"), "\(run.errors)\n\(run.output)")
        // The shell sets some of its own.
        let usual: Set = [
            "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "ASSAY_CHILD_OF", "PWD", "OLDPWD", "SHLVL", "_",
        ]
        let more: [String: Set<String>] = [
            "command": ["TMPDIR"], "listed": ["TMPDIR", "LISTED", "FILE_KEY"], "model": ["TMPDIR"], "versions": [],
            "emulator": ["TMPDIR", "ASSAY_QUESTION", "ASSAY_IMAGE", "ASSAY_IMAGES", "ASSAY_SCHEMA"],
            "trainer": ["TMPDIR", "PYTHONUNBUFFERED", "CUDA_VISIBLE_DEVICES"],
        ]
        for (name, names) in more {
            let text = try String(contentsOfFile: project.folder + "/seen-" + name, encoding: .utf8)
            let found = Set(text.matches(of: #/(?m)^([A-Z_]+)=/#).map { String($0.output.1) })
            #expect(found.subtracting(usual).isSubset(of: names), "\(name): \(found)")
            #expect(text.contains("planted") == (name == "listed"), "\(name)")
        }
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
        #expect(again.end["report"] is NSNull, "nothing ran or was measured: there is nothing to report")

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
        return (try? process.run()) != nil
            && {
                process.waitUntilExit()
                return process.terminationStatus == 0
            }()
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

    // MARK: Programs as models

    /// Answers `cat` to every picture that it can open, and fails for one that it cannot.
    private static let opens = """
        echo path,answer > predictions.csv
        tail -n +2 predict.csv | while read -r path; do
          head -c 4 "$path" > /dev/null || exit 9
          echo "$path,cat" >> predictions.csv
        done
        """

    private func modelSpec(
        _ dataset: String, evaluations: String, command: String = "run: [sh, model.sh], inputs: [model.sh]"
    ) -> String {
        """
        assay: 1
        name: model
        dataset: { \(dataset) }
        splits: { main: { train: 2, validation: 1, test: 1, order: name } }
        models:
          looker:
            command: { \(command) }
            data: { split: main }
        evaluations:
        \(evaluations)
        """
    }

    private func pictures(_ project: TestProject, in folder: String) throws {
        var table = "path,label\n"
        for (at, label) in ["cat", "dog"].enumerated() {
            try FileManager.default.createDirectory(
                atPath: project.folder + "/\(folder)/images/\(label)", withIntermediateDirectories: true)
            for number in 0..<4 {
                let path = "images/\(label)/\(number).png"
                try PictureFiles.png(at * 10 + number).write(to: URL(fileURLWithPath: project.folder + "/\(folder)/" + path))
                table += "\(path),\(label)\n"
            }
        }
        try project.write("\(folder)/labels.csv", table)
        try project.write("\(folder)/model.sh", Self.opens)
    }

    /// Guards against paths relative to the spec, which a program in a separate folder could not open.
    @Test(arguments: ["folder: images", "table: labels.csv", "folder: images, convert: { max_side: 16 }"])
    func aModelGetsPathsThatItCanOpen(_ dataset: String) throws {
        let project = try TestProject()
        try pictures(project, in: "specs")
        try project.write(
            "specs/spec.yaml", modelSpec(dataset, evaluations: "  accuracy: { split: main.test, models: { looker: {} } }"))
        let run = try project.assay("run", "specs/spec.yaml", "--json", "--state", "elsewhere/state")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(run.steps("ran").contains("score:accuracy:looker"))
    }

    /// Guards a program that trained again for each evaluation.
    @Test func aModelIsTrainedOnceForAllEvaluations() throws {
        let project = try TestProject()
        try pictures(project, in: ".")
        let script = """
            echo trained >> "$TRAINED"
            echo path,answer,latency_ms > predictions.csv
            tail -n +2 predict.csv | while read -r path; do echo "$path,cat,2.5" >> predictions.csv; done
            """
        try project.write("model.sh", script)
        try project.write(
            "spec.yaml",
            modelSpec(
                "folder: images",
                evaluations: """
                      accuracy: { split: main.test, models: { looker: {} } }
                      tuning: { split: main.validation, models: { looker: {} } }
                      latency: { split: main.test, concurrency: 1, models: { looker: {} } }
                    """,
                command: "run: [sh, model.sh], inputs: [model.sh], environment: [TRAINED]"))
        let environment = ["TRAINED": project.folder + "/trained.txt"]
        let run = try project.assay("run", "spec.yaml", "--json", environment: environment)
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(try String(contentsOfFile: project.folder + "/trained.txt", encoding: .utf8) == "trained\n")
        #expect(run.steps("ran").isSuperset(of: ["score:accuracy:looker", "score:tuning:looker"]))
        let text = try project.assay("report")
        #expect(text.output.contains("2.50"), "the latency that the program states is in the table: \(text.output)")
        let again = try project.assay("run", "spec.yaml", "--json", environment: environment)
        #expect(again.end["ran"] as? Int == 0)
    }

    @Test func latencyWithoutAMeasurementIsInTheTable() throws {
        let project = try TestProject()
        try pictures(project, in: ".")
        try project.write(
            "model.sh",
            "echo path,answer,latency_ms > predictions.csv; tail -n +2 predict.csv | while read -r path; do echo \"$path,cat,7.25\" >> predictions.csv; done"
        )
        try project.write(
            "spec.yaml", modelSpec("folder: images", evaluations: "  accuracy: { split: main.test, models: { looker: {} } }"))
        #expect(try project.assay("run", "spec.yaml", "--json").status == 0)
        let text = try project.assay("report")
        #expect(text.output.contains("mean ms") && text.output.contains("7.25"), "\(text.output)")
    }

    @Test func theOutputOfAProgramIsKeptAndShown() throws {
        let project = try TestProject()
        let text = spec(
            "run: \"echo to output; echo to error >&2; printf '\\\\033[31mred\\\\033[0m\\\\n'; test -e /nowhere && exit 0; touch first.txt\"\noutputs: [first.txt]"
        )
        try project.write("spec.yaml", text)
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        let id = try #require(run.end["run"] as? String)
        let shown = try project.assay("show", id, "run-command:first")
        #expect(shown.output.hasSuffix("output:\nto output\nto error\nred\n"), "\(shown.output)")
        #expect(try project.assay("show", id, "run-command:second").output.contains("it wrote no output"))
        let unknown = try project.assay("show", id, "run-command:third")
        #expect(unknown.status == 2 && unknown.errors.contains("its steps are run-command:first"), "\(unknown.errors)")
        // A step that is cached has the output of the run that made it.
        let cached = try project.assay("run", "spec.yaml", "--json")
        let later = try #require(cached.end["run"] as? String)
        #expect(try project.assay("show", later, "run-command:first").output.contains("to output"))
    }

    @Test func aFailureShowsTheCommandAndWholeLinesOfItsOutput() throws {
        let project = try TestProject()
        let script = "i=0; while [ $i -lt 400 ]; do echo \"line $i of many more\"; i=$((i+1)); done; exit 7"
        try project.write("fail.sh", script)
        try project.write("spec.yaml", spec("run: [sh, fail.sh, 'two words']\ninputs: [fail.sh]\noutputs: [first.txt]"))
        let run = try project.assay("run", "spec.yaml", "--json")
        let id = try #require(run.end["run"] as? String)
        let shown = try project.assay("show", id, "run-command:first")
        #expect(shown.output.contains("sh fail.sh 'two words' ended with exit code 7; end of its output:"), "\(shown.output)")
        #expect(shown.output.contains("line 399 of many more"))
        #expect(shown.output.contains("\nline 0 of many more\n"), "all of the output is kept for a failed step too")
        let event = try #require(run.output.split(separator: "\n").first { $0.contains("exit code 7") })
        #expect(!event.contains("line 100 of many more"), "only the end is in the message")
    }

    struct Predictions: Sendable, CustomTestStringConvertible {
        var id: String
        var script: String
        var says: String
        var testDescription: String { id }
    }

    /// Guards images without a prediction, which were missing without a word about them.
    @Test(arguments: [
        Predictions(
            id: "a row is missing",
            script:
                "head -n 1 predict.csv | sed 's/$/,answer/' > predictions.csv; sed -n 2p predict.csv | sed 's/$/,cat/' >> predictions.csv",
            says: "predictions.csv has no row for 1 of 2 images: dog/3.png"),
        Predictions(
            id: "other paths", script: "echo path,answer > predictions.csv; echo cat/3.png,cat >> predictions.csv",
            says: "predictions.csv:2: 'cat/3.png' is not a path of predict.csv"),
        Predictions(id: "no file", script: "true", says: "the program did not write predictions.csv"),
    ])
    func wrongPredictionsAreReported(_ item: Predictions) throws {
        let project = try TestProject()
        try pictures(project, in: ".")
        try project.write("model.sh", item.script)
        try project.write(
            "spec.yaml", modelSpec("folder: images", evaluations: "  accuracy: { split: main.test, models: { looker: {} } }"))
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 1 && run.output.contains(item.says), "\(run.output)")
    }

    @Test func aProgramUsesItsPythonEnvironment() throws {
        let project = try TestProject()
        try FileManager.default.createDirectory(atPath: project.folder + "/specs/env/bin", withIntermediateDirectories: true)
        try project.write("specs/env/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n")
        try project.write("specs/env/bin/python", "#!/bin/sh\necho \"$VIRTUAL_ENV\" > first.txt\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: project.folder + "/specs/env/bin/python")
        let check = "grep -q ^/.*/specs/env$ first.txt && cp first.txt second.txt"
        try project.write("specs/spec.yaml", spec("run: [python, model.py]\noutputs: [first.txt]\npython: env", second: check))
        let run = try project.assay("run", "specs/spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        // The installed packages are part of the key.
        try FileManager.default.createDirectory(
            atPath: project.folder + "/specs/env/lib/python3.11/site-packages/numpy-2.1.dist-info",
            withIntermediateDirectories: true)
        let explained = try project.assay("explain", "specs/spec.yaml")
        #expect(explained.output.contains("stale: python"), "\(explained.output)")
        try project.write("specs/spec.yaml", spec("run: [python, model.py]\noutputs: [first.txt]\npython: venv", second: check))
        let missing = try project.assay("run", "specs/spec.yaml")
        #expect(missing.status == 2 && missing.errors.contains("spec.yaml:7:13"), "\(missing.errors)")
        #expect(missing.errors.contains("specs/venv' is not a Python environment"), "\(missing.errors)")
    }
}
