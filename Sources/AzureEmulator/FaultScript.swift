// What goes wrong, when, and how often: the emulator's faults as a value.

/// Faults to inject. Each request, and each batch, job or deployment that is created, takes the first fault
/// that matches it and is due.
package struct FaultScript: Codable, Hashable, Sendable {
    /// For the faults with a probability.
    package var seed: UInt64?
    package var faults: [Fault]

    package init(seed: UInt64? = nil, faults: [Fault]) {
        self.seed = seed
        self.faults = faults
    }
}

/// One fault: where, how often, what.
package struct Fault: Codable, Hashable, Sendable {
    /// Where a connection is cut.
    package enum Cut: String, Codable, Hashable, Sendable {
        /// Before the request is carried out: nothing happens.
        case request
        /// The request is carried out, and no byte of the reply is sent.
        case before
        /// In the middle of the reply's body.
        case during
        /// After the whole reply.
        case after
    }

    /// Why a batch or job fails.
    package struct Failure: Codable, Hashable, Sendable {
        package var code: String
        package var message: String

        package init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// The operation, as the request log names it: `files.create`, `batches.*`, `*`. The faults of batches, jobs
    /// and deployments stand on `batches.create`, `fine_tuning.jobs.create`, `deployments.put`.
    package var on: String
    /// Leaves so many matching requests alone first.
    package var after: Int?
    /// How many requests it hits; without it and without a probability one.
    package var times: Int?
    /// Hits a matching request with this chance.
    package var probability: Double?

    /// The reply is this status, and nothing is carried out.
    package var status: Int?
    package var headers: [String: String]?
    package var code: String?
    package var message: String?
    /// Real seconds before the request is carried out.
    package var delay: Double?
    /// Real seconds over which the reply's body trickles.
    package var slowBody: Double?
    package var cut: Cut?
    /// Added to the reply's `Content-Length`.
    package var wrongLength: Int?
    /// A list lacks what was created in the last so many virtual seconds.
    package var stale: Double?

    /// The batch or job fails.
    package var fails: Failure?
    /// The batch or job makes no progress for so many virtual seconds.
    package var stalls: Double?
    /// The batch expires when this share of its lines is answered.
    package var expiresAt: Double?
    /// The batch completes with this share of its lines answered and the rest as errors.
    package var partly: Double?
    /// The batch's output file holds every line twice.
    package var repeatsLines: Bool?
    /// The content filter refuses so many lines of the batch.
    package var filters: Int?
    /// The job skips so many images.
    package var skipsImages: Int?
    /// The deployment refuses chats for so many virtual seconds after it says `Succeeded`.
    package var notReady: Double?

    package init(on operation: String) { on = operation }

    /// What a script may say of a fault.
    package static let keys = CodingKeys.allCases.map(\.rawValue)

    enum CodingKeys: String, CodingKey, CaseIterable {
        case on, after, times, probability, status, headers, code, message, delay, cut, stale, fails, stalls, partly
        case filters
        case repeatsLines = "repeats_lines"
        case slowBody = "slow_body"
        case wrongLength = "wrong_length"
        case expiresAt = "expires_at"
        case skipsImages = "skips_images"
        case notReady = "not_ready"
    }
}

extension Fault {
    /// Whether the operation is the one meant: equal, or `prefix.*`, or `*`.
    func matches(_ operation: String) -> Bool {
        if on == "*" || on == operation { return true }
        return on.hasSuffix(".*") && operation.hasPrefix(on.dropLast(1))
    }
}
