// How a network's weights follow the gradient.

/// An optimizer with PyTorch's definitions and defaults.
package enum OptimizerSpec: Hashable, Sendable, Codable {
    case adamw(AdamWSpec)
    case sgd(SGDSpec)

    package var learningRate: Double {
        switch self {
        case .adamw(let spec): spec.learningRate
        case .sgd(let spec): spec.learningRate
        }
    }
}

/// AdamW (decoupled weight decay).
package struct AdamWSpec: Hashable, Sendable, Codable {
    package var learningRate: Double
    package var weightDecay: Double
    package var beta1: Double
    package var beta2: Double
    package var epsilon: Double

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

/// Stochastic gradient descent.
package struct SGDSpec: Hashable, Sendable, Codable {
    package var learningRate: Double
    package var momentum: Double
    package var nesterov: Bool
    package var weightDecay: Double

    package init(learningRate: Double, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
    }
}
