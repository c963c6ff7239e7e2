// The hosts of OpenAI and Azure.

package import ProviderKit

/// The hosts that may receive keys and tokens for OpenAI and Azure.
package enum OwnHosts {
    /// The exact hosts of OpenAI's API, by region.
    private static let openAI: Set<String> = ["api.openai.com", "eu.api.openai.com", "us.api.openai.com"]

    /// Whether a host belongs to OpenAI or Azure. A token of an Azure sign-in is only meant for Azure's hosts.
    package static func contain(_ host: String, for content: RequestContent) -> Bool {
        let isAzure = AzureCloud(host: host) != nil
        return switch content {
        case .userData: isAzure || openAI.contains(host)
        case .ambientToken: isAzure
        }
    }
}

extension ProviderCredential {
    /// `api-key: …`, as in Azure's own samples.
    package static func apiKey(_ key: Secret) -> ProviderCredential { .field("api-key", key) }
}
