// JSON with ordered members, written byte for byte as Python's `json.dumps` writes it.

package import Basics
import Foundation

/// An image that is embedded in a JSON text as a data URL.
package struct ImageFile: Hashable, Sendable {
    /// The path of the file, read only when the text is written.
    package var path: String
    /// The digest of its content.
    package var digest: Digest
    /// Its size in bytes, checked when it is read.
    package var bytes: Int

    /// - Parameter digest: identifies the image in fingerprints.
    package init(path: String, digest: Digest, bytes: Int) {
        self.path = path
        self.digest = digest
        self.bytes = bytes
    }
}

/// A JSON value whose text equals `json.dumps(value)` with Python's defaults: `", "` and `": "` as separators,
/// non-ASCII characters as `\uXXXX` (surrogate pairs beyond the basic plane), members in the given order.
package indirect enum PythonJSON: Hashable, Sendable {
    /// One member of an object.
    package struct Member: Hashable, Sendable {
        /// Written in the given position, even if it repeats.
        package var key: String
        /// Any value, including images.
        package var value: PythonJSON

        /// - Parameter key: escaped like a string when written.
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
    /// A string `data:<type>;base64,<bytes>` that is never held in memory; see `pieces`.
    case image(ImageFile)
    /// An object with the members `mimeType` and `data` (base64), never held in memory either; see `pieces`.
    case inlineImage(ImageFile)
    /// A previously encoded value, inserted verbatim.
    case encoded([UInt8])

    /// An object with its members in this order.
    package static func object(_ members: KeyValuePairs<String, PythonJSON>) -> PythonJSON {
        .members(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// A number in its shortest form: whole numbers without a fraction.
    package static func number(_ value: Double) -> PythonJSON {
        Int(exactly: value).map { .int($0) } ?? .double(value)
    }
}

/// A segment of a JSON text: bytes, or an image that is read when it is written.
package enum JSONPiece: Hashable, Sendable {
    case text([UInt8])
    /// An image as a data URL, without quotes.
    case image(ImageFile)
    /// The members of an image's object, without braces.
    case inlineImage(ImageFile)
}

extension PythonJSON {
    /// The text in segments, with images separate.
    package var pieces: [JSONPiece] {
        var pieces: [JSONPiece] = []
        var text: [UInt8] = []
        write(to: &text) { image, isInline, text in
            text.append(UInt8(ascii: isInline ? "{" : "\""))
            pieces.append(.text(text))
            pieces.append(isInline ? .inlineImage(image) : .image(image))
            text = [UInt8(ascii: isInline ? "}" : "\"")]
        }
        pieces.append(.text(text))
        return pieces
    }

    /// The text with each image as the string `sha256:<digest>` instead of its data URL. Equal values give equal
    /// texts, without reading a file.
    package var textWithImageDigests: [UInt8] {
        var text: [UInt8] = []
        write(to: &text) { image, _, text in text.append(contentsOf: "\"sha256:\(image.digest.hex)\"".utf8) }
        return text
    }

    /// Appends the text of the value; `image` decides what an image becomes, as a data URL or as an object.
    private func write(to text: inout [UInt8], image: (ImageFile, _ isInline: Bool, inout [UInt8]) -> Void) {
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
        case .image(let file): image(file, false, &text)
        case .inlineImage(let file): image(file, true, &text)
        case .encoded(let bytes): text.append(contentsOf: bytes)
        }
    }

    /// Python's `repr` of a float: the shortest digits that round-trip, with an exponent below 1e-4 and from 1e16.
    static func repr(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        // Swift prints the same digits, but switches to an exponent at 2^53.
        if abs(value) >= 0x1p53, abs(value) < 1e16 { return "\(Int64(value)).0" }
        return "\(value)"
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// Appends a string with Python's escapes (`ensure_ascii`).
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
    /// Makes a string value.
    package init(stringLiteral value: String) { self = .string(value) }

    /// The text of a value. An image appears as its digest.
    package var asciiText: String { String(decoding: textWithImageDigests, as: UTF8.self) }
}
