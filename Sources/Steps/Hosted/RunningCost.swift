// Compares the cost of a step's online answers with what is reserved in the budget and what the user agreed to.

import Basics
import Execution
import Planning

/// The cost of a step's online answers in this run so far: of all rounds, and of warm-up requests. Online requests can be
/// stopped, so their expected cost is reserved first, and more as soon as the answers cost more.
struct RunningCost: Sendable {
    private let services: StepServices
    private let context: StepContext
    private let price: OnlinePrice
    private let part: String
    private let isEmulated: Bool
    /// The amount reserved in the budget.
    private var held: Money
    private var usage = TokenUsage()
    private var answers = 0

    /// - Parameters:
    ///   - part: distinguishes the payments of one step, as in `requireConsent`.
    ///   - share: the fraction of the step's forecast that is reserved.
    init(
        _ services: StepServices, _ context: StepContext, _ price: OnlinePrice, part: String = "", share: Double,
        isEmulated: Bool
    ) throws {
        self.services = services
        self.context = context
        self.price = price
        self.part = part
        self.isEmulated = isEmulated
        held = try services.reservation(context.step, share: share)
    }

    /// Counts an answer. Once the answers cost more than the reservation, the reservation grows and consent is
    /// requested, so that a run stops soon after it reaches the permitted cost.
    /// - Parameter pending: the number of requests in progress or sent next; 0 if the answer is the last.
    /// - Throws: `LedgerError.overBudget`; `ConsentRefused`.
    mutating func add(_ answer: JournalledAnswer, pending: Int) async throws {
        guard !isEmulated else { return }
        usage = usage + (answer.countedUsage ?? services.estimatedUsage(context.step) ?? TokenUsage())
        answers += 1
        guard pending > 0, let cost = services.cost(of: usage, price), cost > held else { return }
        // Each pending request will probably cost about as much as the answers so far.
        let needed = cost * (1 + Double(pending) / Double(answers))
        try await services.requireConsent(context, part: part, grownTo: needed)
        try services.spending.reserve(needed, emulated: false, context: context)
        held = needed
    }
}

/// The properties that determine the price of an online answer.
struct OnlinePrice: Sendable {
    var model: String
    /// Whether the model is fine-tuned.
    var isTuned: Bool
    /// The provider's name in the plan.
    var provider: String
}

/// An unrecorded payment for online answers.
struct OwedAnswers {
    var cost: Money
    /// The same for the same answers, so that recording them again has no effect.
    var receipt: String
    var facts: AnswerFacts
}

extension StepServices {
    fileprivate func cost(of usage: TokenUsage, _ price: OnlinePrice) -> Money? {
        prices.cost(of: usage, model: price.model, isTuned: price.isTuned, at: price.provider, by: .online)
    }

    /// The unrecorded cost of online answers, including those of a killed run; `nil` if there is none or the price is
    /// unknown. The receipts of a journal that was started over differ, because its first line differs.
    /// - Parameters:
    ///   - answers: all online answers of a journal, in order of arrival.
    ///   - way: the first word of the receipts.
    func owed(
        _ answers: [JournalledAnswer], _ price: OnlinePrice, way: String, _ context: StepContext
    ) throws -> OwedAnswers? {
        guard let first = answers.first else { return nil }
        let facts = AnswerFacts(answers, estimate: estimatedUsage(context.step))
        let prefix = way + ":" + Digest(of: try JSONValue(encoding: first).canonical).short + ":"
        guard let cost = cost(of: facts.usage, price) else { return nil }
        let open = cost - (try spending.spent(receipts: prefix))
        return open > .zero ? OwedAnswers(cost: open, receipt: prefix + String(answers.count), facts: facts) : nil
    }
}
