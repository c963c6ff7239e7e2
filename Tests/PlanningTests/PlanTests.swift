// Plans of the shipped experiments: their steps, and the steps that a change makes stale.

import Artifacts
import Basics
import Foundation
import Planning
import Specification
import Testing

@Suite struct PlanTests {
    /// Made-up outputs for steps as if they had run.
    private static func outputs(_ step: Step, _ key: StepKey) -> KnownOutputs {
        var outputs: KnownOutputs = [:]
        for name in [
            "archive", "manifest", "train", "validation", "test", "leaks", "shards", "data", "answers", "model",
            "curve", "checkpoint", "metrics", "choice", "scored",
        ] {
            outputs[name] = Digest(of: "\(key) \(name)")
        }
        return outputs
    }

    /// The keys of all steps when everything has run, and the records that the store would hold.
    private static func ran(_ plan: Plan) -> [StepKey: ResultManifest] {
        var results: [StepKey: ResultManifest] = [:]
        var digests: [StepID: KnownOutputs] = [:]
        for step in plan.steps {
            var inputs: [String: Digest] = [:]
            for input in step.inputs { inputs[input.name] = digests[input.from]?[input.output] }
            guard let parts = step.keyParts(digests: inputs) else { continue }
            let key = Step.key(kind: step.kind, parts: parts)
            digests[step.id] = outputs(step, key)
            results[key] = ResultManifest(
                key: key, kind: step.kind.rawValue, step: step.id, experiment: plan.experiment, parts: parts,
                outputs: outputs(step, key).map { StepOutput(name: $0.key, digest: $0.value, bytes: 1) },
                createdAt: Date(timeIntervalSince1970: 0), seconds: 1, run: "r", tool: "test")
        }
        return results
    }

    private static func statuses(_ plan: Plan, _ results: [StepKey: ResultManifest]) -> [StepStatus] {
        plan.statuses { key in
            results[key].map { manifest in
                Dictionary(uniqueKeysWithValues: manifest.outputs.map { ($0.name, $0.digest) })
            }
        }
    }

    @Test func quickstartsSteps() throws {
        let plan = try KeyTests.plan("quickstart")
        let lines = plan.steps.map { step in
            "\(step.id) < "
                + step.inputs.map { "\($0.from)/\($0.output)" + ($0.role == .onDemand ? "?" : "") }
                .joined(separator: " ")
        }
        let split = ["train", "validation", "test"].map { "split-dataset:main/\($0)" }.joined(separator: " ")
        var expected = [
            "index-dataset < ",
            "split-dataset:main < index-dataset/manifest",
            "check-leaks:main < index-dataset/manifest \(split)",
            "write-requests:base:json:main.test < split-dataset:main/test",
            "run-batch:base:json:main.test < split-dataset:main/test write-requests:base:json:main.test/shards?",
            "score:accuracy:base < run-batch:base:json:main.test/answers split-dataset:main/test",
            "write-training-data:tuned:train < split-dataset:main/train",
            "write-training-data:tuned:validation < split-dataset:main/validation",
            "fine-tune:tuned < write-training-data:tuned:train/data write-training-data:tuned:validation/data",
            "ask-online:tuned:plain:main.test < split-dataset:main/test fine-tune:tuned/model",
            "score:accuracy:tuned < ask-online:tuned:plain:main.test/answers split-dataset:main/test",
            "train-epoch:cnn:1 < split-dataset:main/train split-dataset:main/validation",
        ]
        for epoch in 2...10 {
            expected.append(
                "train-epoch:cnn:\(epoch) < split-dataset:main/train split-dataset:main/validation "
                    + "train-epoch:cnn:\(epoch - 1)/checkpoint")
        }
        let epochs = (1...10).map { "train-epoch:cnn:\($0)/metrics train-epoch:cnn:\($0)/checkpoint" }
        expected += [
            "select-checkpoint:cnn < \(epochs.joined(separator: " "))",
            "predict:cnn:main.test < split-dataset:main/test select-checkpoint:cnn/checkpoint",
            "score:accuracy:cnn < predict:cnn:main.test/answers split-dataset:main/test",
            "ask-online:base:latency < split-dataset:main/test",
            "score:latency:base < ask-online:base:latency/answers split-dataset:main/test",
            "ask-online:tuned:latency < split-dataset:main/test fine-tune:tuned/model",
            "score:latency:tuned < ask-online:tuned:latency/answers split-dataset:main/test",
            "predict:cnn:latency < split-dataset:main/test select-checkpoint:cnn/checkpoint",
            "score:latency:cnn < predict:cnn:latency/answers split-dataset:main/test",
        ]
        #expect(lines == expected)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var id: String
        var settings: [String]
        /// Prefixes of the steps that run; all others are cached.
        var runs: [String]
        var testDescription: String { id }
    }

