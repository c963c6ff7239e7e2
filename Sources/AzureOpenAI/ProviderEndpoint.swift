// Where a provider's data plane is and how its paths are formed.

import Foundation
package import ProviderKit

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
