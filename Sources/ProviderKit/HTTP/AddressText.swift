// Encodes texts as parts of a URL: path segments, queries and forms.

import Foundation

/// An id or a name as one path segment of a URL. Rejects `.` and `..`: servers and proxies resolve them, some even
/// after an encoded slash, which would turn the request into another one.
/// - Throws: `ProviderError.unsafeID`.
package func pathSegment(_ text: String) throws(ProviderError) -> String {
    let parts = text.utf8.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
        throw .unsafeID(text)
    }
    return percentEncoded(text)
}

/// Percent-encodes a text as a query or form value.
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

/// Appends a query to a URL; names and values are percent-encoded.
package func appendingQuery(_ query: [(String, String)], to address: String) -> String {
    guard !query.isEmpty else { return address }
    let text = query.map { "\(percentEncoded($0.0))=\(percentEncoded($0.1))" }.joined(separator: "&")
    return address + (address.contains("?") ? "&" : "?") + text
}
