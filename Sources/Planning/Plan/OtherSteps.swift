// Steps of no model in particular: programs of the user's, and scores.

package import Basics
package import Specification
package import TaskKit

/// Runs a program of the user's in a folder of its own.
package struct RunCommand: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var command: CommandLine
        /// Contents of the files that it reads, by path.
        package var files: [String: Digest]
        package var outputs: [String]
        package var version: String?
        /// Digests of the values of the environment variables that it sees, by name: a value may be a secret.
        package var environment: [String: Digest]
        /// The file with the answers, when the program is a model.
        package var predictions: String?
        /// Set where the program's latency is what is measured.
        package var latency: AskOnline.Latency?
        /// The version and the installed packages of its Python environment.
        package var python: Digest?

        package init(
            command: CommandLine, files: [String: Digest], outputs: [String], version: String?,
            environment: [String: Digest], predictions: String? = nil, latency: AskOnline.Latency? = nil,
            python: Digest? = nil
        ) {
            self.command = command
            self.files = files
            self.outputs = outputs
            self.version = version
            self.environment = environment
            self.predictions = predictions
            self.latency = latency
            self.python = python
        }
    }

    package struct Settings: StepSettings {
        /// Where the files are that it reads, by path.
        package var sources: [String: String]
        package var timeLimitSeconds: Double?
        package var imageFolder: String?
        /// The folder of its Python environment.
        package var pythonFolder: String?
        /// This machine, where a program reports latencies although nothing asks for a measurement.
        package var machine: String?
        /// Whether images without a prediction are accepted.
        package var allowsMissing: Bool

        package init(
            sources: [String: String], timeLimitSeconds: Double? = nil, imageFolder: String? = nil,
            pythonFolder: String? = nil, machine: String? = nil, allowsMissing: Bool = false
        ) {
            self.sources = sources
            self.timeLimitSeconds = timeLimitSeconds
            self.imageFolder = imageFolder
            self.pythonFolder = pythonFolder
            self.machine = machine
            self.allowsMissing = allowsMissing
        }
    }

    package var identity: Identity
    package var settings: Settings

    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    package static let answers = "answers"
    /// What the program wrote to its standard output and error; absent where it wrote nothing. A declared output cannot
    /// have this name.
    package static let log = "/output"
    /// The name of the file beside the journals that holds the output of a run that failed.
    package static let failedLog: StaticString = "output"

    /// The input with the examples of the evaluations that a program answers, and the output with its answers to them,
    /// counted from 0.
    package static func examples(_ number: Int) -> String { number == 0 ? "examples" : "examples.\(number + 1)" }
    package static func answers(_ number: Int) -> String { number == 0 ? answers : "\(answers).\(number + 1)" }
}

/// Scores answers: matches them against the labels and compares them with the true ones.
package struct Score: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var match: MatchSpec
        package var answer: AnswerFormat
        /// Whether a score is given although some answers never came.
        package var allowMissing: Bool
        /// What becomes of images that the provider rejected; `nil` fails the step.
        package var onRefused: EvaluationSpec.OnRefused?
        /// The task that scores; `nil` for classification.
        package var task: TaskChoice?
    }

    package var identity: Identity
    package var settings = NoSettings()

    package init(
        match: MatchSpec, answer: AnswerFormat, allowMissing: Bool, onRefused: EvaluationSpec.OnRefused? = nil,
        task: TaskChoice? = nil
    ) {
        identity = Identity(match: match, answer: answer, allowMissing: allowMissing, onRefused: onRefused, task: task)
    }

    package static let scored = "scored"
}
