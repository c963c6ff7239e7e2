// The numeric library's random number generator, with a storable state.

import CTorch

/// PyTorch's Mersenne Twister on the CPU, for initialization and dropout.
package final class TorchGenerator {
    let reference: TorchGeneratorRef

    /// Creates a generator; equal seeds give equal numbers.
    package init(seed: UInt64) throws(TorchError) {
        var reference: TorchGeneratorRef?
        try Torch.check(torch_make_generator(seed, &reference))
        guard let reference else { throw .failed("no generator was made") }
        self.reference = reference
    }

    deinit { torch_release_generator(reference) }

    /// The complete state, for checkpoints.
    package func state() throws(TorchError) -> [UInt8] {
        var size: Int64 = 0
        try Torch.check(torch_generator_state_size(reference, &size))
        var bytes = [UInt8](repeating: 0, count: Int(size))
        try Torch.check(torch_read_generator(reference, &bytes))
        return bytes
    }

    /// Restores a state returned by `state`.
    package func restore(_ state: [UInt8]) throws(TorchError) {
        try Torch.check(torch_write_generator(reference, state, Int64(state.count)))
    }

    func fill(_ tensor: Tensor, deviation: Double) throws(TorchError) {
        try Torch.check(torch_fill_normal(tensor.reference, deviation, reference))
    }

    func fill(_ tensor: Tensor, bound: Double) throws(TorchError) {
        try Torch.check(torch_fill_uniform(tensor.reference, bound, reference))
    }
}
