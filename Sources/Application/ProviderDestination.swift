// Where a provider's requests go, and whether the user lets them.

import AzureOpenAI
import Basics
import Foundation
import Specification

/// One server that a provider sends requests to.
struct ProviderDestination {
    let provider: String
    let address: ServerAddress
    /// The host for messages.
    let shown: String
    let content: RequestContent
    /// What goes there, in words: `the value of OPENAI_API_KEY`.
    let cargo: String
    let allowsInsecure: Bool

    /// The servers of a provider; none for an emulator. All its variables must be set.
    /// - Throws: `ProviderHubError.badAddress`.
    static func all(of spec: ProviderSpec, named name: String, in environment: Specification.Environment) throws
        -> [ProviderDestination]
    {
        func destination(
            _ endpoint: EnvironmentText, _ content: RequestContent, _ cargo: String, _ allowsInsecure: Bool
        ) throws -> ProviderDestination {
            let text = try endpoint.resolved(in: environment)
            do throws(BadServerAddress) {
                let address = try ServerAddress(base: text)
                return ProviderDestination(
                    provider: name, address: address, shown: endpoint.shownHost(address), content: content, cargo: cargo,
                    allowsInsecure: allowsInsecure)
            } catch {
                throw ProviderHubError.badAddress(provider: name, error)
            }
        }
        switch spec {
        case .emulator: return []
        case .openAI(let openAI):
            return [
                try destination(openAI.endpoint, .userData, words(openAI.apiKey), openAI.allowInsecure)
            ]
        case .azureOpenAI(let azure):
            let (data, control) = contents(azure)
            var all = [try destination(azure.endpoint, data.content, data.cargo, azure.allowInsecure)]
            if let plane = azure.controlPlane {
                all.append(try destination(plane.endpoint, control.content, control.cargo, azure.allowInsecure))
            }
            return all
        }
    }

    /// What the data plane and the control plane of an account get.
    private static func contents(
        _ azure: AzureOpenAISpec
    ) -> (data: (content: RequestContent, cargo: String), control: (content: RequestContent, cargo: String)) {
        let cli = (RequestContent.ambientToken, "an access token of the signed-in Azure CLI")
        switch azure.auth {
        case .apiKey: return ((.userData, words(azure.apiKey)), cli)
        case .azureCLI: return (cli, cli)
        case .bearer(let token): return ((.userData, words(token)), (.userData, words(token)))
        case .managedIdentity:
            let token = (RequestContent.ambientToken, "an access token of this machine's managed identity")
            return (token, token)
        case .clientCredentials(_, _, let secret):
            let token = (RequestContent.ambientToken, "an access token got with " + words(secret))
            return (token, token)
        }
    }

    private static func words(_ secret: EnvironmentText?) -> String {
        guard let secret, !secret.names.isEmpty else { return "images and prompts" }
        return "the value of " + secret.names.joined(separator: " and ")
    }

    /// What keeps requests from this server; `nil` when they may go.
    func obstacle(_ trust: HostTrust) -> ProviderHubError? {
        guard address.isSecure || address.isLoopback || allowsInsecure else {
            return .insecure(provider: provider, host: shown)
        }
        switch trust.verdict(address, carrying: content) {
        case .allowed: return nil
        case .refused: return .unencryptedToken(provider: provider, host: shown, cargo: cargo)
        case .needsTrust(let host): return .untrusted(provider: provider, host: host, shown: shown, cargo: cargo)
        }
    }
}

extension EnvironmentText {
    /// The host of an address for messages. A variable within it is named, not shown: a spec may have put any there. An
    /// address that is one variable and nothing else is shown, as its value is an address.
    func shownHost(_ address: ServerAddress) -> String {
        if names.isEmpty || isOneVariable { return "\(address)" }
        let rest = template.range(of: "://").map { template[$0.upperBound...] } ?? template[...]
        var depth = 0
        // A default within braces may hold a slash.
        let host = rest.unicodeScalars.prefix { scalar in
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
            return depth > 0 || !"/?#".unicodeScalars.contains(scalar)
        }
        return host.contains("$") ? String(host) : "\(address)"
    }
}
