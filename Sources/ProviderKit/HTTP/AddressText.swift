// Texts as parts of an address: path segments, queries, forms.

import Foundation

/// An id or a name as one segment of an address's path. Servers and proxies take `.` and `..` back, some also behind an
/// encoded slash, so that such an id would turn a request into another one.
/// - Throws: `ProviderError.unsafeID`.
package func pathSegment(_ text: String) throws(ProviderError) -> String {
    let parts = text.utf8.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
        throw .unsafeID(text)
    }
    return percentEncoded(text)
}

/// A text as a value of a query or a form.
package func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            result += "%" + (hex.count == 1 ? "0" + hex : hex)
        }
    }
    return result
}

/// An address with a query appended, its names and values percent-encoded.
package func appendingQuery(_ query: [(String, String)], to address: String) -> String {
    guard !query.isEmpty else { return address }
    let text = query.map { "\(percentEncoded($0.0))=\(percentEncoded($0.1))" }.joined(separator: "&")
    return address + (address.contains("?") ? "&" : "?") + text
}
