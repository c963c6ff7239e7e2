// Settings of an emulated Google Cloud project: the settings shared by all emulators, delays and limits.

package import Basics
package import EmulatorCore
package import Foundation

/// The settings of one emulated project. Shared settings such as `port` are members, too.
@dynamicMemberLookup
package struct VertexEmulatorSettings: Sendable {
    /// The settings that do not depend on the cloud.
    package var shared: AccountSettings
    /// Virtual durations of the service's phases.
    package var durations = VertexDurations()
    /// Limits that requests are checked against.
    package var limits = VertexLimits()

    /// Settings with no faults.
    package init(account: SafeName, state: URL, models: [CatalogueModel]) {
        self.init(AccountSettings(account: account, state: state, models: models))
    }

    /// Adds Google's defaults to shared settings. The bucket named like the account exists from the start.
    package init(_ shared: AccountSettings) {
        self.shared = shared
        // According to Google's pages, an idle endpoint of a tuned model costs nothing.
        self.shared.prices.standard.hosting = 0
    }

    /// A shared setting by its name.
    package subscript<Value>(dynamicMember path: WritableKeyPath<AccountSettings, Value>) -> Value {
        get { shared[keyPath: path] }
        set { shared[keyPath: path] = newValue }
    }
}

/// Virtual durations of the service's phases, in seconds. Real computation time is added.
package struct VertexDurations: Hashable, Codable, Sendable {
    /// Batch phase `JOB_STATE_PENDING`.
    package var batchQueue = 60.0
    /// Batch phase `JOB_STATE_RUNNING`.
    package var batchRun = 240.0
    /// Batch phase `JOB_STATE_CANCELLING`.
    package var batchCancelling = 60.0
    /// The longest time in the queue; then the batch expires.
    package var batchQueueLimit = 72 * 3600.0
    /// Tuning phase `JOB_STATE_QUEUED`, at least.
    package var tuningQueue = 30.0
    /// Tuning phase `JOB_STATE_PENDING`.
    package var tuningPreparation = 90.0
    /// Tuning phase `JOB_STATE_RUNNING`.
    package var tuningRun = 300.0
    /// Tuning phase `JOB_STATE_CANCELLING`.
    package var tuningCancelling = 30.0
    /// Of a long-running operation, such as undeploying a model.
    package var operation = 10.0

    /// The default durations.
    package init() {}
}

/// The service's limits, from Google's pages of September to November 2026.
package struct VertexLimits: Hashable, Codable, Sendable {
    /// Most lines in one batch.
    package var batchLines = 200_000
    /// Largest input file of a batch or tuning job, in bytes.
    package var inputBytes = 1 << 30
    /// Most tokens of one training example.
    package var exampleTokens = 131_072
    /// Most training examples of a file with images.
    package var examples = 300_000
    /// Most validation examples.
    package var validationExamples = 5_000
    /// Largest validation file as a share of the training file's bytes.
    package var validationShare = 0.25
    /// Most images of one training example.
    package var imagesPerExample = 30
    /// Largest image of a training example, in bytes.
    package var trainingImageBytes = 20 << 20
    /// Largest image within a request, in bytes.
    package var inlineImageBytes = 7 << 20
    /// Largest image that a request names in Cloud Storage, in bytes.
    package var storedImageBytes = 30 << 20
    /// Most images in one prompt.
    package var imagesPerPrompt = 3000
    /// Largest request, in bytes.
    package var requestBytes = 500 << 20
    /// Tuning jobs that run at once; more wait.
    package var runningJobs = 1
    /// Most characters of a tuned model's display name.
    package var displayName = 128

    /// The default limits.
    package init() {}
}
