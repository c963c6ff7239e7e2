// Optimizers for network training.

/// An optimizer with PyTorch's definitions and defaults.
package enum OptimizerSpec: Hashable, Sendable, Codable {
    case adamw(AdamWSpec)
    case sgd(SGDSpec)

    /// The initial learning rate, before schedule and warmup.
    package var learningRate: Double {
        switch self {
        case .adamw(let spec): spec.learningRate
        case .sgd(let spec): spec.learningRate
        }
    }
}

/// AdamW: Adam with decoupled weight decay.
package struct AdamWSpec: Hashable, Sendable, Codable {
    /// The step size before schedule and warmup.
    package var learningRate: Double
    /// The decoupled weight decay, applied in proportion to the learning rate.
    package var weightDecay: Double
    /// The decay rate of the first moment, 0 to 1.
    package var beta1: Double
    /// The decay rate of the second moment, 0 to 1.
    package var beta2: Double
    /// The term added to the denominator for numerical stability.
    package var epsilon: Double

    /// All values but the learning rate default to PyTorch's.
    package init(
        learningRate: Double, weightDecay: Double = 0.01, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8
    ) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }
}

/// Stochastic gradient descent with optional momentum.
package struct SGDSpec: Hashable, Sendable, Codable {
    /// The step size before schedule and warmup.
    package var learningRate: Double
    /// The momentum factor; 0 for none.
    package var momentum: Double
    /// Whether the momentum is Nesterov's.
    package var nesterov: Bool
    /// The L2 penalty added to the gradient.
    package var weightDecay: Double

    /// All values but the learning rate default to PyTorch's.
    package init(learningRate: Double, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
    }
}
