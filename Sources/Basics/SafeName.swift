// A file name made of untrusted text, checked once.

package import Foundation

/// The name of one file or folder. It cannot lead out of the folder that it is put into, so text from a provider, an
/// archive, a table, a ledger or a spec becomes part of a path only as a `SafeName` (or a `SafePath`).
///
/// Control characters and spaces are allowed: they are harmless in a path. Output filters them where it prints names.
package struct SafeName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest name that common file systems take, in bytes of UTF-8.
    package static let longest = 255

    package let text: String

    /// Checks a text byte by byte: a `/` followed by a combining character is one `Character` to Swift, and still
    /// separates folders for the file system.
    /// - Throws: `UnsafeName` with the reason.
    package init(_ text: String) throws(UnsafeName) {
        let bytes = text.utf8
        if bytes.isEmpty { throw UnsafeName(text, .empty) }
        if bytes.contains(UInt8(ascii: "/")) { throw UnsafeName(text, .separator) }
        if bytes.contains(0) { throw UnsafeName(text, .nul) }
        if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { throw UnsafeName(text, .dots) }
        if bytes.count > SafeName.longest { throw UnsafeName(text, .tooLong) }
        self.text = text
    }

    /// The digits of a digest, which are always safe: for text that may be anything and only has to be told apart.
    package init(_ digest: Digest) { text = digest.hex }

    /// A beginning that the program writes itself, with the short form of a digest: `assay-0123456789abcdef`.
    /// - Parameters:
    ///   - start: without a slash.
    ///   - number: is added where it is above 1.
    package init(_ start: StaticString, _ digest: Digest, number: Int = 1) {
        text = "\(start)\(digest.short)" + (number > 1 ? "-\(number)" : "")
    }

    /// The name with a fixed ending, such as `.json`.
    /// - Throws: `UnsafeName` when the result is too long.
    package func adding(_ ending: StaticString) throws(UnsafeName) -> SafeName { try SafeName(text + "\(ending)") }

    package var description: String { text }
    package static func < (a: SafeName, b: SafeName) -> Bool { a.text < b.text }
}

/// Encoded as its text; decoding checks it again, as the encoded form may come from anywhere.
extension SafeName: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A relative path made of safe names: it stays inside the folder that it is put into.
package struct SafePath: Hashable, Sendable, CustomStringConvertible {
    package let names: [SafeName]

    /// Splits at `/`, byte by byte; empty and `.` parts are dropped.
    /// - Parameter resolvingDots: whether `..` takes back the part before it, as in the target of a link; otherwise it is
    ///   refused.
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

    package var description: String { names.map(\.text).joined(separator: "/") }
}

/// A text that cannot be a file name.
package struct UnsafeName: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case empty
        /// It contains `/`.
        case separator
        case nul
        /// It is `.` or `..`, or leads above the folder.
        case dots
        case absolute
        case tooLong
    }

    package var text: String
    package var reason: Reason

    package init(_ text: String, _ reason: Reason) {
        self.text = text
        self.reason = reason
    }
}

extension UnsafeName: CustomStringConvertible {
    package var description: String { "'\(text.prefix(80))' cannot be a file name: \(explanation)" }

    /// What is wrong with the text, without the text.
    package var explanation: String {
        switch reason {
        case .empty: "it is empty"
        case .separator: "it contains '/'"
        case .nul: "it contains a NUL character"
        case .dots: "it leads to another folder"
        case .absolute: "it is an absolute path"
        case .tooLong: "it is longer than \(SafeName.longest) bytes"
        }
    }
}

extension String {
    /// The path of a file in the folder that this path names.
    package func appending(_ name: SafeName) -> String { self + "/" + name.text }

    /// The path of a file below the folder that this path names.
    package func appending(_ path: SafePath) -> String { path.names.reduce(self) { $0.appending($1) } }
}

extension URL {
    /// The place of a file or folder in the folder that this URL names.
    package func appending(_ name: SafeName, isFolder: Bool = false) -> URL {
        appending(component: name.text, directoryHint: isFolder ? .isDirectory : .notDirectory)
    }
}
