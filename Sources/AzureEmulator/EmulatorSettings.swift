// What an emulated account is: its name, models, prices, pace and limits.

package import Basics
package import Foundation
package import VisionProtocol

/// The settings of one emulated account.
package struct EmulatorSettings: Sendable {
    /// The account's name, as in the control plane's paths.
    package var account: SafeName
    /// The folder that holds everything the account knows.
    package var state: URL
    /// The port on 127.0.0.1; 0 takes a free one.
    package var port = 0
    package var models: [CatalogueModel]
    /// Deployments that the account is born with.
    package var deployments: [PreparedDeployment] = []
    /// The key that is accepted, by the data plane as a key and by the control plane as a token; `nil` accepts any that is
    /// not empty.
    package var apiKey: String?
    /// Seconds without a byte after which a connection that waits for a request is closed.
    package var idleTimeout = 60.0
    /// Connections at once; more wait until one is closed.
    package var connections = 512
    /// Added to the model's own time in each chat answer; `nil` adds nothing.
    package var latency: LatencyModel?
    package var prices = EmulatorPrices()
    package var durations = ServiceDurations()
    package var limits = ServiceLimits()
    package var clockFollows = ClockFollows.waits
    /// Threads of a fine-tuning job: they decide the bytes of its result.
    package var threads = 2
    package var faults: FaultScript?
    /// Writes every request's and answer's JSON body beside the request log, for checks against the reference.
    package var recordsBodies = false

    package init(account: SafeName, state: URL, models: [CatalogueModel]) {
        self.account = account
        self.state = state
        self.models = models
    }
}

extension EmulatorSettings {
    /// A key that nobody can guess: 32 hexadecimal digits.
    package static func randomKey() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// Who moves the virtual clock ahead.
package enum ClockFollows: String, Codable, Sendable {
    /// Only `/emulator/wait` and `/emulator/clock/advance`: for a client that waits by the emulator's clock.
    case waits
    /// Also each poll of something pending, which finds it at its next moment: for a client that knows nothing
    /// of emulators, such as a provider's own SDK.
    case polls
}

/// A model of the emulator's catalogue: the name by which clients ask for it, and what really answers.
package struct CatalogueModel: Hashable, Codable, Sendable {
    package var name: String
    package var model: EmulatedModel

    package init(name: String, model: EmulatedModel) {
        self.name = name
        self.model = model
    }

    /// The pixels of EfficientNet-Lite0's own input.
    package static let photographsInputSize = 224
    /// The pixels of the input of the network for generated pictures.
    package static let shapesInputSize = 64

    /// The model behind a name: with weights and classes at hand the photographs' one, except for a name that
    /// begins with `shapes`; without them always the one for generated pictures.
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

/// A deployment that is there from the first start.
package struct PreparedDeployment: Hashable, Codable, Sendable {
    package var name: String
    package var model: String
    /// The provider's name of the SKU: `GlobalStandard`, `GlobalBatch`, …
    package var sku: String

    package init(name: String, model: String, sku: String) {
        self.name = name
        self.model = model
        self.sku = sku
    }
}

/// Seconds added to each chat answer: `mean` plus or minus up to `spread`, drawn from a seed.
package struct LatencyModel: Hashable, Codable, Sendable {
    package var mean: Double
    package var spread: Double

    package init(mean: Double, spread: Double = 0) {
        self.mean = mean
        self.spread = spread
    }
}

/// Dollars; what a model without an entry of its own costs is `standard`.
package struct EmulatorPrices: Hashable, Codable, Sendable {
    /// The prices of one model. The defaults are gpt-4o's (global standard).
    package struct Model: Hashable, Codable, Sendable {
        /// Dollars per million prompt tokens; a batch pays half.
        package var input = 2.5
        /// Dollars per million completion tokens; a batch pays half.
        package var output = 10.0
        /// Dollars per million trained tokens; the developer tier pays half.
        package var training = 25.0
        /// Dollars an hour of reinforcement training.
        package var trainingPerHour = 100.0
        /// Dollars an hour for hosting a fine-tuned model; the developer tier pays nothing.
        package var hosting = 1.70

        package init() {}
    }

    package var standard = Model()
    package var models: [String: Model] = [:]

    package init() {}

    package func of(_ model: String) -> Model { models[model] ?? standard }
}

/// How long the service takes, in virtual seconds. Computation comes on top, in real time.
package struct ServiceDurations: Hashable, Codable, Sendable {
    package var fileProcessing = 4.0
    package var batchValidation = 30.0
    package var batchRun = 120.0
    package var batchFinalizing = 15.0
    package var batchCancelling = 60.0
    package var fineTuneQueue = 120.0
    package var fineTuneRun = 300.0
    package var deploymentCreation = 60.0
    package var deploymentDeletion = 10.0

    package init() {}
}

/// The service's limits: quotas page of 2026-02, limits of vision fine-tuning.
package struct ServiceLimits: Hashable, Codable, Sendable {
    /// Where a batch over the token quota is refused: regions differ.
    package enum QuotaCheck: String, Codable, Sendable { case atCreate, inValidation }

    package var batchFileBytes = 200 << 20
    package var batchLines = 100_000
    package var batchFiles = 500
    package var batchFilesWithExpiry = 10_000
    package var enqueuedTokens = 200_000_000
    package var quotaCheck = QuotaCheck.inValidation
    package var fineTuneFileBytes = 512 << 20
    /// A larger form seems to succeed, and the job with its file fails (reports of users).
    package var formBytes = 150 << 20
    package var fineTuneFiles = 100
    package var fineTuneBytes = 1 << 30
    package var fineTuneJobs = 100
    package var queuedJobs = 20
    package var runningJobs = 3
    package var runningDeveloperJobs = 5
    package var trainedTokens = 2_000_000_000
    package var examples = 10
    package var imageExamples = 50_000
    package var imagesPerExample = 64
    package var imageBytes = 10 << 20
    package var imagesPerRequest = 50
    package var messages = 2048
    package var textLength = 1_048_576
    package var uploadBytes = 9 << 30
    /// The longest form that is received at all.
    package var receivedBytes = 1 << 30
    package var uploadsPerSecond = 30
    package var customHeaders = 10
    package var deployments = 32
    package var fineTunedDeployments = 10

    package init() {}
}
