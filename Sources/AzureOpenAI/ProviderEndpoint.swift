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

    func chatURL(deployment: String) -> String {
        switch surface {
        case .azure: url("/deployments/\(percentEncoded(deployment))/chat/completions")
        case .azureV1, .openAI: url("/chat/completions")
        }
    }
}

/// A text as one part of a path, a query or a form.
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
