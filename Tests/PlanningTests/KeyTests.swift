// Every field of every identity affects the key: each mutation changes it.

import Artifacts
import Basics
import Foundation
import Planning
import ProviderKit
import Providers
import Specification
import Testing
import VisionProtocol

@Suite struct KeyTests {
    /// The plan of a shipped experiment, with everything outside made up.
    static func plan(_ experiment: String, settings: [String] = [], limit: Int? = nil) throws -> Plan {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let loader = SpecLoader(
            environment: Environment(["ASSAY_DATA": "/data", "AZURE_OPENAI_ENDPOINT": "https://a.example"]),
            today: "2025-10-01", providers: builtInProviders.keys
        ) { try [UInt8](Data(contentsOf: URL(fileURLWithPath: $0))) }
        let loaded = try loader.load(root.appendingPathComponent("experiments/\(experiment).yaml").path, settings: settings)
        return try PlannedText.plan(loaded, limit: limit)
    }

    /// Every leaf of a JSON document, changed one at a time.
    static func mutations(_ value: JSONValue) -> [(path: String, value: JSONValue)] {
        switch value {
        case .object(let members):
            return members.flatMap { key, member in
                mutations(member).map { inner in
                    var copy = members
                    copy[key] = inner.value
                    return (inner.path.isEmpty ? key : "\(key).\(inner.path)", .object(copy))
                }
            }
        case .array(let elements):
            return elements.indices.flatMap { index in
                mutations(elements[index]).map { inner in
                    var copy = elements
                    copy[index] = inner.value
                    return ("\(index).\(inner.path)", .array(copy))
                }
            } + [("count", .array(elements + [.string("another")]))]
        case .bool(let flag): return [("", .bool(!flag))]
        case .int(let number): return [("", .int(number &+ 1))]
        case .double(let number): return [("", .double(number + 0.125))]
        case .string(let text): return [("", .string(text + " other"))]
        case .null: return [("", .string("something"))]
        }
    }

    @Test(arguments: ["quickstart", "photographs", "stanford-dogs"])
    func everyFieldOfEveryIdentityIsInTheKey(experiment: String) throws {
        var checked = 0
        for step in try Self.plan(experiment).steps {
            let document = try JSONValue(markingNamesOf: step.work.identity)
            let key = Step.key(kind: step.kind, parts: keyParts(ofMarked: document))
            #expect(key == Step.key(kind: step.kind, parts: step.parts), "\(step.id)")
            for mutation in Self.mutations(document) {
                checked += 1
                let other = Step.key(kind: step.kind, parts: keyParts(ofMarked: mutation.value))
                #expect(other != key, "\(step.id): \(mutation.path) is in no part of the key")
            }
        }
        #expect(checked > 200)
    }

    @Test func allKindsOfStepsAreChecked() throws {
        let kinds = try Set(["quickstart", "photographs", "stanford-dogs"].flatMap { try Self.plan($0).steps.map(\.kind) })
        // The remaining kinds are in KeyCompletenessTests, and the first has a separate identity below.
        #expect(
            Set(StepKind.allCases).subtracting(kinds) == [
                .runCommand, .trainerEpoch, .trainerPredict, .extractFeatures, .fitProbe, .predictProbe, .readAnswers,
            ])
    }

    @Test func aProgramsIdentityIsInItsKey() throws {
        let identity = RunCommand.Identity(
            command: .arguments(["sh", "-c", "x"]), files: ["a": Digest(of: "a")], outputs: ["out"], version: "1",
            environment: ["NAME": Digest(of: "value")])
        let document = try JSONValue(markingNamesOf: identity)
        let key = Step.key(kind: .runCommand, parts: try keyParts(of: identity))
        for mutation in Self.mutations(document) {
            #expect(Step.key(kind: .runCommand, parts: keyParts(ofMarked: mutation.value)) != key, "\(mutation.path)")
        }
    }

    @Test func theKindAndTheOrderOfParts() {
        let a = KeyPart(name: "a", value: 1), b = KeyPart(name: "b", value: 2)
        #expect(Step.key(kind: .predict, parts: [a, b]) == Step.key(kind: .predict, parts: [b, a]))
        #expect(Step.key(kind: .predict, parts: [a]) != Step.key(kind: .score, parts: [a]))
        #expect(Step.key(kind: .predict, parts: [a]) != Step.key(kind: .predict, parts: [a, b]))
    }

    /// Names that do not affect a result are in no key.
    struct Indifferent: Sendable, CustomTestStringConvertible {
        var id: String
        var setting: String
        /// Steps that may change, by prefix.
        var mayChange: [String]
        var testDescription: String { id }
    }

    @Test(arguments: [
        Indifferent(id: "online deployment", setting: "models.base.deployment=other", mayChange: []),
        Indifferent(
            id: "batch deployment", setting: "models.base.batch_deployment=other", mayChange: ["write-requests"]),
        Indifferent(id: "kept deployment", setting: "models.tuned.deploy.keep=true", mayChange: []),
        Indifferent(id: "capacity", setting: "models.tuned.deploy.capacity=7", mayChange: []),
        Indifferent(id: "suffix", setting: "models.tuned.fine_tune.suffix=mine", mayChange: []),
        Indifferent(id: "attempts", setting: "evaluations.accuracy.attempts=5", mayChange: []),
        Indifferent(id: "name", setting: "name=other", mayChange: []),
    ])
    func indifferent(_ item: Indifferent) throws {
        let before = try Self.plan("quickstart").steps
        let after = try Self.plan("quickstart", settings: [item.setting]).steps
        #expect(before.count == after.count)
        for (old, new) in zip(before, after) where !item.mayChange.contains(where: { old.id.text.hasPrefix($0) }) {
            #expect(
                Step.key(kind: old.kind, parts: old.parts) == Step.key(kind: new.kind, parts: new.parts), "\(old.id)")
        }
    }

    /// More epochs reuse the existing ones, with any schedule.
    @Test func theNumberOfEpochsIsInNoEpochsKey() throws {
        func epochs(_ plan: Plan) -> [StepKey] {
            plan.steps.filter { $0.kind == .trainEpoch }.map { Step.key(kind: $0.kind, parts: $0.parts) }
        }
        let short = epochs(try Self.plan("stanford-dogs"))
        let long = epochs(try Self.plan("stanford-dogs", settings: ["models.cnn.train.epochs=12"]))
        #expect(short.count == 8)
        #expect(long.count == 12)
        #expect(Array(long.prefix(8)) == short)
    }
}
