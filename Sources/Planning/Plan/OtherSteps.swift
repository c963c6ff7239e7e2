// Steps that belong to no kind of model: user programs and scores.

package import Basics
package import Specification
package import TaskKit

/// Runs a user's program in its own folder.
package struct RunCommand: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The command line to run.
        package var command: CommandLine
        /// Digests of the files that the program reads, by path.
        package var files: [String: Digest]
        /// The paths of the declared output files, relative to the program's folder.
        package var outputs: [String]
        /// The program's version as declared in the spec; a change makes the step run again.
        package var version: String?
        /// Digests of the values of the environment variables that the program receives, by name. Digests, because a
        /// value may be a secret.
        package var environment: [String: Digest]
        /// The file with the answers, if the program is a model.
        package var predictions: String?
        /// Set when the program's latency is measured.
        package var latency: AskOnline.Latency?
        /// The digest of its Python environment's version and installed packages; `nil` without one.
        package var python: Digest?

        /// - Parameter predictions: the file with the answers, if the program is a model.
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

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The source paths of the files that the program reads, by their paths in its folder.
        package var sources: [String: String]
        /// The longest run time, in seconds; `nil` for no limit.
        package var timeLimitSeconds: Double?
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
        /// The folder of its Python environment; `nil` without one.
        package var pythonFolder: String?
        /// The name of this machine, for programs that report latencies although no evaluation measures them.
        package var machine: String?
        /// Whether images without a prediction are accepted.
        package var allowsMissing: Bool

        /// Creates settings; by default there is no time limit and every image needs a prediction.
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

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: Settings

    /// Combines the key's properties with those that are not part of it.
    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    /// The output with the answers to the first examples; see ``answers(_:)``.
    package static let answers = "answers"
    /// The output with the program's standard output and error; absent if the program wrote nothing. A declared
    /// output cannot have this name.
    package static let log = "/output"
    /// The name of the file next to the journals that contains the output of a failed run.
    package static let failedLog: StaticString = "output"

    /// The input with the examples of one evaluation that the program answers. `number` counts from 0.
    package static func examples(_ number: Int) -> String { number == 0 ? "examples" : "examples.\(number + 1)" }
    /// The output with the answers to the examples of the same number.
    package static func answers(_ number: Int) -> String { number == 0 ? answers : "\(answers).\(number + 1)" }
}

/// Scores answers: matches them against the labels and compares them with the true labels.
package struct Score: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The rules for matching an answer against the labels.
        package var match: MatchSpec
        /// The required form of the answers.
        package var answer: AnswerFormat
        /// Whether a score is computed despite missing answers.
        package var allowMissing: Bool
        /// The treatment of images that the provider rejected; `nil` fails the step.
        package var onRefused: EvaluationSpec.OnRefused?
        /// The task that scores the answers; `nil` for classification.
        package var task: TaskChoice?
        /// The part of the step in judging; `nil` for answers that no judge sees.
        package var judging: Judging?
    }

    /// The part of a score step in judged scoring.
    package enum Judging: Hashable, Sendable, Codable {
        /// It writes the items for the judge to the output ``Score/judgedItems``.
        case prepare
        /// It reads the judge's verdicts, and human verdicts from a table with this content: on the named model's answers,
        /// or on answers elsewhere that the judge has judged too.
        case verdicts(labels: Digest?, model: String?, calibration: Digest? = nil)
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The path of the table of human verdicts, on these answers or elsewhere; its content is in the identity.
        package var labels: String?
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings = Settings()

    /// - Parameter onRefused: the treatment of images that the provider rejected; `nil` fails the step.
    package init(
        match: MatchSpec, answer: AnswerFormat, allowMissing: Bool, onRefused: EvaluationSpec.OnRefused? = nil,
        task: TaskChoice? = nil, judging: Judging? = nil, labels: String? = nil
    ) {
        identity = Identity(
            match: match, answer: answer, allowMissing: allowMissing, onRefused: onRefused, task: task, judging: judging)
        settings = Settings(labels: labels)
    }

    /// The output with the items for a judge, as examples.
    package static let judgedItems = "items"
    /// The name of the input with a judge's answers.
    package static let verdicts = "verdicts"

    /// The output with the scored answers.
    package static let scored = "scored"
}
