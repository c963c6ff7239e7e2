// JSON with members in a chosen order, written byte for byte as Python's json.dumps writes it.

package import Basics
import Foundation

/// An image that stands in a JSON text as a data URL.
package struct ImageFile: Hashable, Sendable {
    /// Where the file lies.
    package var path: String
    /// Digest of its bytes.
    package var digest: Digest
    /// Its length.
    package var bytes: Int

    package init(path: String, digest: Digest, bytes: Int) {
        self.path = path
        self.digest = digest
        self.bytes = bytes
    }
}

/// A JSON value whose text is that of `json.dumps(value)` with Python's defaults: `", "` and `": "` between
/// items, every character beyond ASCII as `\uXXXX` (a pair of them beyond the basic plane), members in the
/// order given.
package indirect enum PythonJSON: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: PythonJSON

        package init(key: String, value: PythonJSON) {
            self.key = key
            self.value = value
        }
    }

    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([PythonJSON])
    case members([Member])
    /// A string of `data:<type>;base64,<bytes>`: never held in memory, see `pieces`.
    case image(ImageFile)
    /// A text that was encoded before, to be put where a value stands.
    case encoded([UInt8])

    /// An object with its members in this order.
    package static func object(_ members: KeyValuePairs<String, PythonJSON>) -> PythonJSON {
        .members(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// A number as a person writes it: whole numbers without a fraction.
    package static func number(_ value: Double) -> PythonJSON {
        Int(exactly: value).map { .int($0) } ?? .double(value)
    }
}

/// A stretch of a JSON text: bytes that are here, or an image that is read when it is written.
package enum JSONPiece: Hashable, Sendable {
    case text([UInt8])
    case image(ImageFile)
}

extension PythonJSON {
    /// The text in pieces, images apart.
    package var pieces: [JSONPiece] {
        var pieces: [JSONPiece] = []
        var text: [UInt8] = []
        write(to: &text) { image, text in
            text.append(UInt8(ascii: "\""))
            pieces.append(.text(text))
            pieces.append(.image(image))
            text = [UInt8(ascii: "\"")]
        }
        pieces.append(.text(text))
        return pieces
    }

    /// The text with each image as the string `sha256:<digest>` instead of its data URL: the same for the
    /// same meaning, without reading a file.
    package var textWithImageDigests: [UInt8] {
        var text: [UInt8] = []
        write(to: &text) { image, text in text.append(contentsOf: "\"sha256:\(image.digest.hex)\"".utf8) }
        return text
    }

    private func write(to text: inout [UInt8], image: (ImageFile, inout [UInt8]) -> Void) {
        switch self {
        case .null: text.append(contentsOf: "null".utf8)
        case .bool(let value): text.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): text.append(contentsOf: String(value).utf8)
        case .double(let value): text.append(contentsOf: PythonJSON.repr(value).utf8)
        case .string(let value): PythonJSON.writeString(value, to: &text)
        case .array(let values):
            text.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { text.append(contentsOf: ", ".utf8) }
                value.write(to: &text, image: image)
            }
            text.append(UInt8(ascii: "]"))
        case .members(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(contentsOf: ", ".utf8) }
                PythonJSON.writeString(member.key, to: &text)
                text.append(contentsOf: ": ".utf8)
                member.value.write(to: &text, image: image)
            }
            text.append(UInt8(ascii: "}"))
        case .image(let file): image(file, &text)
        case .encoded(let bytes): text.append(contentsOf: bytes)
        }
    }

    /// Python's `repr` of a float: the shortest digits that read back, an exponent below 1e-4 and from 1e16.
    static func repr(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        // Swift prints the same digits, but takes up the exponent at 2^53 already.
        if abs(value) >= 0x1p53, abs(value) < 1e16 { return "\(Int64(value)).0" }
        return "\(value)"
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    private static func writeString(_ value: String, to text: inout [UInt8]) {
        func escape(_ unit: UInt16) {
            text.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
            for shift in [12, 8, 4, 0] as [UInt16] { text.append(hexDigits[Int(unit >> shift & 15)]) }
        }
        text.append(UInt8(ascii: "\""))
        for unit in value.utf16 {
            switch unit {
            case 0x22: text.append(contentsOf: "\\\"".utf8)
            case 0x5C: text.append(contentsOf: "\\\\".utf8)
            case 0x0A: text.append(contentsOf: "\\n".utf8)
            case 0x0D: text.append(contentsOf: "\\r".utf8)
            case 0x09: text.append(contentsOf: "\\t".utf8)
            case 0x0C: text.append(contentsOf: "\\f".utf8)
            case 0x08: text.append(contentsOf: "\\b".utf8)
            case 0x20..<0x7F: text.append(UInt8(unit))
            default: escape(unit)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}

extension PythonJSON: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }

    /// The text of a value without images.
    package var asciiText: String { String(decoding: textWithImageDigests, as: UTF8.self) }
}
