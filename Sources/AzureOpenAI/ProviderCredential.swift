// How a client says who it is.

import Platform

package enum ProviderCredential: Sendable {
    /// For servers that ask for nothing.
    case none
    /// `api-key: …`, as Azure's own samples send it.
    case apiKey(Secret)
    /// `Authorization: Bearer …`, as OpenAI has it.
    case bearer(Secret)
    /// A token that is renewed.
    case tokens(TokenCache)

    /// Sets what authenticates and returns the token that can be renewed, if there is one.
    func authenticate(_ fields: inout HTTPFields, for audience: TokenAudience) async throws -> Secret? {
        switch self {
        case .none:
            return nil
        case .apiKey(let key):
            fields["api-key"] = key.reveal()
            return nil
        case .bearer(let token):
            fields["authorization"] = "Bearer " + token.reveal()
            return nil
        case .tokens(let cache):
            let token = try await cache.token(for: audience)
            fields["authorization"] = "Bearer " + token.reveal()
            return token
        }
    }

    /// Takes out of a text what nobody may read: a server may repeat a key in its refusal.
    func redacted(_ text: String) async -> String { await redactor()(text) }

    /// What `redacted` does, for texts that come in one after the other.
    func redactor() async -> @Sendable (String) -> String {
        let secrets: [Secret] =
            switch self {
            case .none: []
            case .apiKey(let secret), .bearer(let secret): [secret]
            case .tokens(let cache): await cache.secrets
            }
        let hidden = secrets.map { $0.reveal() }.filter { !$0.isEmpty }
        return { text in hidden.reduce(text) { $0.replacing($1, with: "[redacted]") } }
    }
}
