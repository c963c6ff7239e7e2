// How a client says who it is.

import Foundation
import Glibc
import Platform

package enum ProviderCredential: Sendable {
    /// For servers that ask for nothing.
    case none
    /// A key in a field of its own, such as `api-key: …`.
    case field(String, Secret)
    /// `Authorization: Bearer …`.
    case bearer(Secret)
    /// A token that is renewed.
    case tokens(TokenCache)

    /// Sets what authenticates and returns the token that can be renewed, if there is one.
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

    /// What nobody may read. A server may repeat it, in an error or in an answer, which would carry it into reports.
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

    /// Bytes from which on a secret is taken out of answers: a key of a few letters, as local servers take them, would be
    /// found in their words.
    private static let shortestInAnswers = 8

    private static let replacement = Data("[redacted]".utf8)

    /// A text without secrets.
    package func redacted(_ text: String) async -> String { await redactor()(text) }

    /// What `redacted` does, for texts that come in one after the other.
    package func redactor() async -> @Sendable (String) -> String {
        let hidden = await secrets.map { String(decoding: $0, as: UTF8.self) }
        return { text in hidden.reduce(text) { $0.replacing($1, with: "[redacted]") } }
    }

    /// A server's answer without secrets in its body or its fields.
    func redacted(_ response: HTTPResponseValue) async -> HTTPResponseValue {
        var response = response
        for secret in await secrets where secret.count >= ProviderCredential.shortestInAnswers {
            response.body = ProviderCredential.redact(secret, in: response.body)
            let text = String(decoding: secret, as: UTF8.self)
            guard response.fields.fields.contains(where: { $0.value.contains(text) }) else { continue }
            response.fields = HTTPFields(response.fields.fields.map {
                .init(name: $0.name, value: $0.value.replacing(text, with: "[redacted]"))
            })
        }
        return response
    }

    /// Takes secrets out of a downloaded file.
    package func redact(fileAt path: String) async throws {
        let secrets = await secrets.filter { $0.count >= ProviderCredential.shortestInAnswers }
        guard !secrets.isEmpty else { return }
        // A regular file of bounded size; mapping anything else may never end.
        try OpenFile(reading: path, limit: FileSizeLimit.archive).close()
        // Mapped: looking through a large file keeps nothing of it in memory.
        let whole = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        guard secrets.contains(where: { SecretSearch($0).first(in: whole, from: 0) != nil }) else { return }
        let clean = secrets.reduce(whole) { ProviderCredential.redact($1, in: $0) }
        try clean.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

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
