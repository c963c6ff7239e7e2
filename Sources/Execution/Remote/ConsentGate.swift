// Asks before money is spent: every paid call of a run passes here before anything is sent to a provider.

package import Basics

/// The cost of one payment, as far as it is known in advance.
package enum PaymentAmount: Hashable, Sendable {
    /// No cost, or an emulator's dollars.
    case free
    /// At most this much according to the forecast, which is not a guarantee.
    case upTo(Money)
    /// Unknown, for the given reason.
    case unknown(String)
}

/// Thrown instead of making a paid call without consent.
package struct ConsentRefused: Error, Hashable, Sendable {
    /// The step that would have paid.
    package var step: StepID
    /// A description of the payment.
    package var what: String
}

extension ConsentRefused: CustomStringConvertible {
    /// The message with the two ways to consent.
    package var description: String {
        "\(what) Nothing more was sent. Use --yes to agree, or answer the question on a terminal"
    }
}

/// The user's consent to the cost of a run.
///
/// With `--yes` a run may pay anything within its budget. Otherwise the user has consented to an amount, and possibly
/// to unknown costs of some steps. A larger payment needs another confirmation, and is refused if no one can be
/// asked.
package actor ConsentGate {
    /// The costs that the user has agreed to.
    package enum Consent: Sendable {
        /// Any cost of the run.
        case everything
        /// A total, and unknown amounts for the given steps.
        case upTo(Money, unknown: Set<StepID>)
    }

    private let consent: Consent
    /// Asks whether to spend more than agreed; `nil` without an interactive user.
    private let ask: (@Sendable (String) async -> Bool)?
    private let turn = AsyncSemaphore(permits: 1)
    private var agreed = Money.zero
    private var agreedUnknown: Set<StepID> = []
    /// The possible cost of payments in progress, by holder.
    private var open: [String: Money] = [:]
    private var spent = Money.zero
    private var isRefused = false

    /// Tolerance for rounding in the comparison with the agreed amount.
    private static let tolerance = Money(dollars: 0.0001)

    /// - Parameter ask: shows a question and returns the answer. Called for one payment at a time.
    package init(_ consent: Consent, ask: (@Sendable (String) async -> Bool)? = nil) {
        self.consent = consent
        self.ask = ask
        if case .upTo(let sum, let unknown) = consent {
            agreed = sum
            agreedUnknown = unknown
        }
    }

    /// Returns once a payment may be made. A second call with the same holder concerns the same payment, which may
    /// have grown.
    /// - Parameter holder: identifies the payment, such as a shard of a batch.
    /// - Throws: `ConsentRefused`; `CancellationError`.
    package func require(_ amount: PaymentAmount, for step: StepID, holder: String) async throws {
        guard case .upTo = consent, amount != .free else { return }
        try await turn.acquire()
        do {
            try await decide(amount, for: step, holder: holder)
        } catch {
            await turn.release()
            throw error
        }
        await turn.release()
    }

    /// Replaces the reservation of a payment by its actual cost, which is zero if it was not made.
    package func settle(_ cost: Money, holder: String) {
        if open.removeValue(forKey: holder) != nil { spent += cost }
    }

    private func decide(_ amount: PaymentAmount, for step: StepID, holder: String) async throws {
        switch amount {
        case .free: return
        case .unknown(let reason):
            if agreedUnknown.contains(step) { return }
            try await question("The cost of \(step) is unknown: \(reason).", step)
            agreedUnknown.insert(step)
        case .upTo(let sum):
            guard sum > open[holder] ?? .zero else { return }
            // The user agreed to the unknown amount.
            if agreedUnknown.contains(step) { return }
            let before = open.reduce(spent) { $1.key == holder ? $0 : $0 + $1.value }
            if before + sum > agreed + ConsentGate.tolerance {
                try await question(
                    agreed > .zero
                        ? "\(step) may cost up to \(sum); with \(before) spent or in progress, that exceeds the agreed \(agreed)."
                        : "\(step) is forecast to cost up to \(sum).", step)
                agreed = before + sum
            }
            open[holder] = sum
        }
    }

    private func question(_ text: String, _ step: StepID) async throws {
        guard !isRefused, let ask, await ask(text) else {
            // An interrupted run has no answer.
            try Task.checkCancellation()
            isRefused = true
            throw ConsentRefused(step: step, what: text)
        }
    }
}