    @Test(arguments: [
        Change(id: "nothing", settings: [], runs: []),
        Change(
            id: "n_epochs", settings: ["models.tuned.fine_tune.hyperparameters.n_epochs=3"],
            runs: ["fine-tune:tuned", "ask-online:tuned", "score:accuracy:tuned", "score:latency:tuned"]),
        Change(
            id: "one more epoch", settings: ["models.cnn.train.epochs=11"],
            runs: ["train-epoch:cnn:11", "select-checkpoint:cnn", "predict:cnn", "score:accuracy:cnn", "score:latency:cnn"]),
        Change(
            id: "another account", settings: ["providers.local.account=other"],
            runs: [
                "run-batch", "fine-tune", "ask-online", "score:accuracy:base", "score:accuracy:tuned",
                "score:latency:base", "score:latency:tuned", "write-requests",
            ]),
        Change(
            id: "a request's seed", settings: ["requests.plain.seed=7"],
            runs: ["ask-online", "score:accuracy:tuned", "score:latency:base", "score:latency:tuned"]),
    ])
    func whatAChangeMakesStale(_ change: Change) throws {
        let results = Self.ran(try KeyTests.plan("quickstart"))
        let plan = try KeyTests.plan("quickstart", settings: change.settings)
        for (step, status) in zip(plan.steps, Self.statuses(plan, results)) {
            let shouldRun = change.runs.contains { step.id.text.hasPrefix($0) }
            // The request file exists already: only it names the deployment.
            if step.kind == .writeRequests { continue }
            #expect((status.state != .cached) == shouldRun, "\(step.id) is \(status.state)")
        }
    }

    @Test func anExplanationNamesPartValueAndLine() throws {
        let results = Self.ran(try KeyTests.plan("quickstart"))
        let plan = try KeyTests.plan("quickstart", settings: ["models.tuned.fine_tune.hyperparameters.n_epochs=3"])
        let statuses = Self.statuses(plan, results)
        let explanations = plan.explanations(
            statuses, tool: "test", last: { step in results.values.first { $0.step == step } }, made: { _, _ in nil })
        let fineTune = try #require(explanations.first { $0.step == "fine-tune:tuned" })
        let change = try #require(fineTune.changes.first)
        #expect(fineTune.changes.count == 1)
        #expect(change.part == "hyperparameters.n_epochs")
        #expect(change.was == 2)
        #expect(change.now == 3)
        #expect(change.place?.file == "--set")
        let follower = try #require(explanations.first { $0.step == "ask-online:tuned:latency" })
        #expect(follower.reason == .follows)
        #expect(follower.after == ["fine-tune:tuned"])
    }

    /// Names that people choose became other names: `runTest` and `run_test` shared one part of the key.
    @Test func chosenNamesAreUntouchedInAKey() throws {
        let one = Digest(of: "1"), two = Digest(of: "2")
        let identity = RunCommand.Identity(
            command: .shell("x"), files: ["runTest": one, "run_test": two], outputs: [], version: nil,
            environment: ["myKey": one])
        let parts = try keyParts(of: identity)
        #expect(parts.filter { $0.name.hasPrefix("files.") }.map(\.name) == ["files.runTest", "files.run_test"])
        #expect(parts.filter { $0.name.hasPrefix("environment.") }.map(\.name) == ["environment.myKey"])
        #expect(Set(parts.map(\.name)).count == parts.count)
    }

    @Test func aChangeIsNamedByTheSpec() throws {
        func name(_ part: String, _ path: String?) -> String {
            KeyChange(part: part, was: 1, now: 2, place: nil, path: path).name
        }
        #expect(name("rule.test", "splits.main.test") == "splits.main.test")
        #expect(name("account.open_a_i.endpoint", "providers.here.endpoint") == "providers.here.endpoint")
        #expect(name("hyperparameters.n_epochs", "models.t.fine_tune.hyperparameters.n_epochs") == "hyperparameters.n_epochs")
        #expect(name("files.model.py", "models.p.command.inputs") == "files.model.py")
    }

