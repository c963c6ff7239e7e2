// Asks before money is spent: every paid call of a run passes here before anything is sent to a provider.

package import Basics

/// What one payment will cost, as far as it is known before it is made.
package enum PaymentAmount: Hashable, Sendable {
    /// Nothing, or an emulator's dollars.
    case free
    /// At most so much by the forecast, which is no guarantee.
    case upTo(Money)
    /// Not known, for a reason in words.
    case unknown(String)
}

/// Why a paid call was not made.
package struct ConsentRefused: Error, Hashable, Sendable {
    package var step: StepID
    /// What was to be paid, in words.
    package var what: String
}

extension ConsentRefused: CustomStringConvertible {
    package var description: String {
        "\(what) Nothing more was sent for it. Give --yes to spend it, or answer the question on a terminal"
    }
}

/// The consent to a run's costs.
///
/// A run that was told `--yes` pays whatever its budget allows. Otherwise the user has consented to an amount, perhaps
/// to unknown costs of some steps too, and a payment beyond that is asked about again, or refused where nobody can be
/// asked.
package actor ConsentGate {
    /// What the user agreed to.
    package enum Consent: Sendable {
        /// Whatever the run costs.
        case everything
        /// So much in all, and unknown amounts of these steps.
        case upTo(Money, unknown: Set<StepID>)
    }

    private let consent: Consent
    /// Asks whether to spend more than was agreed; `nil` where nobody can be asked.
    private let ask: (@Sendable (String) async -> Bool)?
    private let turn = AsyncSemaphore(permits: 1)
    private var agreed = Money.zero
    private var agreedUnknown: Set<StepID> = []
    /// What payments under way may cost, by holder.
    private var open: [String: Money] = [:]
    private var spent = Money.zero
    private var isRefused = false

    /// A payment that rounding makes larger than what was agreed to is no larger.
    private static let tolerance = Money(dollars: 0.0001)

    /// - Parameter ask: shows a question and gives the answer. It is called for one payment at a time.
    package init(_ consent: Consent, ask: (@Sendable (String) async -> Bool)? = nil) {
        self.consent = consent
        self.ask = ask
        if case .upTo(let sum, let unknown) = consent {
            agreed = sum
            agreedUnknown = unknown
        }
    }

    /// Returns when a payment may be made. A second call for the same holder is the same payment, which may have grown.
    /// - Parameter holder: names the payment, such as the shard of a batch.
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

    /// A payment was made, or will not be: what it really cost counts from now on.
    package func settle(_ cost: Money, holder: String) {
        if open.removeValue(forKey: holder) != nil { spent += cost }
    }

    private func decide(_ amount: PaymentAmount, for step: StepID, holder: String) async throws {
        switch amount {
        case .free: return
        case .unknown(let reason):
            if agreedUnknown.contains(step) { return }
            try await question("What \(step) will cost is unknown: \(reason).", step)
            agreedUnknown.insert(step)
        case .upTo(let sum):
            guard sum > open[holder] ?? .zero else { return }
            // What an unknown amount comes to was agreed to.
            if agreedUnknown.contains(step) { return }
            let before = open.reduce(spent) { $1.key == holder ? $0 : $0 + $1.value }
            if before + sum > agreed + ConsentGate.tolerance {
                try await question(
                    agreed > .zero
                        ? "\(step) may cost up to \(sum); with \(before) spent or under way that is more than the \(agreed) agreed to."
                        : "\(step) is forecast to cost up to \(sum).", step)
                agreed = before + sum
            }
            open[holder] = sum
        }
    }

    private func question(_ text: String, _ step: StepID) async throws {
        guard !isRefused, let ask, await ask(text) else {
            isRefused = true
            throw ConsentRefused(step: step, what: text)
        }
    }
}
