// The step that reads recorded answers.

package import Basics
package import Specification

/// Reads a table of recorded answers and assigns its rows to the items of one part of a split.
package struct ReadAnswers: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The table, by content.
        package var answers: Digest
        /// The columns that the spec names.
        package var columns: RecordedColumns
        /// `true` if an evaluation of latency needs the table's latencies; `nil` otherwise.
        package var needsLatency: Bool?

        /// - Parameter needsLatency: `true` or `nil`, so that evaluations without latency share a result.
        package init(answers: Digest, columns: RecordedColumns, needsLatency: Bool? = nil) {
            self.answers = answers
            self.columns = columns
            self.needsLatency = needsLatency
        }
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The path of the table.
        package var path: String
        /// Whether items without an answer are accepted.
        package var allowsMissing: Bool

        /// - Parameter allowsMissing: whether items without an answer are accepted.
        package init(path: String, allowsMissing: Bool) {
            self.path = path
            self.allowsMissing = allowsMissing
        }
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: Settings

    /// Combines the key's properties with those that are not part of it.
    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    /// The output with the answers, one per example.
    package static let answers = "answers"
}
