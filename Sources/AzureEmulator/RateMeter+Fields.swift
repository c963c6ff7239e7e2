// Rate limit header fields by the names of Azure OpenAI.

import Basics
import EmulatorCore

extension RateMeter.Status {
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
