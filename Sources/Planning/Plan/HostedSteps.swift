// Steps that query or train a hosted model: request files, batches, fine-tuning, online requests.

package import Basics
package import Specification
package import TaskKit

/// A provider account, part of the identity of all work done there. An emulator is identified by its account name,
/// weights, classes, program and interface, never by its port or folder.
package enum ProviderAccount: Hashable, Sendable {
    /// An account that its address identifies, of one of the kinds in `kindsIdentifiedByAddress`.
    case address(kind: String, endpoint: String)
    /// - Parameter api: the kind of provider that it imitates; `nil` for the usual one, Azure OpenAI.
    case emulator(account: String, weights: Digest?, classes: Digest?, program: Digest? = nil, api: String? = nil)
    /// An account that several settings distinguish, by name.
    case other(kind: String, account: [String: String])

    /// The names of the forms in key parts.
    package static let partNames = ["azure_open_a_i", "open_a_i", "emulator", "other"]

    /// Whether the account belongs to an emulator, so that its costs are not real money.
    package var isEmulated: Bool { if case .emulator = self { true } else { false } }
    /// Whether the server is reached through this machine's loopback interface.
    package var isOnThisMachine: Bool {
        switch self {
        case .address(_, let endpoint): (try? ServerAddress(endpoint))?.isLoopback ?? false
        case .emulator: true
        case .other(_, let account): account["endpoint"].flatMap { try? ServerAddress($0) }?.isLoopback ?? false
        }
    }

    /// The file format of the account's requests; `nil` for OpenAI's format, which most servers accept.
    package var dialect: String? {
        switch self {
        case .other(let kind, _): kind
        case .emulator(_, _, _, _, let api): api
        case .address: nil
        }
    }
}

extension ProviderAccount: Codable {
    /// The form of accounts in journals, fingerprints and keys. Its names must not change: they are older than plug-ins,
    /// and every later kind is `other`.
    private enum Written: Codable {
        case azureOpenAI(endpoint: String)
        case openAI(endpoint: String)
        case emulator(account: String, weights: Digest?, classes: Digest?, program: Digest?, api: String?)
        case other(kind: String, account: [String: String])

        private enum CodingKeys: String, CodingKey {
            case azureOpenAI = "azureOpenAI"
            case openAI = "openAI"
            case emulator = "emulator"
            case other = "other"
        }
    }

    /// The kinds whose accounts are identified by their address alone.
    package static let kindsIdentifiedByAddress = ["azure-openai", "openai"]

    /// Decodes what `encode` writes.
    package init(from decoder: any Decoder) throws {
        self =
            switch try Written(from: decoder) {
            case .azureOpenAI(let endpoint): .address(kind: ProviderAccount.kindsIdentifiedByAddress[0], endpoint: endpoint)
            case .openAI(let endpoint): .address(kind: ProviderAccount.kindsIdentifiedByAddress[1], endpoint: endpoint)
            case .emulator(let account, let weights, let classes, let program, let api):
                .emulator(account: account, weights: weights, classes: classes, program: program, api: api)
            case .other(let kind, let account): .other(kind: kind, account: account)
            }
    }

    /// Writes the form that keys are computed from.
    package func encode(to encoder: any Encoder) throws {
        let written: Written =
            switch self {
            case .address(ProviderAccount.kindsIdentifiedByAddress[0], let endpoint): .azureOpenAI(endpoint: endpoint)
            case .address(ProviderAccount.kindsIdentifiedByAddress[1], let endpoint): .openAI(endpoint: endpoint)
            case .address(let kind, let endpoint): .other(kind: kind, account: ["endpoint": endpoint])
            case .emulator(let account, let weights, let classes, let program, let api):
                .emulator(account: account, weights: weights, classes: classes, program: program, api: api)
            case .other(let kind, let account): .other(kind: kind, account: account)
            }
        try written.encode(to: encoder)
    }
}

