// Models trained by the user's program: caching, keys and errors.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TrainerTests {
    /// A trainer without libraries: it learns the mean of each label's file sizes, and logs its requests.
    private static let program = """
        import os, sys, time
        from assay_trainer import Answer, EpochRequest, PredictRequest, Trainer

        trainer = Trainer()

        @trainer.epoch
        def train(request: EpochRequest):
            with open(os.environ["RECORD"], "a") as file:
                print("epoch", request.epoch, request.hyperparameters, os.getpid(), file=file)
            if request.hyperparameters.get("fail_at") == request.epoch:
                raise RuntimeError("no such luck")
            time.sleep(request.hyperparameters.get("sleep", 0))
            before = []
            if request.checkpoint_in:
                before = (request.checkpoint_in / "deep" / "means.txt").read_text().splitlines()
            means = []
            for label in request.labels:
                sizes = [os.path.getsize(e.path) for e in request.train if e.label == label]
                means.append(f"{label} {sum(sizes) / len(sizes)}")
            (request.checkpoint_out / "deep").mkdir()
            (request.checkpoint_out / "deep" / "means.txt").write_text("\\n".join(before[: len(before) - len(means)] + means))
            print("trained", request.epoch)
            return {"train_loss": 1.0 / request.epoch, "validation_accuracy": 0.5, "extra": 3}

        @trainer.predict
        def predict(request: PredictRequest):
            with open(os.environ["RECORD"], "a") as file:
                print("predict", request.warmup, os.getpid(), file=file)
            rows = [line.split() for line in (request.checkpoint_in / "deep" / "means.txt").read_text().splitlines()]
            for path in request.images:
                size = os.path.getsize(path)
                scores = {label: -abs(float(mean) - size) for label, mean in rows}
                yield Answer(path, max(scores, key=scores.get), 1.5, scores)

        if __name__ == "__main__":
            trainer.main()
        """

    private func project(_ recipe: String = "long_lived: true", program: String = TrainerTests.program) throws -> TestProject {
        let project = try TestProject()
        let helper = TestProject.root + "/experiments/trainers/assay_trainer.py"
        try FileManager.default.copyItem(atPath: helper, toPath: project.folder + "/assay_trainer.py")
        try project.write("train.py", program)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: trained
            dataset: { generate: { pictures: shapes, labels: 3, per_label: 8, seed: 7 } }
            splits: { main: { train: 4, validation: 2, test: 2, order: name } }
            models:
              outer:
                train:
                  program: [python3, train.py]
                  inputs: [train.py, assay_trainer.py]
                  data: { split: main }
                  epochs: 2
                  environment: [RECORD]
                  hyperparameters: { rate: 0.1, whole: 2 }
            \(recipe.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n"))
            evaluations: { accuracy: { split: main.test, models: { outer: {} } } }
            """)
        return project
    }

    /// The requests to the trainer, one per line.
    private func record(_ project: TestProject) -> [String] {
        let text = try? String(contentsOfFile: project.folder + "/record.txt", encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    private func run(_ project: TestProject, _ arguments: String...) throws -> TestProject.Result {
        try project.assay(
            ["run", "spec.yaml", "--json"] + arguments, environment: ["RECORD": project.folder + "/record.txt"])
    }

    @Test(arguments: ["long_lived: true", "long_lived: false"])
    func moreEpochsTrainOnlyTheNewOnes(_ mode: String) throws {
        let project = try project(mode)
        let first = try run(project)
        #expect(first.status == 0, "\(first.errors)\n\(first.output)")
        #expect(record(project).map { $0.prefix(7) } == ["epoch 1", "epoch 2", "predict"])
        #expect(Set(record(project).compactMap { $0.split(separator: " ").last }).count == (mode.hasSuffix("true") ? 1 : 3))
        let more = try run(project, "--set", "models.outer.train.epochs=3")
        #expect(more.status == 0, "\(more.errors)")
        #expect(more.steps("ran").contains("trainer-epoch:outer:3"))
        #expect(!more.steps("ran").contains("trainer-epoch:outer:2"))
        #expect(record(project).count { $0.hasPrefix("epoch") } == 3)
    }

    /// The mode decides how, not what: both leave the same checkpoint, so that the second finds everything cached.
    @Test func theModeIsInNoKey() throws {
        let project = try project("long_lived: true")
        #expect(try run(project).status == 0)
        let other = try run(project, "--set", "models.outer.train.long_lived=false")
        #expect(other.end["ran"] as? Int == 0, "\(other.output)")
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var id: String
        var setting: String
        var part: String
        var testDescription: String { id }
    }

    @Test(arguments: [
        Change(id: "hyperparameter", setting: "models.outer.train.hyperparameters.rate=0.2", part: "hyperparameters.rate"),
        Change(
            id: "a float for an integer", setting: "models.outer.train.hyperparameters.whole=2.0",
            part: "hyperparameters.whole 2 → 2.0"),
        Change(id: "seed", setting: "models.outer.train.seed=9", part: "seed"),
        Change(id: "program", setting: "models.outer.train.program=[python3, -u, train.py]", part: "program"),
        Change(id: "versions", setting: "models.outer.train.versions=echo 2", part: "versions"),
    ])
    func explainNamesWhatChanged(_ item: Change) throws {
        let project = try project()
        #expect(try run(project).status == 0)
        let explained = try project.assay(
            "explain", "spec.yaml", "--set", item.setting, environment: ["RECORD": project.folder + "/record.txt"])
        #expect(explained.output.hasPrefix("stale: "), "\(explained.output)")
        #expect(explained.output.contains(item.part), "\(explained.output)")
        #expect(explained.output.contains("trainer-epoch:outer:1"), "\(explained.output)")
    }

    /// Guards: `2.0` reached the program as `2` and had the same key, although libraries distinguish a share of 1.0 from a
    /// count of 1.
    @Test func aFloatIsNotAnInteger() throws {
        let project = try project()
        #expect(try run(project).status == 0)
        let other = try run(project, "--set", "models.outer.train.hyperparameters.whole=2.0")
        #expect(other.status == 0, "\(other.errors)")
        #expect(other.steps("ran").contains("trainer-epoch:outer:1"))
        let epochs = record(project).filter { $0.hasPrefix("epoch 1") }
        #expect(epochs.count == 2 && epochs[0].contains("'whole': 2}") && epochs[1].contains("'whole': 2.0}"), "\(epochs)")
    }

    /// A version command runs with `run`, and with `plan` only in a project that was run before: a spec that came with a
    /// clone starts no program by being planned.
    @Test func planningACloneRunsNoProgram() throws {
        let project = try project("versions: echo 1 && touch \"$HOME/ran\"")
        let environment = ["RECORD": project.folder + "/record.txt", "HOME": project.folder]
        let ran = project.folder + "/ran"
        #expect(try project.assay("plan", "spec.yaml", environment: environment).status == 0)
        #expect(try project.assay("explain", "spec.yaml", environment: environment).status == 0)
        #expect(!FileManager.default.fileExists(atPath: ran))
        #expect(try project.assay("run", "spec.yaml", environment: environment).status == 0)
        #expect(FileManager.default.fileExists(atPath: ran))
        let plan = try project.assay("plan", "spec.yaml", "--check", environment: environment)
        #expect(plan.status == 0, "\(plan.output)")
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        var id: String
        var recipe: String
        var program: String
        var says: String
        var testDescription: String { id }
    }

    @Test(arguments: [
        Failure(
            id: "an exception, long-lived", recipe: "long_lived: true", program: "raise ValueError('no such luck')",
            says: "ended with exit code 1"),
        Failure(
            id: "an exception, one process a request", recipe: "long_lived: false",
            program: "print('words'); raise ValueError('no such luck')", says: "no such luck"),
        Failure(
            id: "no checkpoint", recipe: "long_lived: false", program: "pass",
            says: "there is no folder 'checkpoint' below the request's 'output'"),
        Failure(
            id: "no metrics", recipe: "long_lived: false",
            program: "import json, os, sys; os.mkdir(json.load(open(sys.argv[2]))['output'] + '/checkpoint')",
            says: "there is no 'metrics.json' below the request's 'output'"),
        Failure(
            id: "metrics that are not numbers", recipe: "long_lived: false",
            program: """
                import json, os, sys
                out = json.load(open(sys.argv[2]))['output']
                os.mkdir(out + '/checkpoint'); open(out + '/metrics.json', 'w').write('{"train_loss": "low"}')
                """,
            says: "metrics.json: 'train_loss' is \\\"low\\\"; a finite number is needed"),
        Failure(
            id: "a link in the checkpoint", recipe: "long_lived: false",
            program: """
                import json, os, sys
                out = json.load(open(sys.argv[2]))['output']
                os.mkdir(out + '/checkpoint'); open(out + '/metrics.json', 'w').write('{}')
                os.symlink('/etc/passwd', out + '/checkpoint/x')
                """,
            says: "checkpoint: 'x' is a link"),
        Failure(
            id: "time limit", recipe: "long_lived: true\ntime_limit: 1s", program: "import time; time.sleep(60)",
            says: "took longer than its time limit of 1 s"),
        Failure(
            id: "a reply with another value than true", recipe: "long_lived: true\ntime_limit: 30s",
            program: "import sys\nfor _ in sys.stdin: print('{\"done\": 1}', flush=True)",
            says: "its reply has 'done' 1, which can only be true"),
        Failure(
            id: "a reply with an error that is also done", recipe: "long_lived: true\ntime_limit: 30s",
            program: "import sys\nfor _ in sys.stdin: print('{\"done\": true, \"error\": \"half of it\"}', flush=True)",
            says: "reports an error: half of it"),
        Failure(
            id: "an indented reply", recipe: "long_lived: true\ntime_limit: 30s",
            program: "import sys\nfor _ in sys.stdin: print('  {\"error\": \"indented\"}', flush=True)",
            says: "reports an error: indented"),
        Failure(
            id: "more devices than there are", recipe: "resources: { gpu: 900 }", program: "pass",
            says: "needs 900 GPUs"),
    ])
    func failsWithAReason(_ item: Failure) throws {
        let project = try project(item.recipe, program: item.program)
        let run = try run(project)
        #expect(run.status == 1)
        #expect(run.output.contains(item.says), "\(run.output)\(run.errors)")
        #expect(run.seconds < 40)
    }

    /// A failed epoch leaves earlier ones intact; the next run continues there.
    @Test func aFailureKeepsTheEpochsBefore() throws {
        let project = try project("long_lived: true")
        let failed = try run(project, "--set", "models.outer.train.hyperparameters.fail_at=2")
        #expect(failed.status == 1)
        #expect(failed.output.contains("reports an error: RuntimeError: no such luck"), "\(failed.output)")
        #expect(failed.steps("ran").contains("trainer-epoch:outer:1"))
        let again = try run(project, "--set", "models.outer.train.hyperparameters.fail_at=2")
        #expect(again.status == 1)
        #expect(record(project).map { $0.prefix(7) } == ["epoch 1", "epoch 2", "epoch 2"])
    }

    /// Killed in an epoch, training continues from the last complete one, and produces the same bytes as without the
    /// kill.
    @Test func aKillKeepsTheEpochsBefore() throws {
        let slow = ["--set", "models.outer.train.hyperparameters.sleep=2"]
        let whole = try project("long_lived: true")
        let killed = try project("long_lived: true")
        let expected = try run(whole, slow[0], slow[1])
        #expect(expected.status == 0, "\(expected.errors)")
        let (process, _, _) = killed.process(
            ["run", "spec.yaml", "--json"] + slow, environment: ["RECORD": killed.folder + "/record.txt"])
        try process.run()
        while record(killed).count < 2, process.isRunning { Thread.sleep(forTimeInterval: 0.05) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let resumed = try run(killed, slow[0], slow[1])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(resumed.steps("cached").contains("trainer-epoch:outer:1"))
        #expect(resumed.steps("ran").contains("trainer-epoch:outer:2"))
        #expect(try objects(of: "trainer-epoch:outer:2", in: killed) == objects(of: "trainer-epoch:outer:2", in: whole))
    }

    /// The digests of a step's outputs by name, without its log.
    private func objects(of step: String, in project: TestProject) throws -> [String: String] {
        let results = project.folder + "/.assay/results"
        for case let path as String in FileManager.default.enumerator(atPath: results) ?? .init() where path.hasSuffix(".json") {
            let data = try Data(contentsOf: URL(fileURLWithPath: results + "/" + path))
            guard let record = try JSONSerialization.jsonObject(with: data) as? [String: Any],
                record["step"] as? String == step, let outputs = record["outputs"] as? [[String: Any]]
            else { continue }
            return Dictionary(
                uniqueKeysWithValues: outputs.compactMap { output in
                    guard let name = output["name"] as? String, name != "/output", let digest = output["digest"] as? String
                    else { return nil }
                    return (name, digest)
                })
        }
        return [:]
    }

    /// Guards: latencies of some images counted as those of all.
    @Test func latenciesOfSomeImagesAreAProblem() throws {
        let project = try project(
            program: TrainerTests.program.replacing(
                "yield Answer(path, max(scores, key=scores.get), 1.5, scores)",
                with: "yield Answer(path, max(scores, key=scores.get), 1.5 if path == request.images[0] else None, scores)"))
        let run = try run(project)
        #expect(run.status == 0, "\(run.errors)")
        let results = try #require(run.end["report"] as? String).replacing("report.html", with: "results.json")
        let text = try String(contentsOfFile: results, encoding: .utf8)
        #expect(text.contains("latency_ms is given for 1 of 6 answers"), "\(text.suffix(2000))")
    }

    @Test func theOutputIsKept() throws {
        let project = try project()
        let run = try run(project)
        let id = try #require(run.end["run"] as? String)
        let shown = try project.assay("show", id, "trainer-epoch:outer:2")
        #expect(shown.output.contains("trained 2"), "\(shown.output)")
    }

    /// Output to standard error just before a reply belongs to that request, in any amount.
    @Test func theLastOutputBelongsToItsRequest() throws {
        let project = try project(
            program: TrainerTests.program.replacing(
                "print(\"trained\", request.epoch)",
                with: "print(\"\\n\".join(f\"line {n} of {request.epoch}\" for n in range(2000)))"))
        let run = try run(project)
        let id = try #require(run.end["run"] as? String)
        for epoch in 1...2 {
            let shown = try project.assay("show", id, "trainer-epoch:outer:\(epoch)").output
            #expect(shown.contains("line 0 of \(epoch)\n") && shown.contains("line 1999 of \(epoch)"), "\(shown.suffix(300))")
            #expect(!shown.contains("of \(3 - epoch)\n"))
        }
    }

    @Test func aSpecIsCheckedAtItsPlaces() throws {
        let project = try project("seed: [1]\nsplit: main")
        let run = try project.assay("validate", "spec.yaml")
        #expect(run.status == 2)
        #expect(run.errors.contains("spec.yaml:14:13: error[wrong-type]: "), "\(run.errors)")
        #expect(run.errors.contains("spec.yaml:15:7: error[unknown-key]: 'split'"), "\(run.errors)")
    }
}
