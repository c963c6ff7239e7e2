// Authenticates requests and redacts the credentials from responses.

import Foundation
import Platform

/// The credential of one account.
package enum ProviderCredential: Sendable {
    /// For servers without authentication.
    case none
    /// A key in a header field of its own, such as `api-key: …`.
    case field(String, Secret)
    /// A fixed token: `Authorization: Bearer …`.
    case bearer(Secret)
    /// A token that expires and is renewed.
    case tokens(TokenCache)

    /// Sets the authentication field. Returns the token if it is renewable.
    func authenticate(_ fields: inout HTTPFields, for audience: TokenAudience) async throws -> Secret? {
        switch self {
        case .none:
            return nil
        case .field(let name, let key):
            fields[name] = key.reveal()
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

    /// All secrets of the credential. A server may echo them in an error or an answer, from where they would reach
    /// reports.
    private var secrets: [Data] {
        get async {
            let secrets: [Secret] =
                switch self {
                case .none: []
                case .field(_, let secret), .bearer(let secret): [secret]
                case .tokens(let cache): await cache.secrets
                }
            return secrets.map { Data($0.reveal().utf8) }.filter { !$0.isEmpty }
        }
    }

    /// The minimum length in bytes of a secret that is redacted from responses: the very short keys that local
    /// servers accept would match ordinary words.
    private static let minRedactedBytes = 8

    private static let replacement = Data("[redacted]".utf8)

    /// A text with all secrets redacted.
    package func redacted(_ text: String) async -> String { await redactor()(text) }

    /// Returns `redacted` as a synchronous function with the current secrets, for many texts in a row.
    package func redactor() async -> @Sendable (String) -> String {
        let secrets = await secrets
        // Of very short secrets only the literal form is hidden: their other forms would match ordinary words.
        let short = secrets.filter { $0.count < ProviderCredential.minRedactedBytes }.map { String(decoding: $0, as: UTF8.self) }
        let searches = secrets.filter { $0.count >= ProviderCredential.minRedactedBytes }.map(SecretSearch.init)
        return { text in
            let text = searches.reduce(text) { $1.replacing(in: $0, with: "[redacted]") }
            return short.reduce(text) { $0.replacing($1, with: "[redacted]") }
        }
    }

    /// A response with secrets redacted from its body and header fields.
    func redacted(_ response: HTTPResponseValue) async -> HTTPResponseValue {
        var response = response
        for secret in await secrets where secret.count >= ProviderCredential.minRedactedBytes {
            response.body = ProviderCredential.redact(secret, in: response.body)
            let search = SecretSearch(secret)
            response.fields = HTTPFields(
                response.fields.fields.map {
                    .init(name: $0.name, value: search.replacing(in: $0.value, with: "[redacted]"))
                })
        }
        return response
    }

    /// Redacts secrets in a downloaded file, which is rewritten only if it contains any.
    package func redact(fileAt path: String) async throws {
        let secrets = await secrets.filter { $0.count >= ProviderCredential.minRedactedBytes }
        guard !secrets.isEmpty else { return }
        // Only a regular file of bounded size; mapping anything else may never end.
        try OpenFile(reading: path, limit: FileSizeLimit.archive).close()
        // Mapped, so that scanning a large file does not load it into memory.
        let whole = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        guard secrets.contains(where: { SecretSearch($0).first(in: whole, from: 0) != nil }) else { return }
        let clean = secrets.reduce(whole) { ProviderCredential.redact($1, in: $0) }
        try clean.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Replaces every occurrence of a secret, in each form that `SecretSearch` recognizes.
    private static func redact(_ secret: Data, in data: Data) -> Data {
        let search = SecretSearch(secret)
        guard var found = search.first(in: data, from: 0) else { return data }
        var clean = Data()
        var position = 0
        while true {
            clean += data.dropFirst(position).prefix(found.lowerBound - position)
            clean += replacement
            position = found.upperBound
            guard let next = search.first(in: data, from: position) else { break }
            found = next
        }
        return clean + data.dropFirst(position)
    }
}
