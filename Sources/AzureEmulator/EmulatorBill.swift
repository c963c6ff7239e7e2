// What an emulated account has cost so far.

package import Basics

/// The answer of `GET /emulator/costs`, in dollars that nobody pays.
package struct EmulatorBill: Codable, Hashable, Sendable {
    package struct Usage: Codable, Hashable, Sendable {
        /// The deployment's name or the batch's id.
        package var id: String
        package var model: String
        package var requests: Int
        package var promptTokens: Int
        package var completionTokens: Int
        package var usd: Money

        enum CodingKeys: String, CodingKey {
            case id, model, requests, usd
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
        }
    }

    package struct Training: Codable, Hashable, Sendable {
        package var id: String
        package var model: String
        package var trainedTokens: Int
        package var usd: Money

        enum CodingKeys: String, CodingKey {
            case id, model, usd
            case trainedTokens = "trained_tokens"
        }
    }

    package struct Hosting: Codable, Hashable, Sendable {
        package var id: String
        package var model: String
        package var hours: Double
        package var usd: Money
    }

    package var account: String
    /// Virtual seconds since 1970.
    package var now: Double
    package var total = Money.zero
    package var online: [Usage] = []
    package var batches: [Usage] = []
    package var fineTuning: [Training] = []
    package var hosting: [Hosting] = []

    init(account: String, now: Double) {
        self.account = account
        self.now = now
    }

    enum CodingKeys: String, CodingKey {
        case account, now, online, batches, hosting
        case total = "total_usd"
        case fineTuning = "fine_tuning"
    }
}
