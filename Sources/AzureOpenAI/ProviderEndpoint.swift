// The address of a provider's data plane and the form of its paths.

import Foundation
import ProviderKit

/// The address of one account and the API dialect spoken there.
package struct ProviderEndpoint: Hashable, Sendable {
    /// The dialect: how paths are formed and deployments named.
    package enum Surface: Hashable, Sendable {
        /// `{base}/openai/…?api-version=…`; chat names the deployment in its path.
        case azure(apiVersion: String)
        /// `{base}/openai/v1/…`; chat names the deployment as `model` in the body.
        case azureV1(apiVersion: String?)
        /// `{base}/…`: OpenAI itself and compatible servers, with a base URL that ends in `/v1`.
        case openAI
    }

    /// Without a trailing slash and without the path that the dialect adds.
    package let baseURL: String
    /// The dialect spoken there.
    package let surface: Surface

    /// - Parameter baseURL: trailing slashes and, for Azure, `/openai` or `/openai/v1` are removed.
    package init(baseURL: String, surface: Surface) {
        var base = baseURL
        while base.hasSuffix("/") { base.removeLast() }
        // Portals show the URL with or without the part that the dialect adds.
        if surface != .openAI {
            for ending in ["/openai/v1", "/openai"] where base.hasSuffix(ending) {
                base.removeLast(ending.count)
                break
            }
        }
        self.baseURL = base
        self.surface = surface
    }

    /// Whether the dialect is one of Azure's, on whichever host.
    package var isAzure: Bool { surface != .openAI }

    /// Whether the server runs on this machine.
    package var isLoopback: Bool {
        guard let host = URL(string: baseURL)?.host()?.lowercased() else { return false }
        return host == "localhost" || host == "::1" || host == "[::1]" || host.wholeMatch(of: #/127(\.\d+){3}/#) != nil
    }

    /// Whether an upload may carry `expires_after` under its dotted names: the previews since 2025-04-01 and v1
    /// support it, the stable versions do not.
    package var supportsExpiry: Bool {
        switch surface {
        case .azure(let version): version.hasSuffix("-preview") && version >= "2025-04-01"
        case .azureV1: true
        case .openAI: false
        }
    }

    /// The URL of an operation. `path` starts with a slash and consists of percent-encoded segments.
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

    /// The URL for chat completions of a deployment. Throws `ProviderError.unsafeID`.
    func chatURL(deployment: String) throws(ProviderError) -> String {
        switch surface {
        case .azure: url("/deployments/\(try pathSegment(deployment))/chat/completions")
        case .azureV1, .openAI: url("/chat/completions")
        }
    }
}
