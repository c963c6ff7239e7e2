// The record of a completed step: its identity, its inputs and its outputs.

package import Basics
package import Foundation

/// One named part of a step's key at the time the step ran; `explain` compares these parts.
package struct KeyPart: Hashable, Sendable, Codable {
    /// The part's name, such as `hyperparameters.n_epochs` or `input.checkpoint`.
    package var name: String
    /// The part's value; an input's value is the digest of its content.
    package var value: JSONValue
    /// The location of the value in the spec; `nil` for parts that do not come from the spec.
    package var place: SourceRange?
    /// The spec key that the value belongs to, such as `splits.main.test`. It is not stored.
    package var path: String?

    private enum CodingKeys: String, CodingKey { case name, value, place }

    /// Creates a part without a spec key; planning adds `path` later.
    package init(name: String, value: JSONValue, place: SourceRange? = nil) {
        self.name = name
        self.value = value
        self.place = place
    }
}

/// A named output of a step: an object in the store.
package struct StepOutput: Hashable, Sendable, Codable {
    /// The name under which later steps refer to the output.
    package var name: String
    /// The digest of the output's bytes, which names the object.
    package var digest: Digest
    /// The size in bytes.
    package var bytes: Int64

    /// - Parameter bytes: the size of the object, in bytes.
    package init(name: String, digest: Digest, bytes: Int64) {
        self.name = name
        self.digest = digest
        self.bytes = bytes
    }
}

/// The result of a step with its metadata. It is written once, under the step's key.
package struct ResultManifest: Hashable, Sendable {
    /// The version of the record's format; records with a newer version are refused.
    package static let currentFormat = 1

    /// The version of this record's format.
    package var format = ResultManifest.currentFormat
    /// The key under which the record is stored.
    package var key: StepKey
    /// The step kind's raw value.
    package var kind: String
    /// The step's name in the plan that ran it; later plans may use another name for the same step.
    package var step: StepID
    /// The name of the experiment of the run that produced the result.
    package var experiment: String
    /// The named parts of the key, which `explain` compares with the current ones.
    package var parts: [KeyPart]
    /// The outputs; their objects are in the store before the record is.
    package var outputs: [StepOutput]
    /// Metrics, usage, cost, `measured_at`, … as the step reports them. They are not part of any key.
    package var facts: JSONValue
    /// The completion time, rounded to milliseconds.
    package var createdAt: Date
    /// The step's duration in seconds.
    package var seconds: Double
    /// The run that executed the step.
    package var run: RunID
    /// The version of Assay that executed the step.
    package var tool: String

    /// Creates a record of the current format; `createdAt` is rounded to milliseconds.
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

    /// The output with the given name; `nil` when the step has none.
    package func output(_ name: String) -> StepOutput? { outputs.first { $0.name == name } }
}

/// The summary of a result in the index: enough to compute the keys of dependent steps.
package struct ResultSummary: Hashable, Sendable {
    /// The key of the step.
    package var key: StepKey
    /// The step kind's raw value.
    package var kind: String
    /// The step's name in the plan that ran it.
    package var step: StepID
    /// The name of the experiment of the run that produced the result.
    package var experiment: String
    /// The outputs with their digests, which become parts of dependent keys.
    package var outputs: [StepOutput]
    /// The completion time, rounded to milliseconds.
    package var createdAt: Date
    /// The step's duration in seconds.
    package var seconds: Double
    /// The run that executed the step.
    package var run: RunID

    /// Copies the summary's properties from a complete record.
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

    /// The output with the given name; `nil` when the step has none.
    package func output(_ name: String) -> StepOutput? { outputs.first { $0.name == name } }
}
