// Rate limit of a deployment.

import Basics
package import Foundation

/// Counts the requests and tokens of the last minute against a deployment's capacity: a unit allows 1,000 tokens and
/// six requests per minute (the provider's quota page).
package struct RateMeter: Sendable {
    /// The values of the rate limit header fields.
    package struct Status: Sendable {
        /// Requests that one minute allows.
        package var limitRequests: Int
        /// Tokens that one minute allows.
        package var limitTokens: Int
        /// Requests left in this minute.
        package var remainingRequests: Int
        /// Tokens left in this minute.
        package var remainingTokens: Int
        /// Seconds until the oldest use leaves the window.
        package var reset: Double
    }

    private static let window = 60.0
    private static let tokensPerUnit = 1000
    private static let requestsPerUnit = 6

    private var uses: [(at: Date, tokens: Int)] = []

    /// A meter without uses.
    package init() {}

    /// Admits a request, or returns the seconds until it would be admitted.
    /// - Parameter tokens: prompt tokens plus `max_tokens`, which the service estimates before it answers.
    package mutating func admit(tokens: Int, capacity: Int, at now: Date) -> (status: Status, refusedFor: Double?) {
        uses.removeAll { now.timeIntervalSince($0.at) >= Self.window }
        let most = max(1, capacity)
        var requestsLeft = most * Self.requestsPerUnit - uses.count
        var tokensLeft = most * Self.tokensPerUnit - uses.reduce(0) { $0 + $1.tokens }
        var refusedFor: Double?
        if requestsLeft < 1 || tokensLeft < tokens {
            refusedFor = Self.window
            var (requests, room) = (requestsLeft, tokensLeft)
            for use in uses {
                requests += 1
                room += use.tokens
                if requests >= 1, room >= tokens {
                    refusedFor = max(0.001, Self.window - now.timeIntervalSince(use.at))
                    break
                }
            }
        } else {
            uses.append((now, tokens))
            requestsLeft -= 1
            tokensLeft -= tokens
        }
        let status = Status(
            limitRequests: most * Self.requestsPerUnit, limitTokens: most * Self.tokensPerUnit,
            remainingRequests: max(0, requestsLeft), remainingTokens: max(0, tokensLeft),
            reset: uses.first.map { Self.window - now.timeIntervalSince($0.at) } ?? 0)
        return (status, refusedFor)
    }
}
