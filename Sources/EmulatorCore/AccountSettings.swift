// Settings that emulated accounts of every cloud share.

package import Basics
package import Foundation

/// The settings of one emulated account that do not depend on the cloud.
package struct AccountSettings: Sendable {
    /// The account's name, which also names its state folder.
    package var account: SafeName
    /// The folder that holds all of the account's state.
    package var state: URL
    /// The port on 127.0.0.1; 0 picks a free port.
    package var port = 0
    /// The base models that clients can query and fine-tune.
    package var models: [CatalogueModel]
    /// The accepted key or bearer token. `nil` accepts any non-empty one.
    package var apiKey: String?
    /// Seconds after which an idle connection is closed.
    package var idleTimeout = 60.0
    /// Maximum number of open connections; further connections wait.
    package var connections = 512
    /// Extra latency added to the model's own time in each online answer; `nil` adds none.
    package var latency: LatencyModel?
    /// Prices for the account's bill.
    package var prices = EmulatorPrices()
    /// The requests that advance the virtual clock.
    package var clockTrigger = ClockTrigger.waits
    /// Threads of a fine-tuning job. The thread count affects the exact bytes of the trained model.
    package var threads = 2
    /// Faults to inject; `nil` injects none.
    package var faults: FaultScript?
    /// Images that the screening rejects in addition to wrong formats, sizes and colour modes; `nil` rejects no
    /// others.
    package var screening: ImageScreeningRule?
    /// Records the JSON body of every request and answer next to the request log, for checks against the reference.
    package var recordsBodies = false

    /// Settings with the default prices and no faults.
    package init(account: SafeName, state: URL, models: [CatalogueModel]) {
        self.account = account
        self.state = state
        self.models = models
    }

    /// A random key of 32 hexadecimal digits.
    package static func randomKey() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// The requests that advance the virtual clock.
package enum ClockTrigger: String, Codable, Sendable {
    /// Only `/emulator/wait` and `/emulator/clock/advance`, for clients that wait by the emulator's clock.
    case waits
    /// Also each poll of a pending resource, which advances to the resource's next due time. For clients that do not
    /// know the emulator, such as the provider's own SDK.
    case polls
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
