// File names and relative paths from untrusted text, validated once on creation.

package import Foundation

/// The validated name of one file or folder. It cannot leave the folder that contains it. Text from a provider, an
/// archive, a table, a ledger or a spec becomes part of a path only as a `SafeName` or `SafePath`.
///
/// Control characters and spaces are allowed because they are harmless in a path; output functions filter them.
package struct SafeName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The maximum length that common file systems support, in bytes of UTF-8.
    package static let maxBytes = 255

    /// The validated name, with its original bytes.
    package let text: String

    /// Validates a text byte by byte: a `/` followed by a combining character is one `Character` in Swift, but still
    /// a separator for the file system.
    /// - Throws: `UnsafeName` with the reason.
    package init(_ text: String) throws(UnsafeName) {
        let bytes = text.utf8
        if bytes.isEmpty { throw UnsafeName(text, .empty) }
        if bytes.contains(UInt8(ascii: "/")) { throw UnsafeName(text, .separator) }
        if bytes.contains(0) { throw UnsafeName(text, .nul) }
        if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { throw UnsafeName(text, .dots) }
        if bytes.count > SafeName.maxBytes { throw UnsafeName(text, .tooLong) }
        self.text = text
    }

    /// The hex digits of a digest, which are always safe: for arbitrary text that only needs a distinct name.
    package init(_ digest: Digest) { text = digest.hex }

    /// A fixed prefix with the short form of a digest: `assay-0123456789abcdef`.
    /// - Parameters:
    ///   - start: the prefix, without a slash.
    ///   - number: appended when it is above 1.
    package init(_ start: StaticString, _ digest: Digest, number: Int = 1) {
        text = "\(start)\(digest.short)" + (number > 1 ? "-\(number)" : "")
    }

    /// The name with a fixed suffix, such as `.json`.
    /// - Throws: `UnsafeName` when the result is too long.
    package func adding(_ ending: StaticString) throws(UnsafeName) -> SafeName { try SafeName(text + "\(ending)") }

    /// The same text as `text`.
    package var description: String { text }
    /// Orders by Swift's string comparison.
    package static func < (a: SafeName, b: SafeName) -> Bool { a.text < b.text }
}

/// Encoded as its text. Decoding validates again, because encoded data may come from an untrusted source.
extension SafeName: Codable {
    /// - Throws: `UnsafeName`, or `DecodingError` when the value is not a string.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }
    /// Encodes the plain text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A relative path of safe names; it cannot leave the folder that contains it.
package struct SafePath: Hashable, Sendable, CustomStringConvertible {
    /// The components in order, without `.` and `..`.
    package let names: [SafeName]

    /// Splits a path at `/`, byte by byte; empty and `.` components are dropped.
    /// - Parameter resolvingDots: whether `..` removes the component before it, as in the target of a link; otherwise
    /// `..` is an error.
    /// - Throws: `UnsafeName` for an absolute path, and for one that leads above its start.
    package init(_ text: String, resolvingDots: Bool = false) throws(UnsafeName) {
        let slash = UInt8(ascii: "/")
        if text.utf8.first == slash { throw UnsafeName(text, .absolute) }
        var names: [SafeName] = []
        for part in text.utf8.split(separator: slash) where !part.elementsEqual(".".utf8) {
            if resolvingDots, part.elementsEqual("..".utf8) {
                guard names.popLast() != nil else { throw UnsafeName(text, .dots) }
                continue
            }
            do { names.append(try SafeName(String(Substring(part)))) } catch { throw UnsafeName(text, error.reason) }
        }
        self.names = names
    }

    /// The components joined by `/`.
    package var description: String { names.map(\.text).joined(separator: "/") }
}

/// The error for a text that cannot be a file name.
package struct UnsafeName: Error, Hashable, Sendable {
    /// Why the text was rejected.
    package enum Reason: Hashable, Sendable {
        case empty
        /// The text contains `/`.
        case separator
        case nul
        /// The text is `.` or `..`, or leads above the folder.
        case dots
        case absolute
        case tooLong
    }

    /// The rejected text, in full and unfiltered.
    package var text: String
    /// Why the text was rejected.
    package var reason: Reason

    /// Creates the error; the text may have any length, because `description` shortens it.
    package init(_ text: String, _ reason: Reason) {
        self.text = text
        self.reason = reason
    }
}

extension UnsafeName: CustomStringConvertible {
    /// The first 80 characters of the text and the reason.
    package var description: String { "'\(text.prefix(80))' cannot be a file name: \(explanation)" }

    /// The reason alone, without the text.
    package var explanation: String {
        switch reason {
        case .empty: "it is empty"
        case .separator: "it contains '/'"
        case .nul: "it contains a NUL character"
        case .dots: "it refers to another folder"
        case .absolute: "it is an absolute path"
        case .tooLong: "it is longer than \(SafeName.maxBytes) bytes"
        }
    }
}

extension String {
    /// The path of a file in the folder at this path.
    package func appending(_ name: SafeName) -> String { self + "/" + name.text }

    /// The path of a file below the folder at this path.
    package func appending(_ path: SafePath) -> String { path.names.reduce(self) { $0.appending($1) } }
}

extension URL {
    /// The URL of a file or folder in the folder at this URL.
    package func appending(_ name: SafeName, isFolder: Bool = false) -> URL {
        appending(component: name.text, directoryHint: isFolder ? .isDirectory : .notDirectory)
    }
}
