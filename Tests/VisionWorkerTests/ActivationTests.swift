// Activations return a new tensor.

import Testing

@testable import VisionWorker

@Suite(.serialized) struct ActivationTests {
    /// `activated` overwrote its input for some activations: a network that reads a value again after its activation,
    /// such as one with residual blocks, would have read a wrong one.
    @Test(arguments: Activation.allCases)
    func theInputKeepsItsValues(_ activation: Activation) throws {
        let values: [Float] = [-4, -1, -0.5, 0, 0.5, 1, 4, 8]
        try Torch.with(threads: 1, recordingGradients: false) {
            let input = try Tensor(values, shape: [1, 2, 2, 2])
            let first = try input.activated(activation).floats()
            #expect(try input.floats() == values)
            #expect(try input.activated(activation).floats() == first)
        }
    }
}
