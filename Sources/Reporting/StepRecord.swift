// One step of the plan as it went, for the cost chart and the graph.

package import Basics

/// A step of the plan and what became of it.
package struct StepRecord: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case cached, ran, failed, blocked, waiting
    }

    /// A forecast of dollars.
    package struct Forecast: Hashable, Sendable, Codable {
        package var low: Money
        package var expected: Money
        package var high: Money

        package init(low: Money, expected: Money, high: Money) {
            self.low = low
            self.expected = expected
            self.high = high
        }
    }

    package var id: StepID
    /// The step's kind: `fine-tune`.
    package var kind: String
    package var state: State
    /// The time it took in this run; 0 when cached.
    package var seconds: Double
    /// What it was expected to cost were it to run; `nil` for steps without a price.
    package var forecast: Forecast?
    /// What making its result cost, whenever that was.
    package var cost: Money?
    /// Whether the cost was counted by an emulator.
    package var isEmulated: Bool
    /// The steps whose results it takes.
    package var after: [StepID]
    /// What failed, or what blocks it.
    package var message: String?

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