    /// The result of a step that two inputs read was one cause for each of them, and was compared with its last result
    /// instead of the one that was read.
    @Test func anInputIsComparedWithTheResultThatWasRead() throws {
        let old = Self.ran(try KeyTests.plan("quickstart"))
        let plan = try KeyTests.plan("quickstart", settings: ["splits.main.train=30"])
        // The split ran again with the new rule; what reads it did not.
        var results = old
        for (key, result) in Self.ran(plan) where result.kind == StepKind.splitDataset.rawValue { results[key] = result }
        func explained(_ made: (StepID, Digest) -> ResultManifest?) throws -> [KeyChange] {
            let explanations = plan.explanations(
                Self.statuses(plan, results), tool: "test",
                last: { step in
                    let now = results.values.filter { $0.step == step }
                    return now.first { old[$0.key] == nil } ?? now.first
                }, made: made)
            return try #require(explanations.first { $0.step == "train-epoch:cnn:1" }).changes
        }
        let read = try explained { step, digest in
            results.values.first { $0.step == step && $0.outputs.contains { $0.digest == digest } }
        }
        #expect(read.map(\.part) == ["rule.train"] && read.first?.was == 40 && read.first?.now == 30)
        #expect(try explained { _, _ in nil }.map(\.part) == ["result of split-dataset:main"])
    }

    @Test func causeIsReportedOnceWithItsConsequences() throws {
        let results = Self.ran(try KeyTests.plan("quickstart"))
        let plan = try KeyTests.plan(
            "quickstart",
            settings: ["models.tuned.fine_tune.hyperparameters.n_epochs=3", "models.cnn.train.batch_size=32"])
        let explanations = plan.explanations(
            Self.statuses(plan, results), tool: "test", last: { step in results.values.first { $0.step == step } },
            made: { _, _ in nil })
        let causes = plan.causes(of: explanations)
        #expect(causes.count == 2)
        let tuned = try #require(causes.first)
        #expect(tuned.steps == ["fine-tune:tuned"])
        #expect(
            Set(tuned.runs) == [
                "fine-tune:tuned", "ask-online:tuned:plain:main.test", "score:accuracy:tuned",
                "ask-online:tuned:latency", "score:latency:tuned",
            ])
        // All epochs have the batch size in their keys: one cause.
        let cnn = try #require(causes.last)
        #expect(cnn.steps == (1...10).map { StepID("train-epoch:cnn:\($0)") })
        #expect(cnn.runs.count == 15)
        guard case .changed(let change) = cnn.origin else {
            Issue.record("\(cnn.origin)")
            return
        }
        #expect(change.part == "recipe.batch_size" && change.was == 16 && change.now == 32)
    }

    @Test func differentVersionOfTheToolIsReported() throws {
        let plan = try KeyTests.plan("quickstart")
        var results = Self.ran(plan)
        // The result of an older implementation: the same parts under another key.
        let old = try #require(results.values.first { $0.step == "split-dataset:main" })
        results[old.key] = nil
        var stored = old
        stored.key = StepKey(Digest(of: "older"))
        stored.tool = "0.0.9"
        let explanations = plan.explanations(
            Self.statuses(plan, results), tool: "0.1.0",
            last: { step in step == stored.step ? stored : results.values.first { $0.step == step } }, made: { _, _ in nil })
        let split = try #require(explanations.first)
        #expect(split.step == "split-dataset:main")
        #expect(split.reason == .toolChanged(was: "0.0.9", now: "0.1.0"))
        let causes = plan.causes(of: explanations)
        #expect(causes.count == 1)
        #expect(causes.first?.runs.count == explanations.count)
    }

    @Test func imagesThatChangedAreNamed() throws {
        func entry(_ path: String, _ label: String, part: SplitPart? = nil) -> ManifestEntry {
            ManifestEntry(
                path: path, label: label, part: part, digest: Digest(of: path), bytes: 1, width: 1, height: 1)
        }
        let old = DatasetManifest([entry("a/1.png", "a"), entry("a/2.png", "a"), entry("b/1.png", "b"), entry("b/2.png", "b")])
        let now = [
            LabelledImage(path: "a/1.png", label: "a"), LabelledImage(path: "a/3.png", label: "a"),
            LabelledImage(path: "a/bad.png", label: "a"), LabelledImage(path: "b/1.png", label: "c"),
            LabelledImage(path: "b/2.png", label: "b"),
        ]
        var digests = Dictionary(uniqueKeysWithValues: now.map { ($0.path, Digest(of: $0.path)) })
        digests["b/2.png"] = Digest(of: "other")
        let changes = DatasetChange.between(old, unreadable: ["a/bad.png"], now, digests: digests)
        #expect(
            changes.map { "\($0.path) \($0.kind.rawValue)" }
                == ["a/2.png removed", "a/3.png added", "b/1.png label changed", "b/2.png changed"])
    }

    @Test func aLimitChangesTheSplitsAndNothingBelowThemByItself() throws {
        let whole = try KeyTests.plan("quickstart")
        let small = try KeyTests.plan("quickstart", limit: 2)
        let changed = zip(whole.steps, small.steps).filter { $0.parts != $1.parts }.map(\.0.id)
        #expect(changed == ["split-dataset:main"])
    }
}
