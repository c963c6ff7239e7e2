// How the learning rate changes from epoch to epoch.

/// A schedule, stepped once an epoch; epoch `e` counts from 0. It has its own length, so that training longer than
/// planned keeps the epochs that are there.
package enum ScheduleSpec: Hashable, Sendable, Codable {
    case constant
    /// `rate * gamma ** (e / every)`, whole division.
    case step(every: Int, gamma: Double)
    /// `minimum + (rate - minimum) * (1 + cos(pi * e / epochs)) / 2`.
    case cosine(epochs: Int, minimum: Double)
}

/// A linear rise of the learning rate from `start` times to once its value, over the first epochs, step by step.
package struct WarmupSpec: Hashable, Sendable, Codable {
    package var epochs: Int
    package var start: Double

    package init(epochs: Int, start: Double = 0) {
        self.epochs = epochs
        self.start = start
    }
}

/// Holds all layers but the last ones still for the first epochs.
package struct FreezeSpec: Hashable, Sendable, Codable {
    package var epochs: Int
    /// How many of the last layers with weights are trained meanwhile.
    package var except: Int

    package init(epochs: Int, except: Int = 1) {
        self.epochs = epochs
        self.except = except
    }
}
