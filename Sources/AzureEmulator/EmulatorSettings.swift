// Settings of an emulated account: name, models, prices, delays and limits.

package import Basics
package import Foundation
package import VisionProtocol

/// The settings of one emulated account.
package struct EmulatorSettings: Sendable {
    /// The account's name, as it appears in control-plane paths.
    package var account: SafeName
    /// The folder that holds all of the account's state.
    package var state: URL
    /// The port on 127.0.0.1; 0 picks a free port.
    package var port = 0
    /// The base models that clients can deploy and fine-tune.
    package var models: [CatalogueModel]
    /// Deployments that exist from the account's first start.
    package var deployments: [PreparedDeployment] = []
    /// The accepted key: an API key on the data plane, a bearer token on the control plane. `nil` accepts any
    /// non-empty key.
    package var apiKey: String?
    /// Seconds after which an idle connection is closed.
    package var idleTimeout = 60.0
    /// Maximum number of open connections; further connections wait.
    package var connections = 512
    /// Extra latency added to the model's own time in each chat answer; `nil` adds none.
    package var latency: LatencyModel?
    /// Prices for the account's bill.
    package var prices = EmulatorPrices()
    /// Virtual durations of the service's phases.
    package var durations = ServiceDurations()
    /// Quotas and size limits that requests are checked against.
    package var limits = ServiceLimits()
    /// Which requests advance the virtual clock.
    package var clockFollows = ClockFollows.waits
    /// Threads of a fine-tuning job. The thread count affects the exact bytes of the trained model.
    package var threads = 2
    /// Faults to inject; `nil` injects none.
    package var faults: FaultScript?
    /// Images that the screening rejects in addition to wrong formats, sizes and colour modes; `nil` rejects no
    /// others.
    package var screening: ImageScreeningRule?
    /// Records the JSON body of every request and answer next to the request log, for checks against the reference.
    package var recordsBodies = false

    /// Settings with the default prices, durations and limits, no prepared deployments and no faults.
    package init(account: SafeName, state: URL, models: [CatalogueModel]) {
        self.account = account
        self.state = state
        self.models = models
    }
}

/// Selects the examples of fine-tuning files that the image screening rejects.
package enum ImageScreeningRule: Hashable, Sendable {
    /// Rejects this share of each file's examples, rounded; the seed decides which.
    case share(Double, seed: UInt64)
    /// Rejects these lines, counted from 1.
    case lines(training: Set<Int>, validation: Set<Int>)

    /// The rejected lines, counted from 0, of a file with this number of examples.
    func rejected(of examples: Int, isValidation: Bool) -> Set<Int> {
        switch self {
        case .share(let share, let seed):
            var random = SeededRandom(seed: isValidation ? ~seed : seed)
            let count = Int((share * Double(examples)).rounded())
            var lines = Array(0..<examples)
            for at in 0..<max(0, min(examples, count)) {
                lines.swapAt(at, at + Int(random.next() % UInt64(examples - at)))
            }
            return Set(lines.prefix(max(0, count)))
        case .lines(let training, let validation):
            return Set((isValidation ? validation : training).filter { (1...max(1, examples)).contains($0) }.map { $0 - 1 })
        }
    }
}

