// An architecture with its tensors.

import Foundation

/// A network: an architecture's layers and the values of their tensors.
package final class Network {
    let architecture: Architecture
    /// All tensors, in the order of the layers.
    package let declarations: [TensorDeclaration]
    private(set) var tensors: [String: Tensor] = [:]

    /// Creates a network with values drawn from the generator, in the order of the layers.
    package init(_ architecture: Architecture, generator: TorchGenerator) throws {
        self.architecture = architecture
        declarations = architecture.layers.tensors
        for declaration in declarations {
            let tensor = try Tensor.zeros(shape: declaration.shape).channelsLast()
            switch declaration.beginning {
            case .zeros: break
            case .ones: try tensor.write([Float](repeating: 1, count: tensor.count))
            case .normal(let deviation): try generator.fill(tensor, deviation: deviation)
            case .uniform(let bound): try generator.fill(tensor, bound: bound)
            case .constant(let value): try tensor.write([Float](repeating: Float(value), count: tensor.count))
            }
            tensors[declaration.name] = tensor
        }
    }

    /// The trainable tensors, in the order of the layers.
    package var parameters: [(name: String, tensor: Tensor)] {
        declarations.compactMap { declaration in
            guard !declaration.isBuffer, let tensor = tensors[declaration.name] else { return nil }
            return (declaration.name, tensor)
        }
    }

    /// The parameter names of the last `count` layers with parameters: `_fc.weight` and `_fc.bias` for one.
    package func parametersOfLastLayers(_ count: Int) -> Set<String> {
        func layer(_ name: String) -> Substring { name[..<(name.lastIndex(of: ".") ?? name.endIndex)] }
        var layers: [Substring] = []
        for (name, _) in parameters.reversed() where !layers.contains(layer(name)) { layers.append(layer(name)) }
        let last = Set(layers.prefix(count))
        return Set(parameters.map(\.name).filter { last.contains(layer($0)) })
    }

    /// Restores the values of a checkpoint written by this program, in which every tensor has its own name.
    ///
    /// - Throws: `WeightsError` for a tensor that is missing or has another shape or type.
    package func restore(_ stored: [String: StoredTensor]) throws {
        let missing = declarations.map(\.name).filter { stored[$0] == nil }
        guard missing.isEmpty else { throw WeightsError.missing(missing) }
        for declaration in declarations {
            guard let found = stored[declaration.name] else { continue }
            guard found.shape == declaration.shape else {
                throw WeightsError.shape(name: declaration.name, found: found.shape, needed: declaration.shape)
            }
            guard let values = found.floats() else {
                throw WeightsError.kind(name: declaration.name, found: found.kind.rawValue)
            }
            try write(values, to: declaration.name)
        }
    }

    func write(_ values: [Float], to name: String) throws { try tensors[name]?.write(values) }

    /// The current values, in storable form.
    package func stored() throws(TorchError) -> [String: StoredTensor] {
        var result: [String: StoredTensor] = [:]
        for declaration in declarations {
            guard let tensor = tensors[declaration.name] else { continue }
            result[declaration.name] = StoredTensor(try tensor.floats(), shape: declaration.shape)
        }
        return result
    }

    /// The logits of a batch. A generator makes it a training pass, which also updates the running statistics.
    package func forward(_ batch: Tensor, training generator: TorchGenerator? = nil) throws -> Tensor {
        try architecture.layers.forward(batch, ForwardPass(tensors: tensors, training: generator))
    }
}
