// The cost bounds of a step's payments: for the user's consent, the budget, and answers without token counts.

import Basics
import Execution
import Planning

extension StepServices {
    /// Returns once a share of a step's work may be paid for. Before that, nothing may be sent to the provider except
    /// requests about work that is already paid for.
    /// - Parameters:
    ///   - part: distinguishes the payments of one step.
    ///   - share: the fraction of the step's requests that is paid for, from 0 to 1.
    /// - Throws: `ConsentRefused`.
    func requireConsent(_ context: StepContext, part: String = "", share: Double = 1) async throws {
        try await consent.require(
            payment(context.step, share: share), for: context.step.id, holder: StepServices.holder(context, part))
    }

    /// Returns once a payment in progress may cost more than was forecast.
    func requireConsent(_ context: StepContext, part: String, grownTo cost: Money) async throws {
        try await consent.require(.upTo(cost), for: context.step.id, holder: StepServices.holder(context, part))
    }

    /// Records that a payment of a step was made; `nil` if its cost is unknown.
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

    /// The amount to reserve in the budget for a share of a step's work that can be stopped, such as online requests:
    /// the expected cost. The reservation grows if the work turns out to cost more.
    /// - Throws: `StepFailure.unpriced` if there is a budget but no price.
    func reservation(_ step: Step, share: Double = 1) throws -> Money { try reservation(step, share, \.expected) }

    /// The amount to reserve in the budget for a job: the upper bound of its forecast. The cost of a job is known
    /// only after it ends, so that no job is sent that the budget might not cover.
    /// - Throws: `StepFailure.unpriced` if there is a budget but no price.
    func jobReservation(_ step: Step, share: Double = 1) throws -> Money { try reservation(step, share, \.high) }

    private func reservation(_ step: Step, _ share: Double, _ bound: KeyPath<CostRange, Money>) throws -> Money {
        let forecast = forecast(step)
        if let cost = forecast?.cost { return cost[keyPath: bound] * share }
        guard spending.budget == nil || forecast?.isEmulated ?? false else {
            throw StepFailure.unpriced(reason: forecast?.unknown.map { "\($0)" } ?? "it cannot be forecast")
        }
        return .zero
    }

    /// The forecast tokens of one answer of a step, for answers that come without a count; `nil` without a forecast.
    func estimatedUsage(_ step: Step) -> TokenUsage? {
        guard let load = forecast(step)?.load, load.requests > 0 else { return nil }
        func each(_ tokens: Int) -> Int { (tokens + load.requests - 1) / load.requests }
        return TokenUsage(prompt: each(load.input.expected), completion: each(load.output.expected))
    }
}
