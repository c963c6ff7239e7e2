// Decides when a call is repeated, and after what delay.

import Platform

/// The effect of sending the same request twice.
package enum CallKind: Sendable, Hashable {
    /// None beyond the first: reading, deleting, cancelling, putting, and asking a model, which at worst costs one
    /// more answer.
    case repeatable
    /// A second batch, job or file. Repeated only if the first attempt certainly had no effect.
    case create
}

/// Exponential backoff with jitter. A wait that the server asks for takes precedence.
package struct RetryPolicy: Hashable, Sendable {
    /// The maximum number of attempts.
    package var attempts: Int
    /// Seconds before the second attempt; doubled for each later one.
    package var firstDelay: Double
    /// The maximum backoff in seconds.
    package var maxDelay: Double
    /// The maximum wait in seconds. If the server requests a longer one, the call is repeated earlier: first after a
    /// minute, then after twice as long each time.
    package var patience: Double

    /// All durations are in seconds.
    package init(attempts: Int = 7, firstDelay: Double = 0.5, maxDelay: Double = 20, patience: Double = 600) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.maxDelay = maxDelay
        self.patience = patience
    }

    /// A single attempt, for calls that must not wait.
    package static let never = RetryPolicy(attempts: 1)

    /// Seconds to wait after failed attempt number `attempt` (from 1), or `nil` to give up.
    /// - Parameter unit: a random number in 0..<1.
    func delay(afterAttempt attempt: Int, error: ProviderError, kind: CallKind, unit: Double) -> Double? {
        guard attempt < attempts, error.isTransient, kind == .repeatable || error.outcome == .surelyNotDone else {
            return nil
        }
        if let asked = error.retryAfter {
            // Slightly later than asked, so that many waiters do not return at the same moment.
            if asked <= patience { return asked + unit * min(1, 0.1 * asked + 0.05) }
            var early = min(60, patience)
            for _ in 0..<(attempt - 1) where early < patience { early *= 2 }
            return min(early, patience) + unit
        }
        var ceiling = firstDelay
        for _ in 0..<(attempt - 1) where ceiling < maxDelay { ceiling *= 2 }
        return min(ceiling, maxDelay) * (0.5 + 0.5 * unit)
    }
}
