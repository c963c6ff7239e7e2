// The network of the text reader: convolutions over a line, and one column of outputs for each four pixels.

import CTorch
import Foundation
import VisionProtocol

/// Max pooling over neighbouring rows only, which keeps the positions of characters.
private struct RowPooling: Layer {
    var size: Int
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor { try x.maxPooledRows(size) }

    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        graph.add(
            "MaxPool", [x.name], ["kernel_shape": .ints([size, 1]), "strides": .ints([size, 1])],
            shape: [x.shape[0], x.shape[1] / size, x.shape[2]])
    }
}

/// A convolution over columns: its kernel covers all rows, which become one.
private struct ColumnConvolution: Layer {
    var name: String
    var inputs: Int
    var outputs: Int
    var rows: Int
    var columns: Int

    var tensors: [TensorDeclaration] {
        let bound = 1 / Double(inputs * rows * columns).squareRoot()
        return [
            TensorDeclaration(
                name: "\(name).weight", shape: [outputs, inputs, rows, columns], beginning: .uniform(bound))
        ]
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try x.padded(left: columns / 2, right: columns / 2, top: 0, bottom: 0)
            .convolved(pass.tensor("\(name).weight"), stride: 1, padding: 0, groups: 1)
    }

    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        graph.add(
            "Conv", [x.name, try graph.parameter("\(name).weight")],
            ["kernel_shape": .ints([rows, columns]), "pads": .ints([0, columns / 2, 0, columns / 2])],
            shape: [outputs, x.shape[1] - rows + 1, x.shape[2] + 2 * (columns / 2) - columns + 1])
    }
}

/// The reader's network with its tensors. Not thread-safe.
final class ReaderNetwork {
    /// The layer that has one row of weights for each character.
    static let classifier = "characters"
    private static let layers = LayerSequence(
        convolution(0, 1, 16) + [MaxPooling(size: 2)]
            + convolution(1, 16, 32) + [MaxPooling(size: 2)]
            + convolution(2, 32, 64) + [RowPooling(size: 2)]
            + convolution(3, 64, 80)
            + [
                ColumnConvolution(name: "columns.0.conv", inputs: 80, outputs: 96, rows: 4, columns: 3),
                normalization("columns.0.norm", 96), Activation.relu,
                ColumnConvolution(name: "columns.1.conv", inputs: 96, outputs: 96, rows: 1, columns: 5),
                normalization("columns.1.norm", 96), Activation.relu,
            ])
    /// Channels before the classifier.
    private static let width = 96

    let declarations: [TensorDeclaration]
    private(set) var tensors: [String: Tensor] = [:]
    private let body: LayerSequence

    private static func normalization(_ name: String, _ channels: Int) -> BatchNormalization {
        BatchNormalization(name: name, channels: channels, epsilon: 1e-5, momentum: 0.1)
    }

    private static func convolution(_ index: Int, _ inputs: Int, _ outputs: Int) -> [any Layer] {
        [
            Convolution(name: "features.\(index).conv", inputs: inputs, outputs: outputs, kernel: 3),
            normalization("features.\(index).norm", outputs), Activation.relu,
        ]
    }

    private static func body(outputs: Int) -> LayerSequence {
        LayerSequence(
            layers.layers + [
                Convolution(name: classifier, inputs: width, outputs: outputs, kernel: 1, hasBias: true)
            ])
    }

    /// A new network with values drawn from the generator.
    init(outputs: Int, generator: TorchGenerator) throws {
        body = Self.body(outputs: outputs)
        declarations = body.tensors
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

    /// The network of stored tensors. Outputs that the classifier's rows do not cover get the mean of all rows.
    ///
    /// - Throws: ``WeightsError`` for a tensor that is missing, of another type or shape.
    init(outputs: Int, stored: [String: StoredTensor]) throws {
        body = Self.body(outputs: outputs)
        declarations = body.tensors
        let missing = declarations.map(\.name).filter { stored[$0] == nil }
        guard missing.isEmpty else { throw WeightsError.missing(missing) }
        for declaration in declarations {
            guard let found = stored[declaration.name] else { continue }
            guard var values = found.floats() else {
                throw WeightsError.kind(name: declaration.name, found: found.kind.rawValue)
            }
            let isClassifier = declaration.name.hasPrefix(Self.classifier + ".")
            let fits =
                isClassifier
                ? found.shape.dropFirst() == declaration.shape.dropFirst()
                    && (2...declaration.shape[0]).contains(found.shape.first ?? 0)
                : found.shape == declaration.shape
            guard fits else {
                throw WeightsError.shape(name: declaration.name, found: found.shape, needed: declaration.shape)
            }
            if isClassifier { values = Self.extended(values, rows: found.shape[0], to: declaration.shape[0]) }
            tensors[declaration.name] = try Tensor(values, shape: declaration.shape).channelsLast()
        }
    }

    private static func extended(_ values: [Float], rows: Int, to count: Int) -> [Float] {
        guard count > rows else { return values }
        let width = values.count / rows
        // Without the blank, whose row differs from those of characters.
        let mean = (0..<width).map { column in
            (1..<rows).reduce(Float(0)) { $0 + values[$1 * width + column] } / Float(rows - 1)
        }
        return values + (rows..<count).flatMap { _ in mean }
    }

    var parameters: [(name: String, tensor: Tensor)] {
        declarations.compactMap { declaration in
            guard !declaration.isBuffer, let tensor = tensors[declaration.name] else { return nil }
            return (declaration.name, tensor)
        }
    }

    /// The current values, in storable form.
    func stored() throws(TorchError) -> [String: StoredTensor] {
        var result: [String: StoredTensor] = [:]
        for declaration in declarations {
            guard let tensor = tensors[declaration.name] else { continue }
            result[declaration.name] = StoredTensor(try tensor.floats(), shape: declaration.shape)
        }
        return result
    }

    /// The log-probabilities of each column, [columns, lines, outputs]. Narrower lines are padded with paper. With a
    /// generator, the pass also updates the running statistics of normalization.
    func forward(_ lines: [LinePicture], training generator: TorchGenerator? = nil) throws -> Tensor {
        let width = lines.map(\.width).max() ?? LinePicture.stride
        var values = [Float](repeating: 0, count: lines.count * LinePicture.height * width)
        values.withUnsafeMutableBufferPointer { values in
            for (index, line) in lines.enumerated() {
                line.ink.withUnsafeBufferPointer { ink in
                    for y in 0..<LinePicture.height {
                        let to = (index * LinePicture.height + y) * width
                        for x in 0..<line.width { values[to + x] = Float(ink[y * line.width + x]) / 255 }
                    }
                }
            }
        }
        let batch = try Tensor(values, shape: [lines.count, 1, LinePicture.height, width]).channelsLast()
        return try body.forward(batch, ForwardPass(tensors: tensors, training: generator)).columnLogSoftmax()
    }
}
