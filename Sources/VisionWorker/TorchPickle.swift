// Reads the part of Python's pickle language that weights need, and calls nothing.

import Foundation

/// The tensors that a pickle of PyTorch describes: which part of which storage, in what shape.
///
/// Only plain containers, numbers, texts and PyTorch's tensors are understood. Any other global, such as a
/// function that a hostile file wants called, is an error that names it; nothing in the file is ever executed.
/// Containers live in one flat list, so that neither cycles nor deep nesting can harm.
struct TorchPickle {
    /// A storage: raw values, kept outside of the pickle under its key.
    struct Storage: Hashable {
        var key: String
        var kind: StoredTensor.Kind
        var count: Int
    }

    struct TensorView: Hashable {
        var storage: Storage
        var offset: Int
        var shape: [Int]
        var strides: [Int]
    }

    private enum Value {
        case none
        case bool(Bool)
        case int(Int)
        case float
        case text(String)
        /// Index into `containers`.
        case list(Int)
        case tuple(Int)
        case dictionary(Int)
        case callable(Callable)
        case storageKind(StoredTensor.Kind)
        case storage(Storage)
        case tensor(TensorView)
        case mark
    }

    private enum Callable {
        case orderedDictionary
        case rebuildTensor
        case rebuildParameter
    }

    private struct Container {
        var values: [Value] = []
        var keys: [Value] = []
    }

    /// More than any tensor has: a tuple that thousands of tensors share must not be copied for each at any length.
    private static let dimensions = 16

    private let data: Data
    private var position: Int
    private var stack: [Value] = []
    private var memo: [Int: Value] = [:]
    private var containers: [Container] = []

    private init(_ data: Data, at position: Int) {
        self.data = data
        self.position = position
    }

    /// What one pickle holds.
    enum Content {
        case integer(Int)
        case texts([String])
        case tensors([String: TensorView])
        case other
    }

    /// Reads one pickle that starts at `position`, and moves it behind the pickle's end.
    static func read(_ data: Data, at position: inout Int) throws(WeightsError) -> Content {
        var pickle = TorchPickle(data, at: position)
        let value = try pickle.run()
        position = pickle.position
        return try pickle.content(of: value)
    }

    // Bytes

    private mutating func byte() throws(WeightsError) -> UInt8 {
        guard position < data.count else { throw .malformed("the pickle ends in its middle") }
        defer { position += 1 }
        return data[data.startIndex + position]
    }

    private mutating func integer(bytes: Int) throws(WeightsError) -> Int {
        var value = 0
        for index in 0..<bytes { value |= Int(try byte()) << (8 * index) }
        return value
    }

    private mutating func text(length: Int) throws(WeightsError) -> String {
        guard length >= 0, length <= data.count - position else {
            throw .malformed("the pickle has a text longer than the file")
        }
        let start = data.startIndex + position
        position += length
        guard let text = String(data: data[start..<(start + length)], encoding: .utf8) else {
            throw .malformed("the pickle has a text that is not UTF-8")
        }
        return text
    }

