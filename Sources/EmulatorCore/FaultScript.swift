// Faults that the emulator injects: what fails, when and how often.

/// Faults to inject. Each request, and each batch, job or deployment created, receives the first due fault that
/// matches it.
package struct FaultScript: Codable, Hashable, Sendable {
    /// Seed for faults with a probability.
    package var seed: UInt64?
    /// The faults in order of precedence.
    package var faults: [Fault]

    /// A script without a seed draws probabilities from a fixed one.
    package init(seed: UInt64? = nil, faults: [Fault]) {
        self.seed = seed
        self.faults = faults
    }
}

/// One fault: which operation, how often, and its effect.
package struct Fault: Codable, Hashable, Sendable {
    /// The point at which a connection is cut.
    package enum Cut: String, Codable, Hashable, Sendable {
        /// Before the request is executed: it has no effect.
        case request
        /// After the request is executed, before the first byte of the reply.
        case before
        /// In the middle of the reply's body.
        case during
        /// After the whole reply.
        case after
    }

    /// The error with which a batch or job fails.
    package struct Failure: Codable, Hashable, Sendable {
        /// The error code, such as `invalid_training_file`.
        package var code: String
        /// The error message that clients read.
        package var message: String

        /// An error for `fails`.
        package init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// The operation, as the request log names it: `files.create`, `batches.*`, `*`. Faults of batches, jobs and
    /// deployments use `batches.create`, `fine_tuning.jobs.create` and `deployments.put`.
    package var on: String
    /// Number of matching requests to skip first.
    package var after: Int?
    /// Number of requests to affect; 1 if neither this nor a probability is set.
    package var times: Int?
    /// Probability of affecting a matching request.
    package var probability: Double?

    /// HTTP status of the reply; the request is not executed.
    package var status: Int?
    /// Header fields of the reply with `status`, such as `Retry-After`.
    package var headers: [String: String]?
    /// The error code of the reply with `status`; the status itself if `nil`.
    package var code: String?
    /// The error message of the reply with `status`.
    package var message: String?
    /// Real seconds to wait before the request is executed.
    package var delay: Double?
    /// Real seconds over which the reply's body is sent.
    package var slowBody: Double?
    /// The point at which the connection is cut; `nil` leaves it open.
    package var cut: Cut?
    /// Number of bytes added to the reply's `Content-Length`.
    package var wrongLength: Int?
    /// Lists omit resources created within this number of virtual seconds.
    package var stale: Double?

    /// The batch or job fails with this error.
    package var fails: Failure?
    /// The batch or job makes no progress for this number of virtual seconds.
    package var stalls: Double?
    /// The batch expires once this share of its lines is answered.
    package var expiresAt: Double?
    /// The batch completes with this share of its lines answered and the rest as errors.
    package var partly: Double?
    /// The batch's output file contains every line twice.
    package var repeatsLines: Bool?
    /// Number of batch lines that the content filter rejects.
    package var filters: Int?
    /// Number of images that the fine-tuning job skips.
    package var skipsImages: Int?
    /// Virtual seconds for which the deployment rejects chats after it reports `Succeeded`.
    package var notReady: Double?
    /// Seconds in the `RetryInfo` of a Google error with `status`.
    package var retryDelay: Double?
    /// The answer ends for this reason, such as `SAFETY`, without text (Gemini).
    package var finishes: String?
    /// The prompt is blocked for this reason, such as `SAFETY`: there is no candidate (Gemini).
    package var blocks: String?

    /// A fault for an operation, without an effect yet.
    package init(on operation: String) { on = operation }

    /// The keys that a fault script may use.
    package static let keys = CodingKeys.allCases.map(\.rawValue)

    enum CodingKeys: String, CodingKey, CaseIterable {
        case on, after, times, probability, status, headers, code, message, delay, cut, stale, fails, stalls, partly
        case filters, finishes, blocks
        case repeatsLines = "repeats_lines"
        case slowBody = "slow_body"
        case wrongLength = "wrong_length"
        case expiresAt = "expires_at"
        case skipsImages = "skips_images"
        case notReady = "not_ready"
        case retryDelay = "retry_delay"
    }
}

extension Fault {
    /// Whether the pattern matches the operation: equal, `prefix.*`, or `*`.
    func matches(_ operation: String) -> Bool {
        if on == "*" || on == operation { return true }
        return on.hasSuffix(".*") && operation.hasPrefix(on.dropLast(1))
    }
}
