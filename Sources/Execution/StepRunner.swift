// What runs a step, and all that it gets to do so.

package import Artifacts
package import Basics
package import Foundation
package import Planning
package import Platform

/// Runs one step. It sees its inputs, a scratch folder, journals and its scope, neither store nor ledger.
package protocol StepRunner: Sendable {
    /// Does the work and says what came out.
    /// - Throws: `StepWaiting` when remote work goes on without us; any other error fails the step.
    func run(_ context: StepContext) async throws -> StepOutcome
}

/// An input of a running step: an artifact, whole and checked.
package struct InputArtifact: Sendable, Hashable {
    package var digest: Digest
    package var path: String
}

/// What a step made.
package struct StepOutcome: Sendable {
    package enum Content: Sendable {
        case data(Data)
        /// A file in the scratch folder; it is moved into the store.
        case file(String)
        /// An artifact that is in the store already.
        case existing(Digest)
    }

    package var outputs: [String: Content]
    /// What is worth knowing of how it went: usage, remote ids, times. No part of any key.
    package var facts: JSONValue
    /// How long the work took where that is not as long as the runner took: a job of a cluster waits first.
    package var seconds: Double?

    package init(_ outputs: [String: Content], facts: JSONValue = .object([:]), seconds: Double? = nil) {
        self.outputs = outputs
        self.facts = facts
        self.seconds = seconds
    }
}

/// Remote work of the step goes on without us (`--detach`).
package struct StepWaiting: Error, Sendable {
    /// What is waited for, in words.
    package var reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// What a runner may use.
package struct StepContext: Sendable {
    package let step: Step
    package let key: StepKey
    package let inputs: [String: InputArtifact]
    /// An empty folder; what it holds is gone after the step.
    package let scratch: String
    /// Another such folder, for temporary files of the step's programs.
    package let temporary: String
    package let lanes: WorkLanes
    package let clock: any WallClock
    let store: ArtifactStore
    let events: @Sendable (RunEvent) -> Void

    /// The bytes of an input.
    /// - Throws: `StepInputMissing` when the step has no such input; errors of the store.
    package func data(_ name: String) throws -> Data {
        try store.bytes(of: input(name).digest)
    }

    /// An input by its name.
    package func input(_ name: String) throws -> InputArtifact {
        guard let input = inputs[name] else { throw StepInputMissing(step: step.id, input: name) }
        return input
    }

    /// A journal that outlives the step: what it holds is not done again. Steps that share a part of their identity
    /// share the journal of that part.
    package func journal(_ name: Digest) -> Journal {
        store.journal(named: name)
    }

    /// What earlier steps found out about bytes; `name` carries the version of how it is found out.
    package func memory(_ name: StaticString) -> DigestMemory { store.memory(name) }

    /// The digests of files outside the store; those that did not change since they were last read are known.
    package func digests(of files: [FoundFile], threads: Int) throws -> [FileDigest] {
        try store.statCache().digests(of: files, threads: threads).map { try $0.get() }
    }

    /// Where an image is: in the store, checked against its digest, or below the dataset's folder.
    /// - Throws: `StoreError` for a damaged image; the executor then has the dataset indexed again. `UnsafeName` for a path
    ///   that leads out of the folder: the index may have come with somebody else's project.
    package func imagePath(_ digest: Digest, _ relative: String, folder: String?) throws -> String {
        if let folder { return folder.appending(try SafePath(relative)) }
        return try store.verifiedPath(of: digest)
    }

    /// Where an artifact is that an input names.
    package func artifactPath(_ digest: Digest) throws -> String { try store.verifiedPath(of: digest) }

    /// A file that outlives a step that fails, for what is fetched piece by piece. It belongs to the step's key.
    package func persistentPath(_ name: StaticString, _ digest: Digest? = nil) throws -> String {
        try store.persistentPath(for: key, name, digest)
    }

    /// Puts a file into the store at once; for pictures, which many steps read by their digests.
    package func keep(_ content: StepOutcome.Content) throws -> Digest {
        switch content {
        case .data(let data): try store.put(data).digest
        case .file(let path): try store.put(fileAt: path, moving: true).digest
        case .existing(let digest): digest
        }
    }

    /// Two empty folders that outlive the step, for a process that serves later steps too. They go with the run.
    package func lastingFolder() throws -> ScratchFolder { try store.makeScratch() }

    /// Says how far the step is.
    package func progress(_ fraction: Double?, _ text: String) {
        events(.progress(step.id, fraction: fraction, text: text))
    }

    /// Says something worth a line of its own.
    package func note(_ text: String) { events(.note(step.id, text)) }
}

/// A defect of the plan: a step without an input that its runner reads.
package struct StepInputMissing: Error, Hashable, Sendable {
    package var step: StepID
    package var input: String
}
