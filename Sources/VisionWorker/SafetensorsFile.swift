// Reads and writes safetensors files: a length, a JSON header, the tensors' bytes.

package import Foundation

/// The tensors and metadata of a safetensors file, in memory.
package struct SafetensorsFile: Sendable {
    /// All tensors by name.
    package var tensors: [String: StoredTensor]
    /// The header's `__metadata__`; empty if absent.
    package var metadata: [String: String] = [:]

    /// Maximum length of a header in bytes; the reference implementation has the same limit.
    private static let headerLimit = 100_000_000

    /// Creates contents for writing; see ``serialized``.
    package init(tensors: [String: StoredTensor], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Parses a file's bytes. Checks every offset: tensors must be contiguous and fill the file.
    package init(parsing data: Data) throws(WeightsError) {
        let data = data.startIndex == 0 ? data : Data(data)
        guard data.count >= 8 else { throw .malformed("the file is shorter than its header's length") }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Self.headerLimit), Int(length) <= data.count - 8 else {
            throw .malformed("its header of \(length) bytes does not fit the file of \(data.count) bytes")
        }
        let bodyStart = 8 + Int(length)
        let header: [String: Entry]
        do {
            header = try JSONDecoder().decode([String: Entry].self, from: data[8..<bodyStart])
        } catch {
            throw .malformed("its header is not the JSON of a safetensors file")
        }
        var tensors: [String: StoredTensor] = [:]
        var metadata: [String: String] = [:]
        var spans: [(Range<Int>, String)] = []
        for (name, entry) in header {
            switch entry {
            case .metadata(let values):
                guard name == "__metadata__" else { throw .malformed("'\(name)' has no dtype") }
                metadata = values
            case .tensor(let kindName, let shape, let offsets):
                guard let kind = StoredTensor.Kind(rawValue: kindName) else {
                    throw .malformed("tensor '\(name)' has the unknown type '\(kindName.prefix(20))'")
                }
                guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1],
                    offsets[1] <= data.count - bodyStart
                else { throw .malformed("tensor '\(name)' is outside the file") }
                let size = offsets[1] - offsets[0]
                guard let count = StoredTensor.count(of: shape), count <= size / kind.bytes,
                    count * kind.bytes == size
                else { throw .malformed("tensor '\(name)' has \(size) bytes, which its shape \(shape) does not need") }
                let bytes = data[(bodyStart + offsets[0])..<(bodyStart + offsets[1])]
                tensors[name] = StoredTensor(kind: kind, shape: shape, bytes: bytes)
                spans.append((offsets[0]..<offsets[1], name))
            }
        }
        var end = 0
        spans.sort { ($0.0.lowerBound, $0.0.upperBound) < ($1.0.lowerBound, $1.0.upperBound) }
        for (span, name) in spans {
            guard span.lowerBound == end else { throw .malformed("tensor '\(name)' overlaps another or leaves a gap") }
            end = span.upperBound
        }
        guard end == data.count - bodyStart else { throw .malformed("there are bytes after the last tensor") }
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The file's bytes. Tensors are sorted by type and name and header members by name, so equal contents give equal
    /// bytes.
    package var serialized: Data {
        get throws {
            var header: [String: Entry] = [:]
            var body = Data()
            if !metadata.isEmpty { header["__metadata__"] = .metadata(metadata) }
            // Placing the widest types first keeps every tensor aligned.
            let sorted = tensors.sorted { ($1.value.kind.bytes, $0.key) < ($0.value.kind.bytes, $1.key) }
            for (name, tensor) in sorted {
                let start = body.count
                body.append(tensor.bytes)
                header[name] = .tensor(
                    kind: tensor.kind.rawValue, shape: tensor.shape, offsets: [start, body.count])
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var text = try encoder.encode(header)
            text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
            var file = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
            file.append(text)
            file.append(body)
            return file
        }
    }

    private enum Entry: Codable {
        case metadata([String: String])
        case tensor(kind: String, shape: [Int], offsets: [Int])

        private enum Key: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            if members.contains(.dtype), members.contains(.offsets) {
                self = .tensor(
                    kind: try members.decode(String.self, forKey: .dtype),
                    shape: try members.decode([Int].self, forKey: .shape),
                    offsets: try members.decode([Int].self, forKey: .offsets))
            } else {
                self = .metadata(try decoder.singleValueContainer().decode([String: String].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .metadata(let values):
                var container = encoder.singleValueContainer()
                try container.encode(values)
            case .tensor(let kind, let shape, let offsets):
                var members = encoder.container(keyedBy: Key.self)
                try members.encode(kind, forKey: .dtype)
                try members.encode(shape, forKey: .shape)
                try members.encode(offsets, forKey: .offsets)
            }
        }
    }
}
