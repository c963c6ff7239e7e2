// Updates a network's parameters from their gradients.

import CTorch
package import VisionProtocol

/// An optimizer with its state for each parameter.
package final class Optimizer {
    /// The state of one parameter: AdamW's two moments, or SGD's velocity alone.
    private struct State {
        var first: Tensor
        var second: Tensor?
        /// Number of updates of this parameter; frozen parameters have none.
        var steps = 0
    }

    private let recipe: OptimizerRecipe
    private let parameters: [(name: String, tensor: Tensor)]
    private var states: [String: State] = [:]

    /// Creates an optimizer with zeroed state for every parameter that needs it.
    package init(_ recipe: OptimizerRecipe, parameters: [(name: String, tensor: Tensor)]) throws {
        self.recipe = recipe
        self.parameters = parameters
        for (name, tensor) in parameters {
            switch recipe {
            case .adamw:
                let zeros = { try Tensor.zeros(shape: tensor.shape).channelsLast() }
                states[name] = State(first: try zeros(), second: try zeros())
            case .sgd(_, let momentum, _, _) where momentum != 0:
                states[name] = State(first: try Tensor.zeros(shape: tensor.shape).channelsLast())
            case .sgd: break
            }
        }
    }

    /// Updates every parameter that has a gradient, and clears the gradients.
    package func step(learningRate: Double) throws(TorchError) {
        for (name, tensor) in parameters where torch_has_gradient(tensor.reference) {
            let steps = (states[name]?.steps ?? 0) + 1
            states[name]?.steps = steps
            let state = states[name]
            switch recipe {
            case .adamw(_, let weightDecay, let beta1, let beta2, let epsilon):
                guard let state, let second = state.second else { continue }
                try Torch.check(
                    torch_adamw(
                        tensor.reference, state.first.reference, second.reference, Int64(steps), learningRate,
                        weightDecay, beta1, beta2, epsilon))
            case .sgd(_, let momentum, let nesterov, let weightDecay):
                try Torch.check(
                    torch_sgd(
                        tensor.reference, state?.first.reference, steps == 1, learningRate, momentum, nesterov,
                        weightDecay))
            }
            torch_clear_gradient(tensor.reference)
        }
    }

    /// The state, under names that no parameter has.
    package func stored() throws -> [String: StoredTensor] {
        var result: [String: StoredTensor] = [:]
        for (name, state) in states {
            result["optimizer.first.\(name)"] = StoredTensor(try state.first.floats(), shape: state.first.shape)
            if let second = state.second {
                result["optimizer.second.\(name)"] = StoredTensor(try second.floats(), shape: second.shape)
            }
        }
        result["optimizer.steps"] = StoredTensor(parameters.map { Int64(states[$0.name]?.steps ?? 0) })
        return result
    }

    /// Restores the state that `stored` returned.
    /// - Throws: `WeightsError` for a tensor that is missing or has another size or type.
    package func restore(_ stored: [String: StoredTensor]) throws {
        let steps = try Self.values(stored, "optimizer.steps", count: parameters.count) { $0.integers() }
        for (index, (name, _)) in parameters.enumerated() {
            guard var state = states[name] else { continue }
            state.steps = Int(steps[index])
            try state.first.write(
                Self.values(stored, "optimizer.first.\(name)", count: state.first.count) { $0.floats() })
            if let second = state.second {
                try second.write(Self.values(stored, "optimizer.second.\(name)", count: second.count) { $0.floats() })
            }
            states[name] = state
        }
    }

    private static func values<Value>(
        _ stored: [String: StoredTensor], _ name: String, count: Int, _ read: (StoredTensor) -> [Value]?
    ) throws(WeightsError) -> [Value] {
        guard let tensor = stored[name] else { throw .missing([name]) }
        guard let values = read(tensor) else { throw .kind(name: name, found: tensor.kind.rawValue) }
        guard values.count == count else { throw .shape(name: name, found: tensor.shape, needed: [count]) }
        return values
    }
}
