// Tokens for an application that has a secret of its own (OAuth 2.0 client credentials).

import Basics
package import Foundation
package import Platform

package struct EntraClientCredentials: TokenSource {
    private let tenant: String
    private let clientID: String
    private let clientSecret: Secret
    private let authority: String
    private let cloud: AzureCloud
    private let transport: any HTTPTransport

    /// - Parameter authority: the sign-in service, without a slash at its end; by default that of the cloud.
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

    package var secrets: [Secret] { [clientSecret] }

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
        return try await TokenAnswer.token(from: request, transport: transport, source: "Microsoft Entra", now: now)
    }
}

/// The answer of a token endpoint: `expires_in` or `expires_on`, as numbers or as digits in a string.
struct TokenAnswer: Decodable {
    var token: Secret
    var expires: Expiry

    enum Expiry: Equatable {
        case at(Date)
        case after(seconds: Double)
        case unknown
    }

    private enum CodingKeys: String, CodingKey {
        case access_token, accessToken, expires_on, expires_in
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) -> Double? {
            (try? container.decode(Double.self, forKey: key))
                ?? (try? container.decode(String.self, forKey: key)).flatMap(Double.init)
        }
        token = Secret(
            try container.decodeIfPresent(String.self, forKey: .access_token)
                ?? container.decode(String.self, forKey: .accessToken))
        if let time = number(.expires_on) {
            expires = .at(Date(timeIntervalSince1970: time))
        } else if let seconds = number(.expires_in) {
            expires = .after(seconds: seconds)
        } else {
            expires = .unknown
        }
    }

    /// A token without a stated end is used for ten minutes.
    func token(now: Date) -> AccessToken {
        switch expires {
        case .at(let date): AccessToken(secret: token, expires: date)
        case .after(let seconds): AccessToken(secret: token, expires: now + seconds)
        case .unknown: AccessToken(secret: token, expires: now + 600)
        }
    }

    static func token(
        from request: HTTPRequestValue, transport: any HTTPTransport, source: String, now: Date
    ) async throws -> AccessToken {
        let answer: HTTPResponseValue
        do {
            answer = try await transport.send(request)
        } catch let error as HTTPTransportError {
            throw ProviderError.credential(source: source, reason: "\(error)")
        }
        guard answer.isSuccess else {
            let refusal = try? Refusal(json: answer.body)
            let words = [refusal?.error, refusal?.error_description].compactMap(\.self).joined(separator: ": ")
            throw ProviderError.credential(source: source, reason: "HTTP \(answer.status) \(words)")
        }
        guard let parsed = try? TokenAnswer(json: answer.body) else {
            throw ProviderError.credential(source: source, reason: "the answer holds no token")
        }
        return parsed.token(now: now)
    }

    private struct Refusal: Decodable {
        var error: String?
        var error_description: String?
    }
}
