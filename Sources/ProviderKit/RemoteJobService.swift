// The interface that the engine needs to run one paid job at a provider.

package import Basics

/// The provider's current view of a job.
package struct RemoteSnapshot: Sendable, Hashable {
    /// The state of a job as far as the engine distinguishes it.
    package enum Phase: Sendable, Hashable {
        case running
        /// An undocumented state, with no other sign that the job has ended.
        case unknown
        /// Ended, with complete or partial results.
        case completed
        /// Ended without results.
        case ended(reason: String)
        /// Accepted and then returned unpaid because a quota was full; it will be tried again later.
        case crowdedOut(reason: String)
    }

    /// The certainty that this is the requested job.
    package enum Identity: Sendable, Hashable {
        /// It carries the tag of the create call.
        case tagged
        /// It carries no tag, because the provider keeps none, but matches the request in every parameter and in the
        /// name and size of its input file.
        case sameRequest
        /// It carries no tag and too little information to decide.
        case unclear
        /// It is not a job but what the requested job created; it carries the tag, and the job itself is not listed.
        case product
    }

    /// The provider's id of the job.
    package var id: String
    /// The current state.
    package var phase: Phase
    /// The certainty of the match with the request.
    package var identity: Identity
    /// The fingerprint that the job carries, if the provider keeps one.
    package var fingerprint: Digest?
    /// Whether it was cancelled or ran out of time. Another job for the same work takes precedence.
    package var isCutShort: Bool
    /// The finished share, 0 to 1, if the provider reports it.
    package var fraction: Double?
    /// The state as the provider spells it, with counts, for display.
    package var text: String
    /// The provider's reply.
    package var detail: JSONValue

    /// - Parameter isCutShort: whether the job was cancelled or ran out of time.
    package init(
        id: String, phase: Phase, identity: Identity = .tagged, fingerprint: Digest? = nil, isCutShort: Bool = false,
        fraction: Double? = nil,
        text: String, detail: JSONValue = .object([:])
    ) {
        self.id = id
        self.phase = phase
        self.identity = identity
        self.fingerprint = fingerprint
        self.isCutShort = isCutShort
        self.fraction = fraction
        self.text = text
        self.detail = detail
    }
}

/// The provider has no list of jobs, so an earlier job cannot be found.
package struct RemoteListUnavailable: Error, Sendable, Hashable {
    /// The provider's reply to the request for the list.
    package var reason: String

    /// - Parameter reason: the provider's reply to the request for the list.
    package init(reason: String) { self.reason = reason }
}

/// The effect of a failed create call.
package enum CreateFailure: Sendable, Hashable {
    /// Nothing was created.
    case notCreated
    /// Nothing was created because a quota or all slots are full. Try again later.
    case busy(retryAfter: Double?)
    /// A job may have been created.
    case unknown
}

/// One paid job at a provider: how to create it, look it up and poll it.
package protocol RemoteJobService: Sendable {
    /// Prepares the create call, for example by uploading files. May be called repeatedly.
    func prepare() async throws
    /// Creates the job with the tag attached. The snapshot states whether the provider's reply carries the tag.
    func create(tag: String) async throws -> RemoteSnapshot
    /// The effect that a failed `create` may have had.
    func failure(of error: any Error) -> CreateFailure
    /// The listed jobs that carry a tag and, if the provider keeps no tags, those that may be the same request;
    /// oldest first.
    func find(tag: String) async throws -> [RemoteSnapshot]
    /// Describes where a user finds the tag at the provider.
    func place(of tag: String) -> String
    /// The current state of a job.
    func snapshot(of id: String) async throws -> RemoteSnapshot
    /// Whether a failed poll may be repeated.
    func isTransient(_ error: any Error) -> Bool
    /// Whether an error means that the job does not exist.
    func isGone(_ error: any Error) -> Bool
}

extension RemoteListUnavailable: CustomStringConvertible {
    /// The message for the user, with the provider's reply.
    package var description: String { "the provider has no list of jobs: \(reason)" }
}
