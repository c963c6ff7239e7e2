// A network as a graph of ONNX operators (operator set 17, IR version 8), and its file.

import Foundation

/// A graph under construction. Field numbers are those of onnx.proto.
struct ONNXGraph {
    /// An output of an operator.
    struct Value {
        var name: String
        /// The dimensions without the number of images.
        var shape: [Int]
    }

    /// An attribute of an operator.
    enum Attribute {
        case int(Int)
        case ints([Int])
        case float(Float)
    }

    static let operatorSet = 17
    private static let floatType = 1
    private static let int64Type = 7

    private let tensors: [String: StoredTensor]
    private var nodes: [Data] = []
    private var initializers: [Data] = []
    private var added: Set<String> = []

    /// - Parameter tensors: the network's tensors by name.
    init(tensors: [String: StoredTensor]) { self.tensors = tensors }

    /// The name of a tensor of the network, which becomes an initializer of that name.
    mutating func parameter(_ name: String) throws -> String {
        guard let tensor = tensors[name] else { throw WeightsError.missing([name]) }
        if added.insert(name).inserted { add(name, tensor.shape, ONNXGraph.floatType, tensor.bytes) }
        return name
    }

    /// The name of a list of integers.
    mutating func integers(_ values: [Int]) -> String {
        let name = "integers_" + values.map { $0 < 0 ? "m\(-$0)" : "\($0)" }.joined(separator: "_")
        if added.insert(name).inserted {
            add(name, [values.count], ONNXGraph.int64Type, values.map { Int64($0) }.withUnsafeBytes { Data($0) })
        }
        return name
    }

    /// The name of one integer without dimensions.
    mutating func index(_ value: Int) -> String {
        let name = "index_\(value)"
        if added.insert(name).inserted { add(name, [], ONNXGraph.int64Type, withUnsafeBytes(of: Int64(value)) { Data($0) }) }
        return name
    }

    /// The name of a number without dimensions.
    mutating func number(_ value: Float) -> String {
        let name = "number_\(value)"
        if added.insert(name).inserted { add(name, [], ONNXGraph.floatType, withUnsafeBytes(of: value) { Data($0) }) }
        return name
    }

    private mutating func add(_ name: String, _ shape: [Int], _ type: Int, _ bytes: Data) {
        var tensor = ProtobufWriter()
        for side in shape { tensor.add(1, side) }
        tensor.add(2, type)
        tensor.add(8, name)
        tensor.add(9, bytes)
        initializers.append(tensor.data)
    }

    /// Adds an operator and returns its output.
    /// - Parameter shape: the output's dimensions without the number of images.
    mutating func add(
        _ kind: String, _ inputs: [String], _ attributes: KeyValuePairs<String, Attribute> = [:], shape: [Int]
    ) -> Value {
        let name = "value_\(nodes.count)"
        var node = ProtobufWriter()
        for input in inputs { node.add(1, input) }
        node.add(2, name)
        node.add(3, "\(kind)_\(nodes.count)")
        node.add(4, kind)
        for (key, attribute) in attributes {
            node.add(5) { message in
                message.add(1, key)
                switch attribute {
                case .float(let value):
                    message.add(2, value)
                    message.add(20, 1)
                case .int(let value):
                    message.add(3, value)
                    message.add(20, 2)
                case .ints(let values):
                    for value in values { message.add(8, value) }
                    message.add(20, 7)
                }
            }
        }
        nodes.append(node.data)
        return Value(name: name, shape: shape)
    }

    static let inputName = "images"
    static let outputName = "logits"

    /// The file: a model with the input `images` and the output `logits`, each with a dynamic number of images.
    func file(input: [Int], output: Value, metadata: [String: String]) -> Data {
        var last = ProtobufWriter()
        last.add(1, output.name)
        last.add(2, ONNXGraph.outputName)
        last.add(3, "Identity_\(nodes.count)")
        last.add(4, "Identity")
        var model = ProtobufWriter()
        model.add(1, 8)
        model.add(2, "assay")
        model.add(7) { graph in
            for node in nodes + [last.data] { graph.add(1, node) }
            graph.add(2, "network")
            for initializer in initializers { graph.add(5, initializer) }
            graph.add(11) { ONNXGraph.describe(ONNXGraph.inputName, input, &$0) }
            graph.add(12) { ONNXGraph.describe(ONNXGraph.outputName, output.shape, &$0) }
        }
        model.add(8) { version in
            version.add(1, "")
            version.add(2, ONNXGraph.operatorSet)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            model.add(14) { entry in
                entry.add(1, key)
                entry.add(2, value)
            }
        }
        return model.data
    }

    private static func describe(_ name: String, _ shape: [Int], _ value: inout ProtobufWriter) {
        value.add(1, name)
        value.add(2) { type in
            type.add(1) { tensor in
                tensor.add(1, floatType)
                tensor.add(2) { dimensions in
                    dimensions.add(1) { $0.add(2, "images") }
                    for side in shape { dimensions.add(1) { $0.add(1, side) } }
                }
            }
        }
    }
}