extension EmulatorSettings {
    /// A random key of 32 hexadecimal digits.
    package static func randomKey() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// Which requests advance the virtual clock.
package enum ClockFollows: String, Codable, Sendable {
    /// Only `/emulator/wait` and `/emulator/clock/advance`, for clients that wait by the emulator's clock.
    case waits
    /// Also each poll of a pending resource, which advances to the resource's next due time. For clients that do not
    /// know the emulator, such as the provider's own SDK.
    case polls
}

/// A model of the emulator's catalogue: the name that clients request and the network that answers.
package struct CatalogueModel: Hashable, Codable, Sendable {
    /// The name that clients deploy or fine-tune, such as `gpt-4o-2024-08-06`.
    package var name: String
    /// The network that answers in its place.
    package var model: EmulatedModel

    /// Maps a client-visible name to a network.
    package init(name: String, model: EmulatedModel) {
        self.name = name
        self.model = model
    }

    /// Input size of EfficientNet-Lite0, in pixels per side.
    package static let photographsInputSize = 224
    /// Input size of the network for generated pictures, in pixels per side.
    package static let shapesInputSize = 64

    /// Chooses the network for a name: the photograph network if weights and classes are given and the name does not
    /// begin with `shapes`; otherwise the network for generated pictures.
    package static func named(
        _ name: String, weights: String?, classes: String?, inputSize: Int? = nil
    ) -> CatalogueModel {
        if let weights, let classes, !name.hasPrefix("shapes") {
            return CatalogueModel(
                name: name,
                model: EmulatedModel(
                    kind: .photographs, weights: weights, classes: classes,
                    inputSize: inputSize ?? photographsInputSize))
        }
        return CatalogueModel(
            name: name, model: EmulatedModel(kind: .shapes, inputSize: inputSize ?? shapesInputSize))
    }
}

/// A deployment that exists from the first start.
package struct PreparedDeployment: Hashable, Codable, Sendable {
    /// The deployment's name, which chat paths contain.
    package var name: String
    /// The name of a catalogue model.
    package var model: String
    /// The provider's SKU name: `GlobalStandard`, `GlobalBatch`, …
    package var sku: String

    /// Describes a deployment to create at the first start.
    package init(name: String, model: String, sku: String) {
        self.name = name
        self.model = model
        self.sku = sku
    }
}

/// Seconds added to each chat answer: `mean` plus or minus at most `spread`, drawn from a seed.
package struct LatencyModel: Hashable, Codable, Sendable {
    /// The mean extra latency, in seconds.
    package var mean: Double
    /// The largest deviation from the mean, in seconds.
    package var spread: Double

    /// With `spread` 0, every answer takes exactly `mean` seconds longer.
    package init(mean: Double, spread: Double = 0) {
        self.mean = mean
        self.spread = spread
    }
}

/// Prices in dollars. Models without their own entry use `standard`.
package struct EmulatorPrices: Hashable, Codable, Sendable {
    /// The prices of one model. The defaults are those of gpt-4o (global standard).
    package struct Model: Hashable, Codable, Sendable {
        /// Dollars per million prompt tokens; batches pay half.
        package var input = 2.5
        /// Dollars per million completion tokens; batches pay half.
        package var output = 10.0
        /// Dollars per million trained tokens; the developer tier pays half.
        package var training = 25.0
        /// Dollars per hour of reinforcement training.
        package var trainingPerHour = 100.0
        /// Dollars per hour of hosting a fine-tuned model; free in the developer tier.
        package var hosting = 1.70

        /// The default prices, those of gpt-4o.
        package init() {}
    }

    /// Prices of models without an entry in `models`.
    package var standard = Model()
    /// Prices by base model name.
    package var models: [String: Model] = [:]

    /// The default prices for every model.
    package init() {}

    /// The prices of a base model; `standard` if it has no entry.
    package func of(_ model: String) -> Model { models[model] ?? standard }
}

/// Virtual durations of the service's phases, in seconds. Real computation time is added.
package struct ServiceDurations: Hashable, Codable, Sendable {
    /// From upload until a file is `processed`.
    package var fileProcessing = 4.0
    /// Batch phase `validating`.
    package var batchValidation = 30.0
    /// Batch phase `in_progress`.
    package var batchRun = 120.0
    /// Batch phase `finalizing`.
    package var batchFinalizing = 15.0
    /// Batch phase `cancelling`.
    package var batchCancelling = 60.0
    /// Fine-tuning phase `pending`, before the job starts.
    package var fineTuneQueue = 120.0
    /// Fine-tuning phase `running`.
    package var fineTuneRun = 300.0
    /// From the creation of a deployment until it is ready.
    package var deploymentCreation = 60.0
    /// From the deletion request until a deployment is gone.
    package var deploymentDeletion = 10.0

    /// The default durations.
    package init() {}
}

/// The service's limits: quotas page of 2026-02, limits of vision fine-tuning.
package struct ServiceLimits: Hashable, Codable, Sendable {
    /// When a batch that exceeds the token quota is rejected; regions differ.
    package enum QuotaCheck: String, Codable, Sendable { case atCreate, inValidation }

    /// Largest batch input file, in bytes.
    package var batchFileBytes = 200 << 20
    /// Most requests in one batch.
    package var batchLines = 100_000
    /// Most batch input files without an expiry date.
    package var batchFiles = 500
    /// Most batch input files in total, checked for a new file with an expiry date.
    package var batchFilesWithExpiry = 10_000
    /// Batch tokens that one deployment may have enqueued.
    package var enqueuedTokens = 200_000_000
    /// When a batch over `enqueuedTokens` is rejected.
    package var quotaCheck = QuotaCheck.inValidation
    /// Largest fine-tuning file, in bytes.
    package var fineTuneFileBytes = 512 << 20
    /// Largest form, in bytes, that can be used. A larger form appears to succeed, but a job with its file fails
    /// (user reports).
    package var formBytes = 150 << 20
    /// Most fine-tuning files in an account.
    package var fineTuneFiles = 100
    /// Most bytes of all fine-tuning files together.
    package var fineTuneBytes = 1 << 30
    /// Most fine-tuning jobs in an account, finished ones included.
    package var fineTuneJobs = 100
    /// Most fine-tuning jobs waiting to start.
    package var queuedJobs = 20
    /// Most fine-tuning jobs running at once.
    package var runningJobs = 3
    /// Most fine-tuning jobs running at once in the developer tier.
    package var runningDeveloperJobs = 5
    /// Most trained tokens (tokens times epochs) of one job.
    package var trainedTokens = 2_000_000_000
    /// Fewest examples in a training file.
    package var examples = 10
    /// Most examples with images in a training file.
    package var imageExamples = 50_000
    /// Most images in one training example.
    package var imagesPerExample = 64
    /// Nominal size limit of one image, in bytes. Chat requests accept twice as much.
    package var imageBytes = 10 << 20
    /// Most images in one chat request.
    package var imagesPerRequest = 50
    /// Most messages in one chat request.
    package var messages = 2048
    /// Longest text in a chat message, in UTF-8 bytes.
    package var textLength = 1_048_576
    /// Largest file sent by the Uploads API, in bytes.
    package var uploadBytes = 9 << 30
    /// Largest form that is received at all, in bytes.
    package var receivedBytes = 1 << 30
    /// Most file uploads per second.
    package var uploadsPerSecond = 30
    /// Most custom header fields in one request.
    package var customHeaders = 10
    /// Most deployments in an account.
    package var deployments = 32
    /// Most deployments of fine-tuned models.
    package var fineTunedDeployments = 10

    /// The default limits.
    package init() {}
}
