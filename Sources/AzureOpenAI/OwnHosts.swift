// The hosts that belong to OpenAI and Azure.

package import ProviderKit

/// Hosts that keys and tokens for OpenAI and Azure are meant for.
package enum OwnHosts {
    private static let openAI: Set<String> = ["api.openai.com", "eu.api.openai.com", "us.api.openai.com"]

    /// Whether a host belongs to OpenAI or Azure. A token of an Azure sign-in is meant for Azure's hosts alone.
    package static func contain(_ host: String, for content: RequestContent) -> Bool {
        let isAzure = AzureCloud(host: host) != nil
        return switch content {
        case .userData: isAzure || openAI.contains(host)
        case .ambientToken: isAzure
        }
    }
}

extension ProviderCredential {
    /// `api-key: …`, as Azure's own samples send it.
    package static func apiKey(_ key: Secret) -> ProviderCredential { .field("api-key", key) }
}
