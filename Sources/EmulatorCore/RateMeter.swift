// Rate limit of a deployment.

import Basics
import Foundation

/// Counts the requests and tokens of the last minute against a deployment's capacity: a unit allows 1,000 tokens and
/// six requests per minute (the provider's quota page).
struct RateMeter: Sendable {
    /// The values of the rate limit header fields.
    struct Standing: Sendable {
        var limitRequests: Int
        var limitTokens: Int
        var remainingRequests: Int
        var remainingTokens: Int
        /// Seconds until the oldest use leaves the window.
        var reset: Double
    }

    private static let window = 60.0
    private static let tokensPerUnit = 1000
    private static let requestsPerUnit = 6

    private var uses: [(at: Date, tokens: Int)] = []

    /// Admits a request, or returns the seconds until it would be admitted.
    /// - Parameter tokens: prompt tokens plus `max_tokens`, which the service estimates before it answers.
    mutating func admit(tokens: Int, capacity: Int, at now: Date) -> (standing: Standing, refusedFor: Double?) {
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
        let standing = Standing(
            limitRequests: most * Self.requestsPerUnit, limitTokens: most * Self.tokensPerUnit,
            remainingRequests: max(0, requestsLeft), remainingTokens: max(0, tokensLeft),
            reset: uses.first.map { Self.window - now.timeIntervalSince($0.at) } ?? 0)
        return (standing, refusedFor)
    }
}

extension RateMeter.Standing {
    /// The header fields by the service's names.
    var fields: [String: String] {
        [
            "x-ratelimit-limit-requests": String(limitRequests), "x-ratelimit-limit-tokens": String(limitTokens),
            "x-ratelimit-remaining-requests": String(remainingRequests),
            "x-ratelimit-remaining-tokens": String(remainingTokens),
            "x-ratelimit-reset-tokens": String(Int(saturating: reset.rounded(.up))),
        ]
    }
}
