// Keeps requests within a deployment's limits per minute, as reported in its responses.

package import Basics
import Foundation
package import Platform

/// Delays requests that would be rejected by a rate limit. All users of a deployment share its pacer: it hands out
/// the capacity that the last response reported, refilled over the minute; after a rate limit rejection, all wait.
package actor Pacer {
    /// The remaining capacity of a limit per minute.
    private struct Budget {
        var limit: Double
        var left: Double
        var at: Date
        /// When the full limit is available again, as stated by the server.
        var reset: Date?

        func filled(at now: Date) -> Double {
            if let reset, now >= reset { return limit }
            return min(limit, left + limit / 60 * max(0, now.timeIntervalSince(at)))
        }

        /// Seconds until an amount is available, by the refill rate or the stated reset, whichever is sooner. An
        /// amount above the limit waits for the full limit.
        func wait(for amount: Double, at now: Date) -> Double {
            let byPace = max(0, min(amount, limit) - filled(at: now)) * 60 / limit
            return min(byPace, reset.map { max(0, $0.timeIntervalSince(now)) } ?? byPace)
        }
    }

    /// The minimum pause in seconds, so that rounding cannot cause a busy loop.
    private static let minWait = 0.05
    /// The longest pause for all, in seconds. A longer wait is reported to the rejected caller alone.
    private static let maxBan = 120.0

    private let clock: any WallClock
    private var notBefore: Date?
    private var tokens: Budget?
    private var requests: Budget?
    /// The token count of the largest request so far.
    private var typical = 0.0
    /// The current pause, shared by all waiters, because each sleep would advance an emulator's time.
    private var pause: Task<Void, any Error>?

    /// - Parameter clock: the provider's time, for refills and pauses.
    package init(clock: any WallClock) { self.clock = clock }

    /// Waits until a request may be sent, and takes its share of the capacity. Throws `CancellationError`.
    package func begin() async throws {
        // With ample capacity the clock, which may be remote, is not read.
        if notBefore == nil, tokens?.left ?? typical >= typical, requests?.left ?? 1 >= 1 {
            tokens?.left -= typical
            requests?.left -= 1
            return
        }
        while true {
            if let pause {
                // The task that started the pause may be cancelled; then another starts one.
                _ = await pause.result
                try Task.checkCancellation()
            }
            let now = await clock.now()
            if pause != nil { continue }
            let ban = notBefore.map { $0.timeIntervalSince(now) } ?? 0
            let wait = max(ban, tokens?.wait(for: typical, at: now) ?? 0, requests?.wait(for: 1, at: now) ?? 0)
            guard wait > 0 else {
                notBefore = nil
                take(typical, from: &tokens, at: now)
                take(1, from: &requests, at: now)
                return
            }
            let task = Task { [clock] in try await clock.sleep(seconds: max(wait, Pacer.minWait)) }
            pause = task
            defer { pause = nil }
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    /// Subtracts an amount from the capacity, which may become negative.
    private func take(_ amount: Double, from budget: inout Budget?, at now: Date) {
        guard let filled = budget?.filled(at: now) else { return }
        if let reset = budget?.reset, now >= reset { budget?.reset = nil }
        budget?.left = filled - amount
        budget?.at = now
    }

    /// Records the capacity that a response reports, or a rejection.
    package func note(_ response: HTTPResponseValue) async {
        let now = await clock.now()
        let limit = RateLimit(response.fields)
        if response.status == 429 {
            let pause = RateLimit.retryAfter(response.fields, now: now) ?? 0
            if pause > 0, pause <= Pacer.maxBan { notBefore = max(notBefore ?? now, now + pause) }
        } else {
            // If the limit itself is reported, its budget determines the wait, which is shorter than waiting for the
            // full limit.
            for pause in [
                limit.remainingRequests == 0 && limit.limitRequests == nil ? limit.resetRequests : nil,
                limit.remainingTokens == 0 && limit.limitTokens == nil ? limit.resetTokens : nil,
            ].compactMap(\.self) where pause > 0 && pause <= Pacer.maxBan {
                notBefore = max(notBefore ?? now, now + pause)
            }
        }
        note(limit.limitTokens, left: limit.remainingTokens, reset: limit.resetTokens, in: &tokens, at: now)
        note(limit.limitRequests, left: limit.remainingRequests, reset: limit.resetRequests, in: &requests, at: now)
    }

    /// Takes the smaller of the reported and the known capacity, because the response does not count requests in
    /// flight.
    private func note(_ limit: Int?, left: Int?, reset: Double?, in budget: inout Budget?, at now: Date) {
        guard let limit, limit > 0, let left else { return }
        let known = budget.map { $0.limit == Double(limit) ? $0.filled(at: now) : Double(limit) } ?? Double(left)
        budget = Budget(
            limit: Double(limit), left: min(known, Double(left)), at: now, reset: reset.map { now + $0 })
    }

    /// Records the token count of a request; the largest one is assumed for the next.
    package func learn(tokens: Int) { typical = max(typical, Double(tokens)) }
}
