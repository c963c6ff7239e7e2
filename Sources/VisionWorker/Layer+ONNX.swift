// The layers as ONNX operators, in evaluation mode.

extension Convolution {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let (rows, columns) = (x.shape[1], x.shape[2])
        let pads: [Int]
        switch padding {
        case .none: pads = [0, 0, 0, 0]
        case .even: pads = Array(repeating: kernel / 2, count: 4)
        case .same:
            let (vertical, horizontal) = (samePadding(rows), samePadding(columns))
            pads = [vertical / 2, horizontal / 2, vertical - vertical / 2, horizontal - horizontal / 2]
        }
        var inputs = [x.name, try graph.parameter("\(name).weight")]
        if hasBias { inputs.append(try graph.parameter("\(name).bias")) }
        return graph.add(
            "Conv", inputs,
            [
                "kernel_shape": .ints([kernel, kernel]), "strides": .ints([stride, stride]), "pads": .ints(pads),
                "group": .int(groups),
            ],
            shape: [
                outputs, (rows + pads[0] + pads[2] - kernel) / stride + 1,
                (columns + pads[1] + pads[3] - kernel) / stride + 1,
            ])
    }
}

extension BatchNormalization {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let inputs = try ["weight", "bias", "running_mean", "running_var"].map { try graph.parameter("\(name).\($0)") }
        return graph.add("BatchNormalization", [x.name] + inputs, ["epsilon": .float(Float(epsilon))], shape: x.shape)
    }
}

extension LayerNormalization {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let inputs = try ["weight", "bias"].map { try graph.parameter("\(name).\($0)") }
        return graph.add(
            "LayerNormalization", [x.name] + inputs, ["axis": .int(-1), "epsilon": .float(Float(epsilon))], shape: x.shape)
    }
}

extension Linear {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        try graph.linear(x, weight: "\(name).weight", bias: "\(name).bias", outputs: outputs)
    }
}

extension ONNXGraph {
    /// `x W^T + b` over the last dimension.
    fileprivate mutating func linear(_ x: Value, weight: String, bias: String, outputs: Int) throws -> Value {
        let shape = x.shape.dropLast() + [outputs]
        let weight = try parameter(weight), bias = try parameter(bias)
        if x.shape.count == 1 { return add("Gemm", [x.name, weight, bias], ["transB": .int(1)], shape: Array(shape)) }
        let transposed = add("Transpose", [weight], ["perm": .ints([1, 0])], shape: [])
        let product = add("MatMul", [x.name, transposed.name], shape: Array(shape))
        return add("Add", [product.name, bias], shape: product.shape)
    }
}

extension Activation {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        switch self {
        case .relu: return graph.add("Relu", [x.name], shape: x.shape)
        case .relu6: return graph.add("Clip", [x.name, graph.number(0), graph.number(6)], shape: x.shape)
        case .hardSwish: return graph.add("HardSwish", [x.name], shape: x.shape)
        case .hardSigmoid:
            return graph.add("HardSigmoid", [x.name], ["alpha": .float(1.0 / 6), "beta": .float(0.5)], shape: x.shape)
        case .sigmoid: return graph.add("Sigmoid", [x.name], shape: x.shape)
        case .silu:
            let share = graph.add("Sigmoid", [x.name], shape: x.shape)
            return graph.add("Mul", [x.name, share.name], shape: x.shape)
        case .gelu:
            // x / 2 (1 + erf(x / sqrt 2)); the operator Gelu is younger than this operator set.
            let scaled = graph.add("Mul", [x.name, graph.number(Float(0.5.squareRoot()))], shape: x.shape)
            let error = graph.add("Erf", [scaled.name], shape: x.shape)
            let sum = graph.add("Add", [error.name, graph.number(1)], shape: x.shape)
            let product = graph.add("Mul", [x.name, sum.name], shape: x.shape)
            return graph.add("Mul", [product.name, graph.number(0.5)], shape: x.shape)
        }
    }
}

extension MaxPooling {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let step = stride ?? size
        return graph.add(
            "MaxPool", [x.name],
            [
                "kernel_shape": .ints([size, size]), "strides": .ints([step, step]),
                "pads": .ints(Array(repeating: padding, count: 4)),
            ],
            shape: [x.shape[0]] + x.shape[1...].map { ($0 + 2 * padding - size) / step + 1 })
    }
}

extension GlobalAverage {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let mean = graph.add("GlobalAveragePool", [x.name], shape: [x.shape[0], 1, 1])
        return graph.add("Flatten", [mean.name], ["axis": .int(1)], shape: [x.shape[0]])
    }
}

