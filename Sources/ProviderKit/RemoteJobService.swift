// What the engine needs of a provider to look after one paid job.

package import Basics

/// A job as the provider shows it now.
package struct RemoteSnapshot: Sendable, Hashable {
    package enum Phase: Sendable, Hashable {
        case running
        /// In a state that is not documented, and nothing else says whether it has ended.
        case unknown
        /// Ended, with results to fetch, be they partial.
        case completed
        /// Ended without results.
        case ended(reason: String)
        /// Taken, and given back unpaid as quota was full: another attempt is made after a while.
        case crowdedOut(reason: String)
    }

    /// How far it is known that the job is the wanted one.
    package enum Identity: Sendable, Hashable {
        /// It carries the tag that travelled with the create call.
        case tagged
        /// It carries no tag, as the provider keeps none, and all that it shows equals the request: the same input file
        /// by name and size, and every parameter that the request sets.
        case sameRequest
        /// It carries no tag and shows too little to tell.
        case unclear
    }

    package var id: String
    package var phase: Phase
    package var identity: Identity
    /// The fingerprint that the job carries, where the provider keeps one.
    package var fingerprint: Digest?
    /// Whether it was cancelled or ran out of time: where another job does the same work, that one is taken.
    package var isCutShort: Bool
    /// How far it is, where the provider says.
    package var fraction: Double?
    /// The provider's own word for its state, and counts, for people.
    package var text: String
    /// The provider's answer.
    package var detail: JSONValue

    package init(
        id: String, phase: Phase, identity: Identity = .tagged, fingerprint: Digest? = nil, isCutShort: Bool = false, fraction: Double? = nil,
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

/// The provider has no list of jobs: whether one was created before cannot be seen there.
package struct RemoteListUnavailable: Error, Sendable, Hashable {
    /// The provider's answer to the question for the list.
    package var reason: String

    package init(reason: String) { self.reason = reason }
}

/// What a failed create call says of its effect.
package enum CreateFailure: Sendable, Hashable {
    /// Nothing was made.
    case notCreated
    /// Nothing was made for now: quota or slots are full. Try again after a while.
    case busy(retryAfter: Double?)
    /// It may have been made.
    case unknown
}

/// One paid job at a provider: how to create it, find it again and ask how it is.
package protocol RemoteJobService: Sendable {
    /// Does what the create call needs first, such as uploads. May be called again.
    func prepare() async throws
    /// Creates the job; the tag travels with it. The snapshot says whether the provider's answer carries the tag.
    func create(tag: String) async throws -> RemoteSnapshot
    /// What a failed `create` says of its effect.
    func failure(of error: any Error) -> CreateFailure
    /// The jobs in the provider's list that carry a tag and, where the provider keeps no tags, those that may be the
    /// wanted one all the same; oldest first.
    func find(tag: String) async throws -> [RemoteSnapshot]
    /// Where a tag is seen at the provider, for people.
    func place(of tag: String) -> String
    /// The job now.
    func snapshot(of id: String) async throws -> RemoteSnapshot
    /// Whether a failed question may be asked again.
    func isTransient(_ error: any Error) -> Bool
    /// Whether an error says that there is no such job.
    func isGone(_ error: any Error) -> Bool
}

extension RemoteListUnavailable: CustomStringConvertible {
    package var description: String { "the provider has no list of jobs: \(reason)" }
}
