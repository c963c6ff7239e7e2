// An architecture with its tensors.

import Foundation

/// A network: the layers of an architecture and the values of their tensors.
package final class Network {
    let architecture: Architecture
    package let declarations: [TensorDeclaration]
    private(set) var tensors: [String: Tensor] = [:]

    /// A new network; the generator decides its values, in the order of the layers.
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
            }
            tensors[declaration.name] = tensor
        }
    }

    /// What is learned, in the order of the layers.
    package var parameters: [(name: String, tensor: Tensor)] {
        declarations.compactMap { declaration in
            guard !declaration.isBuffer, let tensor = tensors[declaration.name] else { return nil }
            return (declaration.name, tensor)
        }
    }

    /// The names of the parameters of the last `count` layers that have any: `_fc.weight` and `_fc.bias` of one.
    package func parametersOfLastLayers(_ count: Int) -> Set<String> {
        func layer(_ name: String) -> Substring { name[..<(name.lastIndex(of: ".") ?? name.endIndex)] }
        var layers: [Substring] = []
        for (name, _) in parameters.reversed() where !layers.contains(layer(name)) { layers.append(layer(name)) }
        let last = Set(layers.prefix(count))
        return Set(parameters.map(\.name).filter { last.contains(layer($0)) })
    }

    /// Takes the values of a file. With `replacingClassifier` the last layer keeps its new values where the
    /// file has it for other classes.
    ///
    /// - Returns: the names of the tensors that were not taken, as the file would call them.
    package func load(
        _ stored: [String: StoredTensor], replacingClassifier: Bool
    ) throws -> [String] {
        var missing: [String] = []
        var replaced: [String] = []
        let names = architecture.names(of: declarations.map(\.name), in: stored)
        for declaration in declarations {
            guard let tensor = tensors[declaration.name], let name = names[declaration.name] else { continue }
            let isReplaceable = replacingClassifier && architecture.isClassifier(declaration.name)
            guard let found = stored[name] else {
                if isReplaceable { replaced.append(name) } else { missing.append(name) }
                continue
            }
            guard found.shape == declaration.shape else {
                guard isReplaceable else {
                    throw WeightsError.shape(name: name, found: found.shape, needed: declaration.shape)
                }
                replaced.append(name)
                continue
            }
            guard let values = found.floats() else {
                throw WeightsError.kind(name: name, found: found.kind.rawValue)
            }
            try tensor.write(values)
        }
        guard missing.isEmpty else { throw WeightsError.missing(missing) }
        return replaced
    }

    /// The values as they are stored.
    package func stored() throws(TorchError) -> [String: StoredTensor] {
        var result: [String: StoredTensor] = [:]
        for declaration in declarations {
            guard let tensor = tensors[declaration.name] else { continue }
            result[declaration.name] = StoredTensor(try tensor.floats(), shape: declaration.shape)
        }
        return result
    }

    /// The logits of a batch. With a generator it is a training pass, which also updates the running statistics.
    package func forward(_ batch: Tensor, training generator: TorchGenerator? = nil) throws -> Tensor {
        try architecture.layers.forward(batch, ForwardPass(tensors: tensors, training: generator))
    }
}
