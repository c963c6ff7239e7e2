// Tokens for a machine in Azure, from its local identity service and without a secret.

import Basics
package import Foundation
package import Platform
package import ProviderKit

/// Requests tokens for the identity that Azure assigned to this machine or app.
package struct ManagedIdentity: TokenSource {
    /// App services name their identity service in environment variables; virtual machines have the metadata service.
    private enum Service: Sendable {
        case metadata
        case app(endpoint: String, header: Secret)
    }

    private let service: Service
    private let clientID: String?
    private let cloud: AzureCloud
    private let transport: any HTTPTransport
    private let metadataURL: String

    /// - Parameters:
    ///   - clientID: selects one of several identities of a machine.
    ///   - environment: read for `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    package init(
        clientID: String? = nil, cloud: AzureCloud = .global, environment: [String: String], transport: any HTTPTransport,
        metadataURL: String = "http://169.254.169.254/metadata/identity/oauth2/token"
    ) {
        if let endpoint = environment["IDENTITY_ENDPOINT"], let header = environment["IDENTITY_HEADER"] {
            service = .app(endpoint: endpoint, header: Secret(header))
        } else {
            service = .metadata
        }
        self.clientID = clientID
        self.cloud = cloud
        self.transport = transport
        self.metadataURL = metadataURL
    }

    /// The header value of an app's identity service; empty on a virtual machine.
    package var secrets: [Secret] { if case .app(_, let header) = service { [header] } else { [] } }

    /// Asks the identity service, with a timeout of ten seconds. Throws `ProviderError.credential`.
    package func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        var query = [("resource", cloud.resource(audience))]
        if let clientID { query.append(("client_id", clientID)) }
        let request: HTTPRequestValue
        switch service {
        case .metadata:
            query.insert(("api-version", "2018-02-01"), at: 0)
            request = HTTPRequestValue(
                .get, appendingQuery(query, to: metadataURL), fields: ["metadata": "true"], timeout: 10)
        case .app(let endpoint, let header):
            query.insert(("api-version", "2019-08-01"), at: 0)
            request = HTTPRequestValue(
                .get, appendingQuery(query, to: endpoint), fields: ["x-identity-header": header.reveal()], timeout: 10)
        }
        return try await TokenAnswer.token(
            from: request, transport: transport, source: "managed identity", hint: azureSignInHint, now: now,
            sent: secrets)
    }
}