/// A prompt and its request options: the complete request except for image, deployment and `custom_id`.
package struct PreparedRequest: Hashable, Sendable, Codable {
    /// The prompt, with its messages and examples.
    package var prompt: PromptSpec
    /// The image detail that is requested of the provider.
    package var detail: ImageDetail
    /// The required form of the answer.
    package var answer: AnswerFormat
    /// The value of `max_tokens`; `nil` leaves it out of the request.
    package var maxTokens: Int?
    /// The value of `temperature`; `nil` leaves it out of the request.
    package var temperature: Double?
    /// The value of `top_p`; `nil` leaves it out of the request.
    package var topP: Double?
    /// The value of `seed`; `nil` leaves it out of the request.
    package var seed: Int?
    /// The value of `max_completion_tokens`, for reasoning models; `nil` leaves it out of the request.
    package var maxCompletionTokens: Int?
    /// The value of `reasoning_effort`; `nil` leaves it out of the request.
    package var reasoningEffort: RequestSpec.ReasoningEffort?
    /// The task and those of its options that affect the request; `nil` for classification.
    package var task: TaskChoice?

    /// Combines a request's options with the prompt that it names.
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

/// Writes the request lines of a batch, split into shards.
package struct WriteRequests: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The request that each line makes about one image.
        package var request: PreparedRequest
        /// `model` of each line: the name of the batch deployment.
        package var deployment: String
        /// The largest size of a shard, in bytes.
        package var maxShardBytes: Int
        /// The largest number of lines of a shard.
        package var maxShardLines: Int
        /// `url` of each line where it differs from Azure's `/chat/completions`.
        package var url: String?
        /// The largest number of tokens of a shard: the provider's quota of enqueued tokens, if the spec gives it.
        package var maxShardTokens: Int?
        /// The file format of a provider that does not accept OpenAI's; `nil` for OpenAI's.
        package var dialect: String?
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: Settings

    /// Creates the work with the usual shard limits: 200 MB and 100,000 lines.
    package init(
        request: PreparedRequest, deployment: String, url: String?, maxShardTokens: Int?, dialect: String? = nil,
        imageFolder: String?
    ) {
        identity = Identity(
            request: request, deployment: deployment, maxShardBytes: 200_000_000, maxShardLines: 100_000,
            url: url, maxShardTokens: maxShardTokens, dialect: dialect)
        settings = Settings(imageFolder: imageFolder)
    }

    /// The output with the list of shards; each shard is an output `shard-N`.
    package static let shards = "shards"
}

/// Writes the lines of a fine-tuning job's training file.
package struct WriteTrainingData: Hashable, Sendable, Codable {
    /// The source of the rejected answers, for `dpo`.
    package enum Rejected: Hashable, Sendable, Codable {
        case randomLabel(seed: Int)
        /// A table, by content.
        case table(Digest)
    }

    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The prompt of every training example.
        package var prompt: PromptSpec
        /// The image detail of every training example.
        package var detail: ImageDetail
        /// The form of the answers that are taught.
        package var answer: AnswerFormat
        /// The fine-tuning method, which determines the form of the lines.
        package var method: FineTuneSpec.Method
        /// The source of the rejected answers; `nil` except for `dpo`.
        package var rejected: Rejected?
        /// The file format of a provider that does not accept OpenAI's; `nil` for OpenAI's.
        package var dialect: String?
        /// See ``PreparedRequest/task``.
        package var task: TaskChoice?

        /// - Parameter rejected: required for `dpo`, `nil` for other methods.
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

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
        /// The path of the table of rejected answers; its content is in the identity.
        package var rejectedTable: String?
        /// Whether a label may lose all its training images.
        package var allowLostLabels: Bool

        /// - Parameter allowLostLabels: without it, the step fails when a label loses all its training images.
        package init(imageFolder: String?, rejectedTable: String?, allowLostLabels: Bool) {
            self.imageFolder = imageFolder
            self.rejectedTable = rejectedTable
            self.allowLostLabels = allowLostLabels
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

    /// The output with the training file.
    package static let data = "data"
}

/// Sends one request per example to a hosted model, in batches.
package struct RunBatch: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The account that is billed.
        package var account: ProviderAccount
        /// The provider's model, or the base model of a fine-tuned one.
        package var model: String
        /// The request about each image.
        package var request: PreparedRequest
        /// Counts from 0: each repeat of an evaluation sends the same requests again.
        package var repetition: Int
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The provider's name in the plan, a key of ``Plan/providers``.
        package var provider: String
        /// The batch deployment that receives the requests.
        package var deployment: String
        /// The largest number of times that an unanswered request is sent.
        package var attempts: Int
        /// The deployment for single requests: it answers the last few that a batch left open; `nil` for none.
        package var onlineDeployment: String?
        /// Whether shards run one after the other, because together they exceed the provider's token quota.
        package var inTurn: Bool
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
    /// The output with unreadable lines of paid batches that belong to no known request; present only if there are
    /// any.
    package static let unread = "unread-lines"
}

