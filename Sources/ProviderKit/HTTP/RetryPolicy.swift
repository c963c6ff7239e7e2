// When a call is made again, and after how long.

import Platform

/// What a second sending of the same request may do.
package enum CallKind: Sendable, Hashable {
    /// Nothing that the first did not: reading, deleting, cancelling, putting, and asking a model, which at worst
    /// costs one more answer.
    case repeatable
    /// A second batch, job or file. Sent again only when the first surely had no effect.
    case create
}

/// Exponential backoff with jitter; what the server asks for goes first.
package struct RetryPolicy: Hashable, Sendable {
    /// How often a call is made at most.
    package var attempts: Int
    /// Seconds before the second attempt; doubled for each one after.
    package var firstDelay: Double
    package var longestDelay: Double
    /// The longest wait in seconds, whatever the server asks for. Where it asks for more, the call is tried again earlier:
    /// after a minute first, then after twice as long each time.
    package var patience: Double

    package init(attempts: Int = 7, firstDelay: Double = 0.5, longestDelay: Double = 20, patience: Double = 600) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
        self.patience = patience
    }

    package static let never = RetryPolicy(attempts: 1)

    /// Seconds to wait after the failure of attempt number `attempt` (from 1), or `nil` to give up.
    /// - Parameter unit: a random number in 0..<1.
    func delay(afterAttempt attempt: Int, error: ProviderError, kind: CallKind, unit: Double) -> Double? {
        guard attempt < attempts, error.isTransient, kind == .repeatable || error.outcome == .surelyNotDone else {
            return nil
        }
        if let asked = error.retryAfter {
            // A little later than asked, so that many who wait do not come back at one moment.
            if asked <= patience { return asked + unit * min(1, 0.1 * asked + 0.05) }
            var early = min(60, patience)
            for _ in 0..<(attempt - 1) where early < patience { early *= 2 }
            return min(early, patience) + unit
        }
        var ceiling = firstDelay
        for _ in 0..<(attempt - 1) where ceiling < longestDelay { ceiling *= 2 }
        return min(ceiling, longestDelay) * (0.5 + 0.5 * unit)
    }
}
