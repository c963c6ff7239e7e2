// Keeps to a deployment's tokens and requests a minute, as its answers tell them.

package import Basics
import Foundation
package import Platform

/// Holds back requests that would only be refused. All who share a deployment share its pacer: what the last answer
/// said is left is given out, refilled as the minute passes; after a refusal for too many, all wait.
package actor Pacer {
    /// What may still be asked of a limit by the minute.
    private struct Budget {
        var limit: Double
        var left: Double
        var at: Date
        /// When the server says that all of it is there again.
        var reset: Date?

        func filled(at now: Date) -> Double {
            if let reset, now >= reset { return limit }
            return min(limit, left + limit / 60 * max(0, now.timeIntervalSince(at)))
        }

        /// Seconds until so much is there, by the minute's pace or by the stated reset, whichever is sooner; what is
        /// larger than the limit waits for all of it.
        func wait(for amount: Double, at now: Date) -> Double {
            let byPace = max(0, min(amount, limit) - filled(at: now)) * 60 / limit
            return min(byPace, reset.map { max(0, $0.timeIntervalSince(now)) } ?? byPace)
        }
    }

    /// The shortest pause, so that a rounding does not make a loop of many.
    private static let shortest = 0.05
    /// A longer ban is for the one who was refused to report, not for all to sit out.
    private static let longestBan = 120.0

    private let clock: any WallClock
    private var notBefore: Date?
    private var tokens: Budget?
    private var requests: Budget?
    /// Tokens that the largest request so far counted for.
    private var typical = 0.0
    /// The pause under way: one for all who wait, as an emulator's time is moved on by each.
    private var pause: Task<Void, any Error>?

    package init(clock: any WallClock) { self.clock = clock }

    /// Returns when a request may be sent, and takes its share of what is left.
    package func begin() async throws {
        // While there is plenty the clock, which may be far away, need not be asked.
        if notBefore == nil, tokens?.left ?? typical >= typical, requests?.left ?? 1 >= 1 {
            tokens?.left -= typical
            requests?.left -= 1
            return
        }
        while true {
            if let pause {
                // Whoever began it may be cancelled; then another begins one.
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
            let task = Task { [clock] in try await clock.sleep(seconds: max(wait, Pacer.shortest)) }
            pause = task
            defer { pause = nil }
            try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() }
        }
    }

    private func take(_ amount: Double, from budget: inout Budget?, at now: Date) {
        guard let filled = budget?.filled(at: now) else { return }
        if let reset = budget?.reset, now >= reset { budget?.reset = nil }
        budget?.left = filled - amount
        budget?.at = now
    }

    /// Notes what an answer's fields say is left, and a refusal.
    package func note(_ response: HTTPResponseValue) async {
        let now = await clock.now()
        let limit = RateLimit(response.fields)
        if response.status == 429 {
            let pause = RateLimit.retryAfter(response.fields, now: now) ?? 0
            if pause > 0, pause <= Pacer.longestBan { notBefore = max(notBefore ?? now, now + pause) }
        } else {
            // Where the limit itself is stated, its budget says when enough is there, which is sooner than all of it.
            for pause in [
                limit.remainingRequests == 0 && limit.limitRequests == nil ? limit.resetRequests : nil,
                limit.remainingTokens == 0 && limit.limitTokens == nil ? limit.resetTokens : nil,
            ].compactMap(\.self) where pause > 0 && pause <= Pacer.longestBan {
                notBefore = max(notBefore ?? now, now + pause)
            }
        }
        note(limit.limitTokens, left: limit.remainingTokens, reset: limit.resetTokens, in: &tokens, at: now)
        note(limit.limitRequests, left: limit.remainingRequests, reset: limit.resetRequests, in: &requests, at: now)
    }

    /// What the answer counted, or less: others are under way that it did not know of.
    private func note(_ limit: Int?, left: Int?, reset: Double?, in budget: inout Budget?, at now: Date) {
        guard let limit, limit > 0, let left else { return }
        let known = budget.map { $0.limit == Double(limit) ? $0.filled(at: now) : Double(limit) } ?? Double(left)
        budget = Budget(
            limit: Double(limit), left: min(known, Double(left)), at: now, reset: reset.map { now + $0 })
    }

    /// Learns what a request counts for.
    package func learn(tokens: Int) { typical = max(typical, Double(tokens)) }
}
