// Tokens for an application with its own secret (OAuth 2.0 client credentials).

import Basics
package import Foundation
package import Platform
package import ProviderKit

/// Requests tokens from Microsoft Entra as a registered application.
package struct EntraClientCredentials: TokenSource {
    private let tenant: String
    private let clientID: String
    private let clientSecret: Secret
    private let authority: String
    private let cloud: AzureCloud
    private let transport: any HTTPTransport

    /// - Parameter authority: the URL of the sign-in service, without a trailing slash; `nil` uses that of the cloud.
    package init(
        tenant: String, clientID: String, clientSecret: Secret,
        cloud: AzureCloud = .global, authority: String? = nil, transport: any HTTPTransport
    ) {
        self.tenant = tenant
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.authority = authority ?? cloud.signIn
        self.cloud = cloud
        self.transport = transport
    }

    /// The application's secret.
    package var secrets: [Secret] { [clientSecret] }

    /// Requests a token for the cloud's resource. Throws `ProviderError.credential` with the service's error.
    package func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        let form = [
            ("grant_type", "client_credentials"), ("client_id", clientID),
            ("client_secret", clientSecret.reveal()), ("scope", cloud.resource(audience) + "/.default"),
        ]
        let body = form.map { "\($0.0)=\(percentEncoded($0.1))" }.joined(separator: "&")
        let request = HTTPRequestValue(
            .post, "\(authority)/\(try pathSegment(tenant))/oauth2/v2.0/token",
            fields: ["content-type": "application/x-www-form-urlencoded", "accept": "application/json"],
            body: [.bytes(Data(body.utf8))], timeout: 30)
        return try await TokenAnswer.token(
            from: request, transport: transport, source: "Microsoft Entra", hint: azureSignInHint, now: now,
            sent: secrets)
    }
}
