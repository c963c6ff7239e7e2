// Where a provider's data plane is and how its paths are formed.

import Foundation

/// One account's address and the dialect spoken there.
package struct ProviderEndpoint: Hashable, Sendable {
    package enum Surface: Hashable, Sendable {
        /// `{base}/openai/…?api-version=…`; chat names the deployment in its path.
        case azure(apiVersion: String)
        /// `{base}/openai/v1/…`; the deployment is the `model` of the body.
        case azureV1(apiVersion: String?)
        /// `{base}/…`: OpenAI itself and servers like it, whose base address ends in `/v1`.
        case openAI
    }

    /// Without a slash at its end.
    package let baseURL: String
    package let surface: Surface

    package init(baseURL: String, surface: Surface) {
        var base = baseURL
        while base.hasSuffix("/") { base.removeLast() }
        // Portals show the address with or without the part that the dialect adds.
        if surface != .openAI {
            for ending in ["/openai/v1", "/openai"] where base.hasSuffix(ending) {
                base.removeLast(ending.count)
                break
            }
        }
        self.baseURL = base
        self.surface = surface
    }

    package var isAzure: Bool { surface != .openAI }

    /// Whether the server is on this machine.
    package var isLoopback: Bool {
        guard let host = URL(string: baseURL)?.host()?.lowercased() else { return false }
        return host == "localhost" || host == "::1" || host == "[::1]" || host.wholeMatch(of: #/127(\.\d+){3}/#) != nil
    }

    /// Whether an upload may carry `expires_after` by its dotted names: the previews since 2025-04-01 and v1 have it, the
    /// stable versions have not.
    package var knowsExpiry: Bool {
        switch surface {
        case .azure(let version): version.hasSuffix("-preview") && version >= "2025-04-01"
        case .azureV1: true
        case .openAI: false
        }
    }

    /// The address of an operation; `path` is made of percent-encoded parts and starts with a slash.
    func url(_ path: String, query: [(String, String)] = []) -> String {
        switch surface {
        case .azure(let version):
            appendingQuery(query + [("api-version", version)], to: baseURL + "/openai" + path)
        case .azureV1(let version):
            appendingQuery(
                query + (version.map { [("api-version", $0)] } ?? []), to: baseURL + "/openai/v1" + path)
        case .openAI:
            appendingQuery(query, to: baseURL + path)
        }
    }

    func chatURL(deployment: String) throws(ProviderError) -> String {
        switch surface {
        case .azure: url("/deployments/\(try pathSegment(deployment))/chat/completions")
        case .azureV1, .openAI: url("/chat/completions")
        }
    }
}

/// An id or a name as one segment of an address's path. Servers and proxies take `.` and `..` back, some also behind an
/// encoded slash, so that such an id would turn a request into another one.
/// - Throws: `ProviderError.unsafeID`.
func pathSegment(_ text: String) throws(ProviderError) -> String {
    let parts = text.utf8.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
        throw .unsafeID(text)
    }
    return percentEncoded(text)
}

/// A text as a value of a query or a form.
func percentEncoded(_ text: String) -> String {
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

func appendingQuery(_ query: [(String, String)], to address: String) -> String {
    guard !query.isEmpty else { return address }
    let text = query.map { "\(percentEncoded($0.0))=\(percentEncoded($0.1))" }.joined(separator: "&")
    return address + (address.contains("?") ? "&" : "?") + text
}
