// The clouds of Azure: their hosts, sign-in services and token audiences.

import Basics
import ProviderKit

/// A cloud of Azure. A token of one cloud is never sent to a host of another.
package enum AzureCloud: CaseIterable, Sendable, Hashable {
    /// The public cloud.
    case global
    /// Azure Government (US).
    case usGovernment
    /// Azure operated by 21Vianet.
    case china

    /// The cloud of a host, by exact name or complete suffix; `nil` for any other host.
    package init?(host: String) {
        for cloud in AzureCloud.allCases {
            let isData = cloud.dataSuffixes.contains { host.hasSuffix($0) && host.utf8.count > $0.utf8.count }
            if isData || host == cloud.managementHost {
                self = cloud
                return
            }
        }
        return nil
    }

    /// The domain suffixes of accounts, each with its leading dot.
    private var dataSuffixes: [String] {
        switch self {
        case .global:
            [
                ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com",
                ".api.cognitive.microsoft.com",
            ]
        case .usGovernment: [".openai.azure.us", ".cognitiveservices.azure.us", ".services.ai.azure.us"]
        case .china: [".openai.azure.cn", ".cognitiveservices.azure.cn", ".services.ai.azure.cn"]
        }
    }

    private var managementHost: String {
        switch self {
        case .global: "management.azure.com"
        case .usGovernment: "management.usgovcloudapi.net"
        case .china: "management.chinacloudapi.cn"
        }
    }

    /// The URL of the sign-in service, without a trailing slash.
    package var signIn: String {
        switch self {
        case .global: "https://login.microsoftonline.com"
        case .usGovernment: "https://login.microsoftonline.us"
        case .china: "https://login.chinacloudapi.cn"
        }
    }

    /// The resource for which a token is requested.
    func resource(_ audience: TokenAudience) -> String {
        switch audience {
        case .controlPlane: "https://" + managementHost
        case .dataPlane:
            switch self {
            case .global: "https://cognitiveservices.azure.com"
            case .usGovernment: "https://cognitiveservices.azure.us"
            case .china: "https://cognitiveservices.azure.cn"
            }
        }
    }
}