    private mutating func line() throws(WeightsError) -> String {
        var bytes: [UInt8] = []
        while case let next = try byte(), next != UInt8(ascii: "\n") {
            guard bytes.count < 200 else { throw .malformed("the pickle has a name that is too long") }
            bytes.append(next)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // Stack

    private mutating func pop() throws(WeightsError) -> Value {
        guard let value = stack.popLast() else { throw .malformed("the pickle takes more than it has put") }
        return value
    }

    private mutating func popToMark() throws(WeightsError) -> [Value] {
        guard let mark = stack.lastIndex(where: { if case .mark = $0 { true } else { false } }) else {
            throw .malformed("the pickle misses a mark")
        }
        let values = Array(stack[(mark + 1)...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func container(_ values: [Value]) -> Int {
        containers.append(Container(values: values))
        return containers.count - 1
    }

    private mutating func remember(_ index: Int) throws(WeightsError) {
        guard let last = stack.last else { throw .malformed("the pickle remembers nothing") }
        memo[index] = last
    }

    private func remembered(_ index: Int) throws(WeightsError) -> Value {
        guard let value = memo[index] else { throw .malformed("the pickle recalls what it has not remembered") }
        return value
    }

    // The machine; opcodes as in CPython's pickletools.

    private mutating func run() throws(WeightsError) -> Value {
        guard try byte() == 0x80, try byte() == 2 else { throw .malformed("not a pickle of protocol 2") }
        while true {
            let opcode = try byte()
            switch opcode {
            case UInt8(ascii: "."):
                return try pop()
            case UInt8(ascii: "("): stack.append(.mark)
            case UInt8(ascii: "N"): stack.append(.none)
            case 0x88: stack.append(.bool(true))
            case 0x89: stack.append(.bool(false))
            case UInt8(ascii: "K"): stack.append(.int(try integer(bytes: 1)))
            case UInt8(ascii: "M"): stack.append(.int(try integer(bytes: 2)))
            case UInt8(ascii: "J"):
                let value = try integer(bytes: 4)
                stack.append(.int(Int(Int32(truncatingIfNeeded: value))))
            case 0x8A: stack.append(.int(try long()))
            case UInt8(ascii: "G"):
                position += 8
                guard position <= data.count else { throw .malformed("the pickle ends in its middle") }
                stack.append(.float)
            case UInt8(ascii: "X"): stack.append(.text(try text(length: try integer(bytes: 4))))
            case UInt8(ascii: "T"): stack.append(.text(try text(length: try integer(bytes: 4))))
            case UInt8(ascii: "U"): stack.append(.text(try text(length: try integer(bytes: 1))))
            case UInt8(ascii: "]"): stack.append(.list(container([])))
            case UInt8(ascii: "}"): stack.append(.dictionary(container([])))
            case UInt8(ascii: ")"): stack.append(.tuple(container([])))
            case 0x85, 0x86, 0x87:
                let size = Int(opcode) - 0x84
                guard stack.count >= size else { throw .malformed("the pickle takes more than it has put") }
                let values = Array(stack.suffix(size))
                stack.removeLast(size)
                stack.append(.tuple(container(values)))
            case UInt8(ascii: "t"): stack.append(.tuple(container(try popToMark())))
            case UInt8(ascii: "q"): try remember(try integer(bytes: 1))
            case UInt8(ascii: "r"): try remember(try integer(bytes: 4))
            case UInt8(ascii: "h"): stack.append(try remembered(try integer(bytes: 1)))
            case UInt8(ascii: "j"): stack.append(try remembered(try integer(bytes: 4)))
            case UInt8(ascii: "a"): try append([try pop()])
            case UInt8(ascii: "e"): try append(try popToMark())
            case UInt8(ascii: "s"):
                let value = try pop()
                try set([try pop(), value])
            case UInt8(ascii: "u"): try set(try popToMark())
            case UInt8(ascii: "c"): stack.append(try global(module: try line(), name: try line()))
            case UInt8(ascii: "Q"): try openStorage()
            case UInt8(ascii: "R"): try call()
            case UInt8(ascii: "b"):
                // The attributes of an ordered dictionary (`_metadata`): nothing that weights need.
                _ = try pop()
                guard case .dictionary? = stack.last else {
                    throw .malformed("the pickle sets attributes of what is no dictionary")
                }
            default:
                let code = String(opcode, radix: 16)
                throw .malformed("the pickle uses the instruction 0x\(code), which weights do not need")
            }
        }
    }

    private mutating func long() throws(WeightsError) -> Int {
        let size = Int(try byte())
        var bytes: [UInt8] = []
        for _ in 0..<size { bytes.append(try byte()) }
        guard size > 0 else { return 0 }
        guard size <= 8 else {
            // Only the stream's magic number is that long; it is told by its low bytes.
            return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        var value = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        if size < 8, let last = bytes.last, last >= 0x80 { value -= 1 << (8 * size) }
        return value
    }

    private mutating func append(_ values: [Value]) throws(WeightsError) {
        guard case .list(let index)? = stack.last else { throw .malformed("the pickle appends to what is no list") }
        containers[index].values += values
    }

    private mutating func set(_ pairs: [Value]) throws(WeightsError) {
        guard case .dictionary(let index)? = stack.last, pairs.count % 2 == 0 else {
            throw .malformed("the pickle sets members of what is no dictionary")
        }
        for start in stride(from: 0, to: pairs.count, by: 2) {
            containers[index].keys.append(pairs[start])
            containers[index].values.append(pairs[start + 1])
        }
    }

    private func global(module: String, name: String) throws(WeightsError) -> Value {
        switch (module, name) {
        case ("collections", "OrderedDict"): return .callable(.orderedDictionary)
        case ("torch._utils", "_rebuild_tensor_v2"): return .callable(.rebuildTensor)
        case ("torch._utils", "_rebuild_parameter"): return .callable(.rebuildParameter)
        case ("torch", "FloatStorage"): return .storageKind(.float32)
        case ("torch", "DoubleStorage"): return .storageKind(.float64)
        case ("torch", "HalfStorage"): return .storageKind(.float16)
        case ("torch", "BFloat16Storage"): return .storageKind(.bfloat16)
        case ("torch", "LongStorage"): return .storageKind(.int64)
        case ("torch", "IntStorage"): return .storageKind(.int32)
        case ("torch", "ShortStorage"): return .storageKind(.int16)
        case ("torch", "CharStorage"): return .storageKind(.int8)
        case ("torch", "ByteStorage"): return .storageKind(.uint8)
        case ("torch", "BoolStorage"): return .storageKind(.bool)
        default: throw .malformed("the pickle names '\(module).\(name)', which is no part of weights and is not called")
        }
    }

    /// A persistent id: `('storage', kind, key, place, count)`.
    private mutating func openStorage() throws(WeightsError) {
        guard case .tuple(let index) = try pop(), containers[index].values.count >= 5,
            case .text("storage") = containers[index].values[0],
            case .storageKind(let kind) = containers[index].values[1],
            case .text(let key) = containers[index].values[2],
            case .int(let count) = containers[index].values[4], count >= 0
        else { throw .malformed("the pickle has a storage that is not described as PyTorch does") }
        stack.append(.storage(Storage(key: key, kind: kind, count: count)))
    }

    private mutating func call() throws(WeightsError) {
        guard case .tuple(let index) = try pop(), case .callable(let callable) = try pop() else {
            throw .malformed("the pickle calls what is no part of weights")
        }
        let arguments = containers[index].values
        switch callable {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw .malformed("the pickle makes an ordered dictionary of a list") }
            stack.append(.dictionary(container([])))
        case .rebuildTensor:
            guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
                let shape = integers(arguments[2]), let strides = integers(arguments[3])
            else { throw .malformed("the pickle has a tensor that is not described as PyTorch does") }
            stack.append(.tensor(TensorView(storage: storage, offset: offset, shape: shape, strides: strides)))
        case .rebuildParameter:
            guard case .tensor? = arguments.first, let tensor = arguments.first else {
                throw .malformed("the pickle has a parameter without a tensor")
            }
            stack.append(tensor)
        }
    }

    /// A shape or its strides: a few integers.
    private func integers(_ value: Value) -> [Int]? {
        guard case .tuple(let index) = value, containers[index].values.count <= Self.dimensions else { return nil }
        var result: [Int] = []
        for value in containers[index].values {
            guard case .int(let integer) = value else { return nil }
            result.append(integer)
        }
        return result
    }

    // Meaning

    private func content(of value: Value) throws(WeightsError) -> Content {
        switch value {
        case .int(let integer): return .integer(integer)
        case .list(let index):
            var texts: [String] = []
            for value in containers[index].values {
                guard case .text(let text) = value else { return .other }
                texts.append(text)
            }
            return .texts(texts)
        case .dictionary(let index):
            if let tensors = tensors(in: index) { return .tensors(tensors) }
            // Training scripts keep the weights one level down.
            var tried: Set<Int> = []
            for (key, value) in zip(containers[index].keys, containers[index].values) {
                guard case .text(let name) = key, ["state_dict", "model"].contains(name),
                    case .dictionary(let inner) = value, tried.insert(inner).inserted,
                    let tensors = tensors(in: inner)
                else { continue }
                return .tensors(tensors)
            }
            return .other
        default: return .other
        }
    }

    private func tensors(in container: Int) -> [String: TensorView]? {
        var result: [String: TensorView] = [:]
        for (key, value) in zip(containers[container].keys, containers[container].values) {
            if case .text(let name) = key, case .tensor(let view) = value { result[name] = view }
        }
        return result.isEmpty ? nil : result
    }
}

extension TorchPickle.TensorView {
    /// The view's values out of its storage's bytes, in row-major order.
    func stored(in bytes: Data) throws(WeightsError) -> StoredTensor {
        let width = storage.kind.bytes
        guard storage.count <= bytes.count / width else {
            throw .malformed("storage '\(storage.key)' has \(bytes.count) bytes, \(storage.count) values are promised")
        }
        guard shape.count == strides.count, offset >= 0, let count = StoredTensor.count(of: shape),
            count <= storage.count
        else { throw .malformed("a tensor of storage '\(storage.key)' is larger than it") }
        var last = offset
        for (size, stride) in zip(shape, strides) where count > 0 {
            let (span, overflows) = (size - 1).multipliedReportingOverflow(by: stride)
            guard stride >= 0, !overflows, last <= storage.count, span <= storage.count else {
                throw .malformed("a tensor of storage '\(storage.key)' reaches outside of it")
            }
            last += span
        }
        guard count == 0 || last < storage.count else {
            throw .malformed("a tensor of storage '\(storage.key)' reaches outside of it")
        }
        return StoredTensor(kind: storage.kind, shape: shape, bytes: gathered(bytes, count: count, width: width))
    }

    private func gathered(_ bytes: Data, count: Int, width: Int) -> Data {
        guard count > 0 else { return Data() }
        var step = 1
        var isContiguous = true
        for (size, stride) in zip(shape, strides).reversed() {
            if size > 1, stride != step { isContiguous = false }
            step *= size
        }
        let start = bytes.startIndex
        if isContiguous { return bytes[(start + offset * width)..<(start + (offset + count) * width)] }
        var result = Data(capacity: count * width)
        var index = [Int](repeating: 0, count: shape.count)
        for _ in 0..<count {
            let at = start + (offset + zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }) * width
            result.append(bytes[at..<(at + width)])
            for dimension in shape.indices.reversed() {
                index[dimension] += 1
                if index[dimension] < shape[dimension] { break }
                index[dimension] = 0
            }
        }
        return result
    }
}
