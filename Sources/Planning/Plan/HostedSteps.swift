// Steps that ask or train a hosted model: request files, batches, fine-tuning, online questions.

package import Basics
package import Specification
package import TaskKit

/// The provider account whose work is meant: part of the identity of everything done there. For an emulator the
/// account's name with its weights and classes, never its port or folder.
package enum ProviderAccount: Hashable, Sendable, Codable {
    case azureOpenAI(endpoint: String)
    case openAI(endpoint: String)
    case emulator(account: String, weights: Digest?, classes: Digest?)
    /// Of a kind that a plug-in brings: everything that tells its accounts apart, by the names of its settings.
    case other(kind: String, account: [String: String])

    /// The names of the kinds in journals and keys, spelled out: they must not change with the names in this program.
    private enum CodingKeys: String, CodingKey {
        case azureOpenAI = "azureOpenAI"
        case openAI = "openAI"
        case emulator = "emulator"
        case other = "other"
    }

    /// The names of the kinds in key parts.
    package static let partNames = ["azure_open_a_i", "open_a_i", "emulator", "other"]

    package var isOpenAI: Bool { if case .openAI = self { true } else { false } }
    package var isEmulated: Bool { if case .emulator = self { true } else { false } }
    /// Whether its server is reached by this machine's loopback.
    package var isOnThisMachine: Bool {
        switch self {
        case .azureOpenAI(let endpoint), .openAI(let endpoint): (try? ServerAddress(endpoint))?.isLoopback ?? false
        case .emulator: true
        case .other(_, let account): account["endpoint"].flatMap { try? ServerAddress($0) }?.isLoopback ?? false
        }
    }

    /// Names the file formats of the account's requests; `nil` for those of OpenAI, which most servers take.
    package var dialect: String? { if case .other(let kind, _) = self { kind } else { nil } }
}

/// A prompt and how it is asked: the whole request but for image, deployment and `custom_id`.
package struct AskedRequest: Hashable, Sendable, Codable {
    package var prompt: PromptSpec
    package var detail: ImageDetail
    package var answer: AnswerFormat
    package var maxTokens: Int?
    package var temperature: Double?
    package var topP: Double?
    package var seed: Int?
    package var maxCompletionTokens: Int?
    package var reasoningEffort: RequestSpec.ReasoningEffort?
    /// The task that is asked, with the options that decide what is asked; `nil` for classification.
    package var task: TaskChoice?

    package init(_ request: RequestSpec, prompt: PromptSpec, task: TaskChoice? = nil) {
        self.task = task
        self.prompt = prompt
        detail = request.detail
        answer = request.answer
        maxTokens = request.maxTokens
        temperature = request.temperature
        topP = request.topP
        seed = request.seed
        maxCompletionTokens = request.maxCompletionTokens
        reasoningEffort = request.reasoningEffort
    }
}

/// Writes the lines of a batch, in shards.
package struct WriteRequests: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var request: AskedRequest
        /// `model` of each line: the name of the batch deployment.
        package var deployment: String
        package var maxShardBytes: Int
        package var maxShardLines: Int
        /// `url` of each line where it is not Azure's `/chat/completions`.
        package var url: String?
        /// The quota of tokens that may wait at once, where the spec tells it.
        package var maxShardTokens: Int?
        /// Names the file format of a provider that does not take OpenAI's.
        package var dialect: String?
    }

    package struct Settings: StepSettings {
        /// Where the images are, when they are not in the store.
        package var imageFolder: String?
    }

    package var identity: Identity
    package var settings: Settings

    package init(
        request: AskedRequest, deployment: String, url: String?, maxShardTokens: Int?, dialect: String? = nil,
        imageFolder: String?
    ) {
        identity = Identity(
            request: request, deployment: deployment, maxShardBytes: 200_000_000, maxShardLines: 100_000,
            url: url, maxShardTokens: maxShardTokens, dialect: dialect)
        settings = Settings(imageFolder: imageFolder)
    }

    /// The list of shards; each shard is an output `shard-N`.
    package static let shards = "shards"
}

