// The record of a step that ran: what it was, what it read, what came out.

package import Basics
package import Foundation

/// One named part of a step's key, as it was when the step ran: what `explain` compares.
package struct KeyPart: Hashable, Sendable, Codable {
    /// Such as `hyperparameters.n_epochs` or `input.checkpoint`.
    package var name: String
    package var value: JSONValue
    /// Where the value stands in the spec, for parts that come from there.
    package var place: SourceRange?
    /// The key of the spec that the value belongs to, such as `splits.main.test`. It is not stored.
    package var path: String?

    private enum CodingKeys: String, CodingKey { case name, value, place }

    package init(name: String, value: JSONValue, place: SourceRange? = nil) {
        self.name = name
        self.value = value
        self.place = place
    }
}

/// A named output of a step: an object in the store.
package struct StepOutput: Hashable, Sendable, Codable {
    package var name: String
    package var digest: Digest
    package var bytes: Int64

    package init(name: String, digest: Digest, bytes: Int64) {
        self.name = name
        self.digest = digest
        self.bytes = bytes
    }
}

/// The result of a step with all that is worth knowing of it later. Written once, under the step's key.
package struct ResultManifest: Hashable, Sendable {
    /// The version of this record's form; a store with a newer one is not read.
    package static let currentFormat = 1

    package var format = ResultManifest.currentFormat
    package var key: StepKey
    package var kind: String
    /// The step's name in the plan that ran it; later plans may name the same step otherwise.
    package var step: StepID
    /// The name of the experiment whose run made it.
    package var experiment: String
    package var parts: [KeyPart]
    package var outputs: [StepOutput]
    /// Metrics, usage, cost, `measured_at`, … as the step states them. No part of any key.
    package var facts: JSONValue
    /// To the millisecond.
    package var createdAt: Date
    /// How long the step took.
    package var seconds: Double
    package var run: RunID
    /// The version of Assay that ran it.
    package var tool: String

    package init(
        key: StepKey, kind: String, step: StepID, experiment: String, parts: [KeyPart], outputs: [StepOutput],
        facts: JSONValue = .null, createdAt: Date, seconds: Double, run: RunID, tool: String
    ) {
        self.key = key
        self.kind = kind
        self.step = step
        self.experiment = experiment
        self.parts = parts
        self.outputs = outputs
        self.facts = facts
        self.createdAt = createdAt.toMillisecond
        self.seconds = seconds
        self.run = run
        self.tool = tool
    }

    /// The output with a name.
    package func output(_ name: String) -> StepOutput? { outputs.first { $0.name == name } }
}

/// The short form of a result, as the index holds it: enough to key the steps that follow.
package struct ResultSummary: Hashable, Sendable {
    package var key: StepKey
    package var kind: String
    package var step: StepID
    package var experiment: String
    package var outputs: [StepOutput]
    package var createdAt: Date
    package var seconds: Double
    package var run: RunID

    package init(_ manifest: ResultManifest) {
        key = manifest.key
        kind = manifest.kind
        step = manifest.step
        experiment = manifest.experiment
        outputs = manifest.outputs
        createdAt = manifest.createdAt
        seconds = manifest.seconds
        run = manifest.run
    }

    init(
        key: StepKey, kind: String, step: StepID, experiment: String, outputs: [StepOutput], createdAt: Date,
        seconds: Double, run: RunID
    ) {
        self.key = key
        self.kind = kind
        self.step = step
        self.experiment = experiment
        self.outputs = outputs
        self.createdAt = createdAt
        self.seconds = seconds
        self.run = run
    }

    /// The output with a name.
    package func output(_ name: String) -> StepOutput? { outputs.first { $0.name == name } }
}
