// Tokens of Microsoft Entra, fetched when needed and renewed before they end.

package import Basics
package import Foundation

/// A bearer token and when it ends.
package struct AccessToken: Hashable, Sendable {
    package var secret: Secret
    package var expires: Date

    package init(secret: Secret, expires: Date) {
        self.secret = secret
        self.expires = expires
    }
}

/// What a token is for.
package enum TokenAudience: Sendable, Hashable {
    /// Files, batches, fine-tuning, inference.
    case dataPlane
    /// Deployments.
    case controlPlane
}

/// Where tokens come from.
package protocol TokenSource: Sendable {
    /// A new token. Throws `ProviderError.credential`.
    func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken
    /// Texts that this source knows and nobody may read.
    var secrets: [Secret] { get }
}

/// The tokens of one source, one an audience. Several tasks that need a new one wait for the same request.
package actor TokenCache {
    /// A token is renewed when it has less than this to live, in seconds.
    private static let margin = 300.0

    private let source: any TokenSource
    private let clock: any WallClock
    private var tokens: [TokenAudience: AccessToken] = [:]
    private var fetching: [TokenAudience: Task<AccessToken, any Error>] = [:]

    package init(source: any TokenSource, clock: any WallClock) {
        self.source = source
        self.clock = clock
    }

    package func token(for audience: TokenAudience) async throws -> Secret {
        let now = await clock.now()
        if let token = tokens[audience], token.expires.timeIntervalSince(now) > TokenCache.margin {
            return token.secret
        }
        let task: Task<AccessToken, any Error>
        if let running = fetching[audience] {
            task = running
        } else {
            task = Task { [source] in try await source.fetch(audience, now: now) }
            fetching[audience] = task
        }
        defer { fetching[audience] = nil }
        let token = try await task.value
        tokens[audience] = token
        return token.secret
    }

    /// Forgets a token that the provider refused; a newer one stays.
    package func forget(_ refused: Secret, for audience: TokenAudience) {
        if tokens[audience]?.secret == refused { tokens[audience] = nil }
    }

    /// The secrets of the source and its tokens.
    var secrets: [Secret] { source.secrets + tokens.values.map(\.secret) }
}