extension GlobalMaximum {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let largest = graph.add("GlobalMaxPool", [x.name], shape: [x.shape[0], 1, 1])
        return graph.add("Flatten", [largest.name], ["axis": .int(1)], shape: [x.shape[0]])
    }
}

extension Dropout {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value { x }
}

extension LayerSequence {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        try layers.reduce(x) { try $1.emit($0, into: &graph) }
    }
}

extension Residual {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let y = try body.emit(x, into: &graph)
        let other = try shortcut?.emit(x, into: &graph) ?? x
        return graph.add("Add", [y.name, other.name], shape: y.shape)
    }
}

extension SqueezeExcitation {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let mean = graph.add("GlobalAveragePool", [x.name], shape: [x.shape[0], 1, 1])
        let squeezed = try activation.emit(reduce.emit(mean, into: &graph), into: &graph)
        let weights = try gate.emit(expand.emit(squeezed, into: &graph), into: &graph)
        return graph.add("Mul", [weights.name, x.name], shape: x.shape)
    }
}

extension ChannelsAtEnd {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        graph.add(
            "Transpose", [x.name], ["perm": .ints(isForward ? [0, 2, 3, 1] : [0, 3, 1, 2])],
            shape: isForward ? [x.shape[1], x.shape[2], x.shape[0]] : [x.shape[2], x.shape[0], x.shape[1]])
    }
}

extension ChannelScale {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        graph.add("Mul", [x.name, try graph.parameter(name)], shape: x.shape)
    }
}

extension Tokens {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let count = x.shape[1] * x.shape[2]
        // A zero keeps the number of images.
        let flat = graph.add("Reshape", [x.name, graph.integers([0, channels, count])], shape: [channels, count])
        let tokens = graph.add("Transpose", [flat.name], ["perm": .ints([0, 2, 1])], shape: [count, channels])
        let images = graph.add("Shape", [tokens.name], ["start": .int(0), "end": .int(1)], shape: [])
        let shape = graph.add("Concat", [images.name, graph.integers([1, channels])], ["axis": .int(0)], shape: [])
        let first = graph.add("Expand", [try graph.parameter(name), shape.name], shape: [1, channels])
        return graph.add("Concat", [first.name, tokens.name], ["axis": .int(1)], shape: [count + 1, channels])
    }
}

extension PositionEmbedding {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        graph.add("Add", [x.name, try graph.parameter(name)], shape: x.shape)
    }
}

extension Attention {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        let tokens = x.shape[0], width = channels / heads
        let packed = try graph.linear(
            x, weight: "\(name).in_proj_weight", bias: "\(name).in_proj_bias", outputs: 3 * channels)
        let split = graph.add(
            "Reshape", [packed.name, graph.integers([0, tokens, 3, heads, width])], shape: [tokens, 3, heads, width])
        let parts = graph.add("Transpose", [split.name], ["perm": .ints([2, 0, 3, 1, 4])], shape: [])
        let shape = [heads, tokens, width]
        let queries = graph.add("Gather", [parts.name, graph.index(0)], ["axis": .int(0)], shape: shape)
        let keys = graph.add("Gather", [parts.name, graph.index(1)], ["axis": .int(0)], shape: shape)
        let values = graph.add("Gather", [parts.name, graph.index(2)], ["axis": .int(0)], shape: shape)
        let turned = graph.add("Transpose", [keys.name], ["perm": .ints([0, 1, 3, 2])], shape: [heads, width, tokens])
        let products = graph.add("MatMul", [queries.name, turned.name], shape: [heads, tokens, tokens])
        let scaled = graph.add(
            "Mul", [products.name, graph.number(Float(1 / Double(width).squareRoot()))], shape: products.shape)
        let shares = graph.add("Softmax", [scaled.name], ["axis": .int(-1)], shape: products.shape)
        let mixed = graph.add("MatMul", [shares.name, values.name], shape: shape)
        let together = graph.add("Transpose", [mixed.name], ["perm": .ints([0, 2, 1, 3])], shape: [tokens, heads, width])
        let flat = graph.add("Reshape", [together.name, graph.integers([0, tokens, channels])], shape: [tokens, channels])
        return try output.emit(flat, into: &graph)
    }
}

extension FirstToken {
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value {
        graph.add("Gather", [x.name, graph.index(0)], ["axis": .int(1)], shape: [x.shape[1]])
    }
}
