// Requests tokens and reads the responses of token endpoints (OAuth 2.0, RFC 6749 section 5).

package import Basics
package import Foundation
package import Platform

/// The response of a token endpoint: `expires_in` or `expires_on`, as numbers or as digits in a string.
package struct TokenAnswer: Decodable {
    private var token: Secret
    private var expires: Expiry

    private enum Expiry: Equatable {
        case at(Date)
        case after(seconds: Double)
        case unknown
    }

    private enum CodingKeys: String, CodingKey {
        case access_token, accessToken, expires_on, expires_in
    }

    /// Also reads the `accessToken` that the Azure CLI prints. Throws if there is no token.
    package init(from decoder: any Decoder) throws {
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

    /// The token with an absolute expiry. A token without a stated one is used for ten minutes.
    package func token(now: Date) -> AccessToken {
        switch expires {
        case .at(let date): AccessToken(secret: token, expires: date)
        case .after(let seconds): AccessToken(secret: token, expires: now + seconds)
        case .unknown: AccessToken(secret: token, expires: now + 600)
        }
    }

    /// The HTTP statuses after which the same request may succeed.
    private static let transient: Set<Int> = [408, 429, 500, 502, 503, 504]

    /// Sends a request to a token endpoint and reads its response.
    /// - Parameters:
    ///   - attempts: the maximum number of requests; each wait between two of them is twice as long as the last.
    ///   - sent: what the request proves the sign-in with; a server may repeat it in its error.
    ///   - clock: for the waits.
    /// - Throws: `ProviderError.credential` with `hint` as its advice, without any part of `sent`.
    package static func token(
        from request: HTTPRequestValue, transport: any HTTPTransport, source: String, hint: String? = nil, now: Date,
        sent: [Secret], attempts: Int = 1, clock: any WallClock = SystemWallClock()
    ) async throws -> AccessToken {
        var attempt = 1
        var answer: HTTPResponseValue
        while true {
            do {
                answer = try await transport.send(request)
                if attempt >= attempts || !transient.contains(answer.status) { break }
            } catch let error as HTTPTransportError {
                guard attempt < attempts else {
                    throw ProviderError.credential(source: source, reason: "\(error)", hint: hint)
                }
            }
            try await clock.sleep(seconds: Double(1 << (attempt - 1)))
            attempt += 1
        }
        guard answer.isSuccess else {
            let refusal = try? Refusal(received: answer.body)
            let words = [refusal?.error, refusal?.error_description].compactMap(\.self).joined(separator: ": ")
            throw ProviderError.credential(
                source: source, reason: "HTTP \(answer.status) \(ProviderText.line(redacted(words, sent)))", hint: hint)
        }
        guard let parsed = try? TokenAnswer(received: answer.body) else {
            throw ProviderError.credential(source: source, reason: "the response contains no token", hint: hint)
        }
        return parsed.token(now: now)
    }

    private static func redacted(_ text: String, _ secrets: [Secret]) -> String {
        secrets.filter { !$0.reveal().isEmpty }.reduce(text) {
            SecretSearch(Data($1.reveal().utf8)).replacing(in: $0, with: "[redacted]")
        }
    }

    private struct Refusal: Decodable {
        var error: String?
        var error_description: String?
    }
}
