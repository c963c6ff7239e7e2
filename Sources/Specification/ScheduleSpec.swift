// Learning rate schedules.

/// A learning rate schedule, advanced once per epoch; epoch `e` counts from 0. Its length is independent of the
/// number of epochs, so that extending a training reuses the existing epochs.
package enum ScheduleSpec: Hashable, Sendable, Codable {
    case constant
    /// `rate * gamma ** (e / every)`, with integer division.
    case step(every: Int, gamma: Double)
    /// `minimum + (rate - minimum) * (1 + cos(pi * e / epochs)) / 2`.
    case cosine(epochs: Int, minimum: Double)
}

/// A linear increase of the learning rate from `start` times its value to its full value, step by step over the first
/// epochs.
package struct WarmupSpec: Hashable, Sendable, Codable {
    /// The length of the warmup in epochs.
    package var epochs: Int
    /// The initial factor of the learning rate, 0 to 1.
    package var start: Double

    /// - Parameter start: the initial factor of the learning rate.
    package init(epochs: Int, start: Double = 0) {
        self.epochs = epochs
        self.start = start
    }
}

/// Freezes all layers except the last ones during the first epochs.
package struct FreezeSpec: Hashable, Sendable, Codable {
    /// The number of epochs with frozen layers.
    package var epochs: Int
    /// The number of last layers with weights that are trained while the others are frozen.
    package var except: Int

    /// - Parameter except: the number of last layers that are not frozen.
    package init(epochs: Int, except: Int = 1) {
        self.epochs = epochs
        self.except = except
    }
}
