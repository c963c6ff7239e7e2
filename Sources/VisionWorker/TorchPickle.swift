// Parses the subset of Python's pickle format that weights need, without executing anything.

import Foundation

/// The tensors described by a PyTorch pickle: storage, offset and shape of each.
///
/// It interprets plain containers, numbers, texts and PyTorch's tensors. It skips the harmless objects that training
/// scripts store with weights (``TorchPickle/harmless``) without creating them. Any other global, such as a function
/// that a hostile file wants called, is an error that names it; nothing in the file is ever executed. Containers are
/// stored in one flat list, so cycles and deep nesting are safe.
struct TorchPickle {
    /// A storage: raw values outside of the pickle, by key.
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
        /// A harmless object without interpretation.
        case opaque
        case mark

        /// A tuple as a list, because pairs can be either.
        var asList: Value { if case .tuple(let index) = self { .list(index) } else { self } }
    }

    private enum Callable {
        case orderedDictionary
        case rebuildTensor
        case rebuildParameter
        case opaque
    }

    private struct Container {
        var values: [Value] = []
        var keys: [Value] = []
    }

    /// An upper bound on the rank of a tensor. It limits the cost of copying a tuple that thousands of tensors share.
    private static let dimensions = 16

    private let data: Data
    private var position: Int
    private var stack: [Value] = []
    private var memo: [Int: Value] = [:]
    private var containers: [Container] = []
    private var storages: [String: Storage] = [:]

    private init(_ data: Data, at position: Int) {
        self.data = data
        self.position = position
    }

    /// The contents of one pickle.
    enum Content {
        case integer(Int)
        case texts([String])
        /// Every tensor set with its path, and all storages by key, including those of other tensors.
        case tensors([TensorSet], storages: [String: Storage])
        case other
    }

    /// The tensors in one dictionary.
    struct TensorSet: Hashable {
        /// The keys that lead to the dictionary, joined by dots; empty for the outermost.
        var path: String
        var views: [String: TensorView]
    }

    /// The supported versions of the pickle protocol.
    static let protocols: ClosedRange<UInt8> = 2...5

    /// Parses one pickle that starts at `position`, and advances it past the pickle's end.
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
        guard let value = stack.popLast() else { throw .malformed("stack underflow in the pickle") }
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
        guard let last = stack.last else { throw .malformed("the pickle stores to its memo from an empty stack") }
        memo[index] = last
    }

    private func remembered(_ index: Int) throws(WeightsError) -> Value {
        guard let value = memo[index] else { throw .malformed("the pickle reads an unknown memo entry") }
        return value
    }

    // The stack machine; opcodes as in CPython's pickletools.

    private mutating func run() throws(WeightsError) -> Value {
        guard try byte() == 0x80, Self.protocols.contains(try byte()) else {
            throw .malformed("not a pickle of the protocols 2 to 5")
        }
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
            case 0x8A: stack.append(.int(try long(size: Int(try byte()))))
            case UInt8(ascii: "G"):
                position += 8
                guard position <= data.count else { throw .malformed("the pickle ends in its middle") }
                stack.append(.float)
            case UInt8(ascii: "X"): stack.append(.text(try text(length: try integer(bytes: 4))))
            case UInt8(ascii: "U"): stack.append(try bytesOrText(length: try integer(bytes: 1)))
            case UInt8(ascii: "T"): stack.append(try bytesOrText(length: try integer(bytes: 4)))
            case 0x8C: stack.append(.text(try text(length: try integer(bytes: 1))))
            case 0x8D: stack.append(.text(try text(length: try size())))
            case UInt8(ascii: "C"): stack.append(try skipped(try integer(bytes: 1)))
            case UInt8(ascii: "B"): stack.append(try skipped(try integer(bytes: 4)))
            case 0x8E, 0x96: stack.append(try skipped(try size()))
            case 0x8F: stack.append(.list(container([])))
            case 0x90: try append(try popToMark())
            case 0x91:
                _ = try popToMark()
                stack.append(.opaque)
            case UInt8(ascii: "0"): _ = try pop()
            case UInt8(ascii: "1"): _ = try popToMark()
            case UInt8(ascii: "2"):
                guard let last = stack.last else { throw .malformed("the pickle duplicates the top of an empty stack") }
                stack.append(last)
            case 0x94: try remember(memo.count)
            // A frame only declares the length of the following data.
            case 0x95: _ = try size()
            case UInt8(ascii: "]"): stack.append(.list(container([])))
            case UInt8(ascii: "}"): stack.append(.dictionary(container([])))
            case UInt8(ascii: ")"): stack.append(.tuple(container([])))
            case 0x85, 0x86, 0x87:
                let size = Int(opcode) - 0x84
                guard stack.count >= size else { throw .malformed("stack underflow in the pickle") }
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
            case 0x93:
                guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                    throw .malformed("the pickle refers to a global without a name")
                }
                stack.append(try global(module: module, name: name))
            case UInt8(ascii: "Q"): try openStorage()
            case UInt8(ascii: "R"), 0x81: try call()
            case 0x92:
                _ = try pop()
                try call()
            case UInt8(ascii: "b"):
                // Attributes of an ordered dictionary (`_metadata`) or of a harmless object; weights do not need
                // them.
                _ = try pop()
                switch stack.last {
                case .dictionary, .opaque: break
                default: throw .malformed("the pickle sets attributes of an object that is not a dictionary")
                }
            default:
                let code = String(opcode, radix: 16)
                throw .malformed("the pickle uses the instruction 0x\(code), which weights do not need")
            }
        }
    }

    /// A length of eight bytes.
    private mutating func size() throws(WeightsError) -> Int {
        var value = UInt64(0)
        for index in 0..<8 { value |= UInt64(try byte()) << (8 * UInt64(index)) }
        guard let size = Int(exactly: value) else { throw .malformed("the pickle has a text longer than the file") }
        return size
    }

    /// Skips bytes.
    private mutating func skipped(_ length: Int) throws(WeightsError) -> Value {
        guard length >= 0, length <= data.count - position else {
            throw .malformed("the pickle has a text longer than the file")
        }
        position += length
        return .opaque
    }

    /// Python 2 strings may be bytes, for example those of a number.
    private mutating func bytesOrText(length: Int) throws(WeightsError) -> Value {
        let start = position
        let value = try skipped(length)
        let bytes = data[(data.startIndex + start)..<(data.startIndex + position)]
        return String(data: bytes, encoding: .utf8).map { .text($0) } ?? value
    }

    private mutating func long(size: Int) throws(WeightsError) -> Int {
        var bytes: [UInt8] = []
        for _ in 0..<size { bytes.append(try byte()) }
        guard size > 0 else { return 0 }
        guard size <= 8 else {
            // Only the stream's magic number is that long; its low bytes identify it.
            return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        var value = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        if size < 8, let last = bytes.last, last >= 0x80 { value -= 1 << (8 * size) }
        return value
    }

    private mutating func append(_ values: [Value]) throws(WeightsError) {
        switch stack.last {
        case .list(let index): containers[index].values += values
        case .opaque: break
        default: throw .malformed("the pickle appends to an object that is not a list")
        }
    }

    private mutating func set(_ pairs: [Value]) throws(WeightsError) {
        if case .opaque? = stack.last { return }
        guard case .dictionary(let index)? = stack.last, pairs.count % 2 == 0 else {
            throw .malformed("the pickle sets members of an object that is not a dictionary")
        }
        for start in stride(from: 0, to: pairs.count, by: 2) {
            containers[index].keys.append(pairs[start])
            containers[index].values.append(pairs[start + 1])
        }
    }

    private func global(module: String, name: String) throws(WeightsError) -> Value {
        switch (module, name) {
        case ("collections", "OrderedDict"), ("collections", "defaultdict"), ("collections", "Counter"),
            ("lightning_fabric.utilities.data", "AttributeDict"), ("lightning.fabric.utilities.data", "AttributeDict"),
            ("pytorch_lightning.utilities.parsing", "AttributeDict"):
            return .callable(.orderedDictionary)
        case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"): return .callable(.rebuildTensor)
        case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
            return .callable(.rebuildParameter)
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
        default:
            guard Self.harmless[module]?.contains(name) ?? false else {
                throw .malformed(
                    "the pickle names '\(module).\(name)', which weights do not need and which is not called: save only the weights "
                        + "with torch.save(model.state_dict(), path)")
            }
            return .callable(.opaque)
        }
    }

    /// Globals, by module, that training scripts store with weights: they create values and have no other effect.
    /// They are not created here either.
    private static let harmless: [String: Set<String>] = [
        "numpy": ["dtype", "ndarray", "float64", "float32", "float16", "int64", "int32", "bool_"],
        "numpy.core.multiarray": ["scalar", "_reconstruct"],
        "numpy._core.multiarray": ["scalar", "_reconstruct"],
        "numpy.core.numeric": ["_frombuffer"], "numpy._core.numeric": ["_frombuffer"],
        "numpy.dtypes": [
            "Float64DType", "Float32DType", "Float16DType", "Int64DType", "Int32DType", "BoolDType", "UInt8DType",
        ],
        "argparse": ["Namespace"], "types": ["SimpleNamespace"],
        "copyreg": ["_reconstructor"], "copy_reg": ["_reconstructor"],
        "builtins": builtins, "__builtin__": builtins, "_codecs": ["encode"],
        "datetime": ["datetime", "date", "time", "timedelta", "timezone"],
        "pathlib": ["PosixPath", "PurePosixPath", "Path", "WindowsPath", "PureWindowsPath"],
        "pathlib._local": ["PosixPath", "PurePosixPath", "Path"],
        "decimal": ["Decimal"], "fractions": ["Fraction"], "uuid": ["UUID"],
        "torch": [
            "Size", "device", "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
            "bool", "strided", "channels_last", "contiguous_format",
        ],
        "torch.torch_version": ["TorchVersion"],
        "collections": ["deque"],
    ]

    private static let builtins: Set<String> = [
        "object", "set", "frozenset", "complex", "bytes", "bytearray", "int", "long", "float", "bool", "str", "unicode", "list",
        "tuple",
        "dict", "range", "slice",
    ]

    /// A persistent id: `('storage', kind, key, place, count)`.
    private mutating func openStorage() throws(WeightsError) {
        guard case .tuple(let index) = try pop(), containers[index].values.count >= 5,
            case .text("storage") = containers[index].values[0],
            case .storageKind(let kind) = containers[index].values[1],
            case .text(let key) = containers[index].values[2],
            case .int(let count) = containers[index].values[4], count >= 0
        else { throw .malformed("the pickle has a storage that is not described as PyTorch does") }
        let storage = Storage(key: key, kind: kind, count: count)
        storages[key] = storage
        stack.append(.storage(storage))
    }

    private mutating func call() throws(WeightsError) {
        let given = try pop()
        let called = try pop()
        if case .opaque = called {
            stack.append(.opaque)
            return
        }
        guard case .tuple(let index) = given, case .callable(let callable) = called else {
            throw .malformed("the pickle calls an object that weights do not need")
        }
        let arguments = containers[index].values
        switch callable {
        case .orderedDictionary:
            // Some have their items as one list of pairs; a default dictionary has the factory of its values.
            let dictionary = container([])
            stack.append(.dictionary(dictionary))
            guard case .list(let list)? = arguments.first else { break }
            for pair in containers[list].values {
                guard case .list(let index) = pair.asList, containers[index].values.count == 2 else {
                    throw .malformed("the pickle creates an ordered dictionary from items that are not pairs")
                }
                containers[dictionary].keys.append(containers[index].values[0])
                containers[dictionary].values.append(containers[index].values[1])
            }
        case .opaque: stack.append(.opaque)
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
            let sets = sets(from: index)
            return sets.isEmpty ? .other : .tensors(sets, storages: storages)
        default: return .other
        }
    }

    /// Maximum nesting depth at which training scripts store weights among other data.
    private static let depth = 4

    /// Every dictionary with named tensors that is reachable through text keys; if there are several paths, the
    /// shortest.
    private func sets(from root: Int) -> [TensorSet] {
        var sets: [TensorSet] = []
        var seen: Set<Int> = [root]
        var level = [(path: "", index: root)]
        for _ in 0..<Self.depth where !level.isEmpty {
            var next: [(path: String, index: Int)] = []
            for (path, index) in level {
                if let views = tensors(in: index) { sets.append(TensorSet(path: path, views: views)) }
                for (key, value) in zip(containers[index].keys, containers[index].values) {
                    guard case .text(let name) = key, case .dictionary(let inner) = value, seen.insert(inner).inserted
                    else { continue }
                    next.append((path.isEmpty ? name : "\(path).\(name)", inner))
                }
            }
            level = next
        }
        return sets
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
    /// Copies the view's values from its storage's bytes, in row-major order.
    func stored(in bytes: Data) throws(WeightsError) -> StoredTensor {
        let width = storage.kind.bytes
        guard storage.count <= bytes.count / width else {
            throw .malformed("storage '\(storage.key)' has \(bytes.count) bytes, \(storage.count) values are declared")
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
