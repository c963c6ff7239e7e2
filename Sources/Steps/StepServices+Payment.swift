// What a step's payments may cost: for the user's consent, for the budget, and where a provider does not count.

import Basics
import Execution
import Planning

extension StepServices {
    /// Returns when a share of a step's work may be paid for. Nothing may be sent to the provider before, except to look
    /// after what is paid for already.
    /// - Parameters:
    ///   - part: tells the payments of one step apart.
    ///   - share: the part of the step's requests that is paid for, from 0 to 1.
    /// - Throws: `ConsentRefused`.
    func requireConsent(_ context: StepContext, part: String = "", share: Double = 1) async throws {
        try await consent.require(
            payment(context.step, share: share), for: context.step.id, holder: StepServices.holder(context, part))
    }

    /// Returns when a payment under way may cost more than was forecast.
    func requireConsent(_ context: StepContext, grownTo cost: Money) async throws {
        try await consent.require(.upTo(cost), for: context.step.id, holder: StepServices.holder(context, ""))
    }

    /// A payment of a step was made and cost so much, as far as that is known.
    func settleConsent(_ cost: Money?, _ context: StepContext, part: String = "") async {
        await consent.settle(cost ?? .zero, holder: StepServices.holder(context, part))
    }

    private static func holder(_ context: StepContext, _ part: String) -> String { "\(context.key) \(part)" }

    private func payment(_ step: Step, share: Double) -> PaymentAmount {
        guard let forecast = forecast(step) else { return .unknown("it cannot be forecast") }
        guard forecast.needsConsent else { return .free }
        if let cost = forecast.cost { return .upTo(cost.high * share) }
        return .unknown(forecast.unknown.map { "\($0)" } ?? "it cannot be forecast")
    }

    /// What is held back from the budget for a share of a step's work that can be stopped, as online requests can: what it
    /// likely costs. More is held back as it turns out to cost more.
    /// - Throws: `StepFailure.unpriced` when there is a budget and no price to keep it by.
    func reservation(_ step: Step, share: Double = 1) throws -> Money { try reservation(step, share, \.expected) }

    /// What is held back from the budget for a job, of which nobody can say what it costs before it has ended: the most
    /// that it is forecast to cost, so that no job is sent that the budget may not cover.
    /// - Throws: `StepFailure.unpriced` when there is a budget and no price to keep it by.
    func jobReservation(_ step: Step, share: Double = 1) throws -> Money { try reservation(step, share, \.high) }

    private func reservation(_ step: Step, _ share: Double, _ bound: KeyPath<CostRange, Money>) throws -> Money {
        let forecast = forecast(step)
        if let cost = forecast?.cost { return cost[keyPath: bound] * share }
        guard spending.budget == nil || forecast?.isEmulated ?? false else {
            throw StepFailure.unpriced(reason: forecast?.unknown.map { "\($0)" } ?? "it cannot be forecast")
        }
        return .zero
    }

    /// The tokens that one answer of a step is forecast to take: for answers that come without a count.
    func estimatedUsage(_ step: Step) -> TokenUsage? {
        guard let load = forecast(step)?.load, load.requests > 0 else { return nil }
        func each(_ tokens: Int) -> Int { (tokens + load.requests - 1) / load.requests }
        return TokenUsage(prompt: each(load.input.expected), completion: each(load.output.expected))
    }
}
