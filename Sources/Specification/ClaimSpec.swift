// Published numbers to be reproduced.

/// A published number, its source, and the criterion for reproduction.
package struct ClaimSpec: Hashable, Sendable, Codable {
    /// The metric or the statement that the claim is about.
    package var subject: Subject
    /// The published number; required by `within`, otherwise optional.
    package var published: Double?
    /// The number of images on which the published number was measured.
    package var n: Int?
    /// The criterion for reproduction; `nil` for a claim that is only stated.
    package var check: Check?
    /// The publication that contains the number.
    package var source: String?

    /// - Parameter check: `nil` for a claim that is reported but not checked.
    package init(
        subject: Subject, published: Double? = nil, n: Int? = nil, check: Check? = nil,
        source: String? = nil
    ) {
        self.subject = subject
        self.published = published
        self.n = n
        self.check = check
        self.source = source
    }
}

extension ClaimSpec {
    /// The measured number that a claim is about, or a statement without one.
    package enum Subject: Hashable, Sendable, Codable {
        /// A path in `metrics.json`, relative to the variant.
        case metric(String)
        /// A statement that no measurement can check.
        case stated(String)
    }

    /// The criterion by which a measured number reproduces the claim.
    package enum Check: Hashable, Sendable, Codable {
        case within(Tolerance)
        case atMost(Double)
        case atLeast(Double)
    }

    /// The accepted deviation from the published number.
    package enum Tolerance: Hashable, Sendable, Codable {
        /// The sampling error: the deviation expected with other images, at 95% confidence.
        case sampling
        /// The measurement noise, estimated from the evaluation's repeats.
        case noise
        /// A fraction of the published number: 0.05 for `5%`.
        case relative(Double)
        case absolute(Double)
    }
}
