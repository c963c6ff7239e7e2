// Bearer tokens, fetched on demand and renewed before they expire.

package import Basics
package import Foundation

/// A bearer token and its expiry.
package struct AccessToken: Hashable, Sendable {
    /// Sent in the `authorization` field; never logged.
    package var secret: Secret
    /// By real time, even for an emulated provider.
    package var expires: Date

    /// - Parameter expires: the token is renewed five minutes earlier.
    package init(secret: Secret, expires: Date) {
        self.secret = secret
        self.expires = expires
    }
}

/// The service that a token is valid for.
package enum TokenAudience: Sendable, Hashable {
    /// Files, batches, fine-tuning and inference.
    case dataPlane
    /// Deployments.
    case controlPlane
}

/// A way to obtain tokens, such as a signed-in command-line tool or a managed identity.
package protocol TokenSource: Sendable {
    /// Requests a new token. Throws `ProviderError.credential`.
    func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken
    /// The secrets that this source itself holds, to be redacted from all output.
    var secrets: [Secret] { get }
}

/// Caches the tokens of one source, one per audience. Concurrent tasks that need a new token share one request.
package actor TokenCache {
    /// A token is renewed when its remaining lifetime is shorter than this, in seconds.
    private static let margin = 300.0

    private let source: any TokenSource
    private let clock: any WallClock
    private var tokens: [TokenAudience: AccessToken] = [:]
    private var fetching: [TokenAudience: Task<AccessToken, any Error>] = [:]

    /// - Parameter clock: decides when a token is renewed; must show real time.
    package init(source: any TokenSource, clock: any WallClock) {
        self.source = source
        self.clock = clock
    }

    /// A cached token with more than five minutes left, or a new one. If it cannot be renewed, the cached token is used to
    /// its end. Throws `ProviderError.credential`.
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
        let token: AccessToken
        do {
            token = try await task.value
        } catch let error as ProviderError {
            let time = await clock.now()
            guard let old = tokens[audience], old.expires > time else { throw error }
            return old.secret
        }
        tokens[audience] = token
        return token.secret
    }

    /// Drops a token that the provider rejected; a newer one is kept.
    package func forget(_ refused: Secret, for audience: TokenAudience) {
        if tokens[audience]?.secret == refused { tokens[audience] = nil }
    }

    /// The secrets of the source and all cached tokens.
    var secrets: [Secret] { source.secrets + tokens.values.map(\.secret) }
}
