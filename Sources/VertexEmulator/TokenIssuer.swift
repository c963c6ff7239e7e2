// The token endpoint: access tokens for service accounts and users.

import Basics
import EmulatorCore
import Foundation

/// Issues access tokens and checks them. Tokens end in real time, because Google's client libraries renew by the
/// system clock.
actor TokenIssuer {
    private let key: String?
    private let base: any WallClock
    private var issued: [Digest: Date] = [:]

    private static let life = 3600.0
    private static let scope = "https://www.googleapis.com/auth/cloud-platform"
    private static let audience = "https://oauth2.googleapis.com/token"
    private static let jwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    /// - Parameter key: the accepted key; `nil` accepts every well-formed request for a token, and every token.
    init(key: String?, base: any WallClock) {
        self.key = key
        self.base = base
    }

    /// Checks the bearer token of a request: the key itself, or an issued token that has not ended.
    func check(_ token: String?) async throws(GoogleError) {
        guard let token, !token.trimmingCharacters(in: .whitespaces).isEmpty else { throw .unauthenticated }
        guard let key else { return }
        // Compares digests, so that the timing reveals nothing about the key.
        if Digest(of: token) == Digest(of: key) { return }
        guard let end = issued[Digest(of: token)], await base.now() < end else { throw .unauthenticated }
    }

    /// `POST /token`. The signature of a service account's JWT cannot be checked, as its public key is unknown here:
    /// with a key set, the key file's `private_key_id` must be that key; so must a refresh token.
    func answer(_ request: ReceivedRequest) async throws -> Reply {
        let text = String(decoding: try await request.body.bytes(limit: 1 << 20), as: UTF8.self)
        let form = ReceivedRequest.parameters(text)
        switch form["grant_type"] {
        case Self.jwtGrant: try await checkAssertion(form["assertion"] ?? "")
        case "refresh_token":
            for name in ["client_id", "client_secret", "refresh_token"] where (form[name] ?? "").isEmpty {
                throw Self.refusal("invalid_request", "Missing required parameter: \(name)")
            }
            if let key, form["refresh_token"] != key { throw Self.refusal("invalid_grant", "Bad Request") }
        default: throw Self.refusal("unsupported_grant_type", "Invalid grant_type: \(form["grant_type"] ?? "")")
        }
        let token = "ya29.emulated-" + UUID().uuidString.lowercased()
        let now = await base.now()
        issued = issued.filter { $0.value > now }
        issued[Digest(of: token)] = now + Self.life
        let answer: JSONValue = [
            "access_token": .string(token), "expires_in": .int(Int64(Self.life) - 1), "token_type": "Bearer",
        ]
        return try Reply(200, answer)
    }

    private func checkAssertion(_ assertion: String) async throws {
        let parts = assertion.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].isEmpty, let header = Self.part(parts[0]), let claims = Self.part(parts[1]) else {
            throw Self.refusal("invalid_request", "Bad Request: the assertion is not a JWT")
        }
        guard header["alg"] == "RS256" else { throw Self.refusal("invalid_grant", "Invalid JWT Signature.") }
        guard claims["iss"]?.string?.contains("@") == true else {
            throw Self.refusal("invalid_grant", "Invalid grant: account not found")
        }
        guard claims["aud"]?.string == Self.audience else {
            throw Self.refusal("invalid_grant", "Invalid JWT: Failed audience check.")
        }
        guard (claims["scope"]?.string ?? "").split(separator: " ").contains(Substring(Self.scope)) else {
            throw Self.refusal("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        }
        let now = await base.now().timeIntervalSince1970
        guard let from = claims["iat"]?.double, let to = claims["exp"]?.double, to > from, to - from <= Self.life,
            abs(now - from) < 600
        else {
            throw Self.refusal(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat "
                    + "and exp values in the JWT claim.")
        }
        if let key, header["kid"]?.string != key {
            throw Self.refusal("invalid_grant", "Invalid JWT Signature.")
        }
    }

    private static func part(_ text: Substring) -> JSONValue? {
        ProtoJSON.standardBase64(String(text)).flatMap { Data(base64Encoded: $0) }.flatMap { try? JSONValue(parsing: $0) }
    }

    private static func refusal(_ reason: String, _ message: String) -> GoogleError {
        GoogleError(400, "INVALID_ARGUMENT", message, reason: reason)
    }
}