/// Writes the lines that a fine-tuning job trains on.
package struct WriteTrainingData: Hashable, Sendable, Codable {
    /// The answer that is not preferred, for `dpo`.
    package enum Rejected: Hashable, Sendable, Codable {
        case randomLabel(seed: Int)
        /// A table by its content.
        case table(Digest)
    }

    package struct Identity: StepIdentity {
        package var prompt: PromptSpec
        package var detail: ImageDetail
        package var answer: AnswerFormat
        package var method: FineTuneSpec.Method
        package var rejected: Rejected?
        /// Names the file format of a provider that does not take OpenAI's.
        package var dialect: String?
        /// As in ``AskedRequest/task``.
        package var task: TaskChoice?

        package init(
            prompt: PromptSpec, detail: ImageDetail, answer: AnswerFormat, method: FineTuneSpec.Method,
            rejected: Rejected?, dialect: String? = nil, task: TaskChoice? = nil
        ) {
            self.task = task
            self.prompt = prompt
            self.detail = detail
            self.answer = answer
            self.method = method
            self.rejected = rejected
            self.dialect = dialect
        }
    }

    package struct Settings: StepSettings {
        package var imageFolder: String?
        package var rejectedTable: String?
        /// Whether a label may lose all its training images.
        package var allowLostLabels: Bool

        package init(imageFolder: String?, rejectedTable: String?, allowLostLabels: Bool) {
            self.imageFolder = imageFolder
            self.rejectedTable = rejectedTable
            self.allowLostLabels = allowLostLabels
        }
    }

    package var identity: Identity
    package var settings: Settings

    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    package static let data = "data"
}

/// Asks a hosted model all test images in batches.
package struct RunBatch: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var account: ProviderAccount
        package var model: String
        package var request: AskedRequest
        /// Counts from 0: an evaluation with repeats asks the same again.
        package var repetition: Int
    }

    package struct Settings: StepSettings {
        package var provider: String
        package var deployment: String
        package var attempts: Int
        /// Answers single requests: asked for the last few that a batch left open.
        package var onlineDeployment: String?
        /// Whether one shard waits for the other, because their tokens together are too many.
        package var inTurn: Bool
    }

    package var identity: Identity
    package var settings: Settings

    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    package static let answers = "answers"
    /// The lines of paid batches that could not be read and belong to no known request; only where there are any.
    package static let unread = "unread-lines"
}

/// Trains a hosted model on examples.
package struct FineTune: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var account: ProviderAccount
        package var model: String
        package var method: FineTuneSpec.Method
        package var hyperparameters: HyperparametersSpec
        package var seed: Int?
        package var trainingType: TrainingType?
        package var grader: GraderSpec?
        /// The form of the answer that is graded; told only for `reinforcement`, whose data hold no answers.
        package var answer: AnswerFormat?
        /// What an emulator's image screening rejects, which decides the model; `nil` elsewhere.
        package var screening: ScreeningSpec?
    }

    package struct Settings: StepSettings {
        package var provider: String
        /// The readable part of the model's name.
        package var suffix: String?
        /// Whether a label may lose all its training images.
        package var allowLostLabels = false
    }

    package var identity: Identity
    package var settings: Settings

    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    /// Models of so many epochs are kept, the last one's included (the provider's page on fine-tuning).
    package static let checkpointsKept = 3

    /// The model that came out, as `TunedModel`.
    package static let model = "model"
    /// What the training reported, as `TuningCurve`.
    package static let curve = "curve"
}

/// Asks a hosted model image by image.
package struct AskOnline: Hashable, Sendable, Codable {
    /// What makes a latency measurement what it is; another machine measures anew.
    package struct Latency: Hashable, Sendable, Codable {
        package var concurrency: Int
        package var warmup: Int
        package var machine: String
        /// Raised by `--remeasure`.
        package var measurement: Int
    }

    package struct Identity: StepIdentity {
        package var account: ProviderAccount
        package var model: String
        package var request: AskedRequest
        package var repetition: Int
        package var latency: Latency?
        /// Of a fine-tuned model, the checkpoint so many epochs before the last; `nil` for the model itself.
        package var checkpoint: Int?
    }

    package struct Settings: StepSettings {
        package var provider: String
        /// A deployment that exists; `nil` when one is made for the run.
        package var deployment: String?
        package var deploy: DeploySpec?
        package var attempts: Int
        package var imageFolder: String?
        /// Whether the step ends well although some answers never came; without it, it fails and names them.
        package var allowsMissing: Bool
    }

    package var identity: Identity
    package var settings: Settings

    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    package static let answers = "answers"
}