/// Trains a hosted model on examples.
package struct FineTune: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The account that is billed.
        package var account: ProviderAccount
        /// The base model.
        package var model: String
        /// The fine-tuning method.
        package var method: FineTuneSpec.Method
        /// The hyperparameters that the spec sets; the provider chooses the others.
        package var hyperparameters: HyperparametersSpec
        /// The seed of the job; `nil` leaves the choice to the provider.
        package var seed: Int?
        /// The training type, which determines the price; `nil` counts as standard.
        package var trainingType: TrainingType?
        /// The grader of the answers; only for `reinforcement`.
        package var grader: GraderSpec?
        /// The form of the graded answer; only for `reinforcement`, because its data contain no answers.
        package var answer: AnswerFormat?
        /// The images that an emulator's screening rejects, which affects the model; `nil` for other providers.
        package var screening: ScreeningSpec?
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The provider's name in the plan, a key of ``Plan/providers``.
        package var provider: String
        /// The readable part of the model's name.
        package var suffix: String?
        /// Whether a label may lose all its training images.
        package var allowLostLabels = false
        /// The number of passes over the examples; `nil` leaves it to the provider.
        package var passes: Int?
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

    /// The output with the resulting model, as `TunedModel`.
    package static let model = "model"
    /// The output with the reported training progress, as `TuningCurve`.
    package static let curve = "curve"
}

/// Sends online requests to a hosted model, one per example.
package struct AskOnline: Hashable, Sendable, Codable {
    /// The conditions of a latency measurement. A change of any of them, such as another machine, makes a new
    /// measurement.
    package struct Latency: Hashable, Sendable, Codable {
        /// The number of requests in flight at once.
        package var concurrency: Int
        /// The number of requests that are sent before the measurement and not counted.
        package var warmup: Int
        /// The name of the measuring machine; see ``Observations/machine``.
        package var machine: String
        /// Increased by `--remeasure`.
        package var measurement: Int
    }

    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The account that is billed.
        package var account: ProviderAccount
        /// The provider's model, or the base model of a fine-tuned one.
        package var model: String
        /// The request about each image.
        package var request: PreparedRequest
        /// Counts from 0: each repeat of an evaluation sends the same requests again.
        package var repetition: Int
        /// The conditions of the latency measurement; `nil` when latency is not measured.
        package var latency: Latency?
        /// For a checkpoint of a fine-tuned model, the number of epochs before the last; `nil` for the final model.
        package var checkpoint: Int?
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The provider's name in the plan, a key of ``Plan/providers``.
        package var provider: String
        /// An existing deployment; `nil` when the run creates one.
        package var deployment: String?
        /// The settings for the deployment that the run creates; `nil` when it creates none.
        package var deploy: DeploySpec?
        /// The largest number of times that an unanswered request is sent.
        package var attempts: Int
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
        /// Whether missing answers are accepted. Otherwise the step fails and lists them.
        package var allowsMissing: Bool
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
