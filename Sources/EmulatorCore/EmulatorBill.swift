// Accumulated cost of an emulated account.

package import Basics

/// The response of `GET /emulator/costs`. The dollars are simulated.
package struct EmulatorBill: Codable, Hashable, Sendable {
    /// The chat usage of one deployment, or the usage of one batch.
    package struct Usage: Codable, Hashable, Sendable {
        /// The deployment's name or the batch's id.
        package var id: String
        /// The model that answered; its base model determines the price.
        package var model: String
        /// The number of answered requests.
        package var requests: Int
        /// Tokens billed at the input price.
        package var promptTokens: Int
        /// Tokens billed at the output price.
        package var completionTokens: Int
        /// The cost in simulated dollars.
        package var usd: Money

        /// - Parameter usd: the cost in simulated dollars.
        package init(id: String, model: String, requests: Int, promptTokens: Int, completionTokens: Int, usd: Money) {
            self.id = id
            self.model = model
            self.requests = requests
            self.promptTokens = promptTokens
            self.completionTokens = completionTokens
            self.usd = usd
        }

        enum CodingKeys: String, CodingKey {
            case id, model, requests, usd
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
        }
    }

    /// The training cost of one fine-tuning job.
    package struct Training: Codable, Hashable, Sendable {
        /// The job's id.
        package var id: String
        /// The model that was fine-tuned; its base model determines the price.
        package var model: String
        /// Tokens trained so far.
        package var trainedTokens: Int
        /// The cost in simulated dollars.
        package var usd: Money

        /// - Parameter trainedTokens: tokens times completed epochs.
        package init(id: String, model: String, trainedTokens: Int, usd: Money) {
            self.id = id
            self.model = model
            self.trainedTokens = trainedTokens
            self.usd = usd
        }

        enum CodingKeys: String, CodingKey {
            case id, model, usd
            case trainedTokens = "trained_tokens"
        }
    }

    /// The hosting cost of one deployment of a fine-tuned model.
    package struct Hosting: Codable, Hashable, Sendable {
        /// The deployment's name.
        package var id: String
        /// The fine-tuned model; its base model determines the price.
        package var model: String
        /// Billed virtual hours so far.
        package var hours: Double
        /// The cost in simulated dollars.
        package var usd: Money

        /// - Parameter hours: billed virtual hours.
        package init(id: String, model: String, hours: Double, usd: Money) {
            self.id = id
            self.model = model
            self.hours = hours
            self.usd = usd
        }
    }

    /// The emulated account's name.
    package var account: String
    /// The virtual time of the bill, in seconds since 1970.
    package var now: Double
    /// The sum of all entries below, in simulated dollars.
    package var total = Money.zero
    /// Chat usage by deployment.
    package var online: [Usage] = []
    /// Usage of batches, at half price.
    package var batches: [Usage] = []
    /// Training cost by fine-tuning job.
    package var fineTuning: [Training] = []
    /// Hosting cost by deployment.
    package var hosting: [Hosting] = []

    /// A bill without entries.
    package init(account: String, now: Double) {
        self.account = account
        self.now = now
    }

    enum CodingKeys: String, CodingKey {
        case account, now, online, batches, hosting
        case total = "total_usd"
        case fineTuning = "fine_tuning"
    }
}
