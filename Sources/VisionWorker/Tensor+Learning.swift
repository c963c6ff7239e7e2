// Gradients, losses and predictions of a batch.

import CTorch

extension Tensor {
    /// Marks the tensor as a parameter that `backward` computes a gradient for, or unmarks it.
    package func requireGradient(_ isRequired: Bool) { torch_require_gradient(reference, isRequired) }

    /// Computes the gradient of this scalar for every parameter that requires one.
    package func backward() throws(TorchError) { try Torch.check(torch_backward(reference)) }

    func gradient() throws(TorchError) -> Tensor? {
        guard torch_has_gradient(reference) else { return nil }
        return try .made { torch_gradient(reference, $0) }
    }

    /// The column of each row's largest value; the first one on a tie.
    func largestInRows() throws(TorchError) -> [Int] {
        let values = try floats()
        let columns = shape[1]
        return stride(from: 0, to: values.count, by: columns).map { start in
            var best = 0
            for column in 1..<columns where values[start + column] > values[start + best] { best = column }
            return best
        }
    }
}
