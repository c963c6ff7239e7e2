// Settings of an emulated Azure account: the settings shared by all emulators, deployments, delays and limits.

package import Basics
package import EmulatorCore
package import Foundation

/// The settings of one emulated account. Shared settings such as `port` are members, too.
@dynamicMemberLookup
package struct EmulatorSettings: Sendable {
    /// The settings that do not depend on the cloud.
    package var shared: AccountSettings
    /// Deployments that exist from the account's first start.
    package var deployments: [PreparedDeployment] = []
    /// Virtual durations of the service's phases.
    package var durations = ServiceDurations()
    /// Quotas and size limits that requests are checked against.
    package var limits = ServiceLimits()

    /// Settings with the default prices, durations and limits, no prepared deployments and no faults.
    package init(account: SafeName, state: URL, models: [CatalogueModel]) {
        shared = AccountSettings(account: account, state: state, models: models)
    }

    /// Adds Azure's defaults to shared settings.
    package init(_ shared: AccountSettings) { self.shared = shared }

    /// A shared setting by its name.
    package subscript<Value>(dynamicMember path: WritableKeyPath<AccountSettings, Value>) -> Value {
        get { shared[keyPath: path] }
        set { shared[keyPath: path] = newValue }
    }
}

/// Virtual durations of the service's phases, in seconds. Real computation time is added.
package struct ServiceDurations: Hashable, Codable, Sendable {
    /// Virtual seconds from upload until a file is `processed`.
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
    /// Virtual seconds from the creation of a deployment until it is ready.
    package var deploymentCreation = 60.0
    /// Virtual seconds from the deletion request until a deployment is gone.
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
    /// The time at which a batch over `enqueuedTokens` is rejected.
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
    /// The maximum number of concurrent fine-tuning jobs.
    package var runningJobs = 3
    /// The maximum number of concurrent fine-tuning jobs in the developer tier.
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
