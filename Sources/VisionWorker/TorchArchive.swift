// Reads `.pth` files of PyTorch 1.6 and later: a zip archive with a pickle and raw storages.

import Foundation

/// The zip format: `<name>/data.pkl` and a file `<name>/data/<key>` for each storage, all uncompressed.
enum TorchArchive {
    static func weights(in data: Data) throws(WeightsError) -> StoredWeights {
        let zip = try StoredZip(data)
        guard let pickleName = zip.names.first(where: { $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }) else {
            throw .malformed("a zip archive without data.pkl")
        }
        let folder = pickleName.dropLast("data.pkl".count)
        if let order = try zip.bytes(of: folder + "byteorder"), order != Data("little".utf8) {
            throw .malformed("its numbers are not little-endian")
        }
        guard let pickle = try zip.bytes(of: pickleName) else { throw .malformed("data.pkl is missing") }
        var position = 0
        guard case .tensors(let sets, _) = try TorchPickle.read(pickle, at: &position) else {
            throw .malformed("data.pkl contains no named tensors")
        }
        var storages: [String: Data] = [:]
        for key in Set(sets.flatMap { $0.views.values.map(\.storage.key) }) {
            storages[key] = try zip.bytes(of: folder + "data/" + key)
        }
        return try weights(sets, fileSize: data.count) { storages[$0] }
    }

    /// Copies the views into storages to tensors.
    ///
    /// Views may share a storage, and repeated values are expanded. The total size is limited to 16 times the file's,
    /// so that a small file cannot exhaust the memory.
    static func weights(
        _ sets: [TorchPickle.TensorSet], fileSize: Int, storage: (String) -> Data?
    ) throws(WeightsError) -> StoredWeights {
        var result = StoredWeights(sets: [])
        var room = 16 * fileSize
        for set in sets {
            var tensors: [String: StoredTensor] = [:]
            for (name, view) in set.views {
                guard let bytes = storage(view.storage.key) else {
                    throw .malformed("storage '\(view.storage.key)' of tensor '\(name)' is missing")
                }
                let tensor = try view.stored(in: bytes)
                room -= tensor.bytes.count
                guard room >= 0 else { throw .malformed("its tensors are far larger than the file") }
                tensors[name] = tensor
            }
            result.sets.append(.init(path: set.path, tensors: tensors))
        }
        return result
    }
}

/// A zip archive with uncompressed entries (PKWARE's APPNOTE 4.3, with zip64).
private struct StoredZip {
    private struct Entry {
        var method: Int
        var size: Int
        var header: Int
    }

    private let data: Data
    private var entries: [String: Entry] = [:]

    var names: [String] { entries.keys.sorted() }

    init(_ data: Data) throws(WeightsError) {
        self.data = data.startIndex == 0 ? data : Data(data)
        var (count, position) = try directory()
        while count > 0 {
            guard try number(at: position, bytes: 4) == 0x0201_4B50 else {
                throw .malformed("the zip archive's directory is broken")
            }
            let nameLength = try number(at: position + 28, bytes: 2)
            let extraLength = try number(at: position + 30, bytes: 2)
            let commentLength = try number(at: position + 32, bytes: 2)
            let name = String(decoding: try part(at: position + 46, count: nameLength), as: UTF8.self)
            var entry = Entry(
                method: try number(at: position + 10, bytes: 2), size: try number(at: position + 24, bytes: 4),
                header: try number(at: position + 42, bytes: 4))
            try widen(
                &entry, compressed: try number(at: position + 20, bytes: 4),
                extra: position + 46 + nameLength, length: extraLength)
            entries[name] = entry
            position += 46 + nameLength + extraLength + commentLength
            count -= 1
        }
    }

    /// The bytes of an entry; `nil` if there is none with that name.
    func bytes(of name: some StringProtocol) throws(WeightsError) -> Data? {
        guard let entry = entries[String(name)] else { return nil }
        guard entry.method == 0 else { throw .malformed("'\(name)' is compressed, which PyTorch does not do") }
        guard try number(at: entry.header, bytes: 4) == 0x0403_4B50 else {
            throw .malformed("the zip archive's entry '\(name)' is broken")
        }
        let nameLength = try number(at: entry.header + 26, bytes: 2)
        let extraLength = try number(at: entry.header + 28, bytes: 2)
        return try part(at: entry.header + 30 + nameLength + extraLength, count: entry.size)
    }

    /// The number of entries and the offset of their directory.
    private func directory() throws(WeightsError) -> (count: Int, start: Int) {
        // The end record has 22 bytes and a comment of at most 65,535.
        let tail = data[max(0, data.count - 22 - 65_535)...]
        guard let end = tail.range(of: Data([0x50, 0x4B, 0x05, 0x06]), options: .backwards)?.lowerBound else {
            throw .malformed("a zip archive without its end: the file is truncated")
        }
        let count = try number(at: end + 10, bytes: 2)
        let start = try number(at: end + 16, bytes: 4)
        guard count == 0xFFFF || start == 0xFFFF_FFFF else { return (count, start) }
        guard end >= 20, try number(at: end - 20, bytes: 4) == 0x0706_4B50 else {
            throw .malformed("a large zip archive without its locator")
        }
        let wide = try number(at: end - 12, bytes: 8)
        guard try number(at: wide, bytes: 4) == 0x0606_4B50 else {
            throw .malformed("a large zip archive without its directory")
        }
        return (try number(at: wide + 32, bytes: 8), try number(at: wide + 48, bytes: 8))
    }

    /// Reads the 64-bit sizes if the 32-bit ones overflow.
    private func widen(_ entry: inout Entry, compressed: Int, extra: Int, length: Int) throws(WeightsError) {
        var position = extra
        while position + 4 <= extra + length {
            let id = try number(at: position, bytes: 2)
            let size = try number(at: position + 2, bytes: 2)
            if id == 1 {
                var at = position + 4
                if entry.size == 0xFFFF_FFFF {
                    entry.size = try number(at: at, bytes: 8)
                    at += 8
                }
                if compressed == 0xFFFF_FFFF { at += 8 }
                if entry.header == 0xFFFF_FFFF { entry.header = try number(at: at, bytes: 8) }
            }
            position += 4 + size
        }
    }

    private func part(at position: Int, count: Int) throws(WeightsError) -> Data {
        guard position >= 0, count >= 0, position <= data.count, count <= data.count - position else {
            throw .malformed("the zip archive is truncated")
        }
        return data[position..<(position + count)]
    }

    private func number(at position: Int, bytes: Int) throws(WeightsError) -> Int {
        let value = try part(at: position, count: bytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw .malformed("the zip archive has a number too large") }
        return number
    }
}
