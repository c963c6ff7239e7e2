// The outcome of one plan step, for the cost chart and the plan graph.

package import Basics

/// A plan step and its outcome.
package struct StepRecord: Hashable, Sendable, Codable {
    /// The outcome of the step; raw values are used in stored results.
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case cached, ran, failed, blocked, waiting
    }

    /// A forecast cost range in dollars.
    package struct Forecast: Hashable, Sendable, Codable {
        /// The lower end of the range.
        package var low: Money
        /// The expected cost.
        package var expected: Money
        /// The upper end of the range.
        package var high: Money

        /// A forecast of the cost of running a step once.
        package init(low: Money, expected: Money, high: Money) {
            self.low = low
            self.expected = expected
            self.high = high
        }
    }

    /// The step's id in the plan.
    package var id: StepID
    /// The step's kind: `fine-tune`.
    package var kind: String
    /// The outcome of the step.
    package var state: State
    /// Duration in this run, in seconds; 0 if cached.
    package var seconds: Double
    /// The forecast cost of running the step; `nil` for steps without a price.
    package var forecast: Forecast?
    /// The cost of producing the step's result, in this run or an earlier one.
    package var cost: Money?
    /// Whether an emulator counted the cost.
    package var isEmulated: Bool
    /// The steps that this step depends on.
    package var after: [StepID]
    /// The error, or the reason why the step is blocked.
    package var message: String?

    /// The defaults describe a free step without dependencies.
    package init(
        id: StepID, kind: String, state: State, seconds: Double = 0, forecast: Forecast? = nil, cost: Money? = nil,
        isEmulated: Bool = false, after: [StepID] = [], message: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.seconds = seconds
        self.forecast = forecast
        self.cost = cost
        self.isEmulated = isEmulated
        self.after = after
        self.message = message
    }
}
