// Reads `.pth` files of PyTorch before 1.6: consecutive pickles, then the raw storages.

import Foundation

/// The older stream format: a magic number, a version, machine properties, the tensors, the storages' keys, and for
/// each key a count and its values.
enum TorchPickleStream {
    /// The low eight bytes of PyTorch's magic number 0x1950a86a20f9469cfc6c.
    private static let magic = Int(bitPattern: 0xA86A_20F9_469C_FC6C)
    private static let version = 1001

    static func weights(in data: Data) throws(WeightsError) -> StoredWeights {
        var position = 0
        guard case .integer(magic) = try TorchPickle.read(data, at: &position) else {
            throw .malformed("a pickle, but not of PyTorch's older stream")
        }
        guard case .integer(version) = try TorchPickle.read(data, at: &position) else {
            throw .malformed("PyTorch's older stream, but of an unknown version")
        }
        _ = try TorchPickle.read(data, at: &position)
        guard case .tensors(let sets, let kinds) = try TorchPickle.read(data, at: &position) else {
            throw .malformed("the pickle contains no named tensors")
        }
        guard case .texts(let keys) = try TorchPickle.read(data, at: &position) else {
            throw .malformed("the storages' keys are missing")
        }
        var storages: [String: Data] = [:]
        for key in keys {
            guard let storage = kinds[key] else {
                throw .malformed("storage '\(key)' belongs to no tensor, so that its size is unknown")
            }
            guard data.count - position >= 8 else { throw .malformed("the file ends before storage '\(key)'") }
            let start = data.startIndex + position
            let count = data[start..<(start + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            position += 8
            guard count == UInt64(storage.count), storage.count <= (data.count - position) / storage.kind.bytes else {
                throw .malformed("the file ends within storage '\(key)', or its size differs from the declared one")
            }
            let size = storage.count * storage.kind.bytes
            storages[key] = data[(start + 8)..<(start + 8 + size)]
            position += size
        }
        return try TorchArchive.weights(sets, fileSize: data.count) { storages[$0] }
    }
}
