// The interface between the executor and the code that runs a step.

package import Artifacts
package import Basics
package import Foundation
package import Planning
package import Platform

/// Runs one step. It has access to the step's inputs, a scratch folder and journals, but neither to the store nor to
/// the ledger.
package protocol StepRunner: Sendable {
    /// Does the work and returns its outputs.
    /// - Throws: `StepWaiting` if remote work continues without this process; any other error fails the step.
    func run(_ context: StepContext) async throws -> StepOutcome
}

/// An input of a running step: an artifact whose content was verified.
package struct InputArtifact: Sendable, Hashable {
    /// The digest of the content, which is part of the step's key for content inputs.
    package var digest: Digest
    /// The path of the artifact, which must not be modified.
    package var path: String
}

/// The outputs and facts that a runner returns; the executor stores them under the step's key.
package struct StepOutcome: Sendable {
    /// The content of one output.
    package enum Content: Sendable {
        case data(Data)
        /// A file in the scratch folder, which is moved into the store.
        case file(String)
        /// An artifact that is already in the store.
        case existing(Digest)
    }

    /// The outputs by name, all of which become artifacts.
    package var outputs: [String: Content]
    /// Facts about the run: usage, remote ids, times. They are in no key.
    package var facts: JSONValue
    /// The duration of the work in seconds, if it differs from the runner's own: a job of a cluster waits first.
    package var seconds: Double?

    /// - Parameter seconds: the duration of the work, if it differs from the runner's own.
    package init(_ outputs: [String: Content], facts: JSONValue = .object([:]), seconds: Double? = nil) {
        self.outputs = outputs
        self.facts = facts
        self.seconds = seconds
    }
}

/// Thrown if remote work of the step continues without this process (`--detach`).
package struct StepWaiting: Error, Sendable {
    /// A description of what the step waits for.
    package var reason: String

    /// - Parameter reason: a description of what the step waits for.
    package init(_ reason: String) { self.reason = reason }
}

/// Everything that a runner may use.
package struct StepContext: Sendable {
    /// The step that runs, with its identity and settings.
    package let step: Step
    /// The key under which the result will be stored.
    package let key: StepKey
    /// The verified inputs by name.
    package let inputs: [String: InputArtifact]
    /// An empty folder, which is cleared after the step.
    package let scratch: String
    /// A second such folder, for temporary files of the step's programs.
    package let temporary: String
    /// Limits on concurrent work; every expensive operation runs in a lane.
    package let lanes: WorkLanes
    /// The time, which tests and emulators replace.
    package let clock: any WallClock
    let store: ArtifactStore
    let events: @Sendable (RunEvent) -> Void

    /// Does the main work of the step in the lane of its kind.
    package func inOwnLane<T: Sendable>(_ work: @Sendable () async throws -> T) async throws -> T {
        guard let lane = step.kind.definition.lane else { return try await work() }
        return try await lanes.run(in: lane, work)
    }

    /// The content of an input.
    /// - Throws: `StepInputMissing` if the step has no such input; errors of the store.
    package func data(_ name: String) throws -> Data {
        try store.bytes(of: input(name).digest)
    }

    /// An input by name.
    package func input(_ name: String) throws -> InputArtifact {
        guard let input = inputs[name] else { throw StepInputMissing(step: step.id, input: name) }
        return input
    }

    /// A journal that outlives the step, so that recorded work is not repeated. Steps that share part of their
    /// identity share the journal of that part.
    package func journal(_ name: Digest) -> Journal {
        store.journal(named: name)
    }

    /// Knowledge about file contents from earlier steps; `name` includes the version of the method.
    package func memory(_ name: StaticString) -> DigestMemory { store.memory(name) }

    /// Knowledge about file contents by one method among many; `method` identifies it.
    package func memory(_ name: StaticString, of method: Digest) -> DigestMemory { store.memory(name, of: method) }

    /// The digests of files outside the store; unchanged files are not read again.
    package func digests(of files: [FoundFile], threads: Int) throws -> [FileDigest] {
        try store.statCache().digests(of: files, threads: threads).map { try $0.get() }
    }

    /// The path of an image: in the store, verified against its digest, or below the dataset's folder.
    /// - Throws: `StoreError` for a damaged image; the executor then indexes the dataset again.
    ///   `UnsafeName` for a path that leads out of the folder: the index may come from an untrusted project.
    package func imagePath(_ digest: Digest, _ relative: String, folder: String?) throws -> String {
        if let folder { return folder.appending(try SafePath(relative)) }
        return try store.verifiedPath(of: digest)
    }

    /// The path of an artifact that an input names.
    package func artifactPath(_ digest: Digest) throws -> String { try store.verifiedPath(of: digest) }

    /// A file that outlives a failed step, for content that is fetched in pieces. Its path depends on the step's key.
    package func persistentPath(_ name: StaticString, _ digest: Digest? = nil) throws -> String {
        try store.persistentPath(for: key, name, digest)
    }

    /// Stores content at once; used for pictures, which many steps read by their digests.
    package func keep(_ content: StepOutcome.Content) throws -> Digest {
        switch content {
        case .data(let data): try store.put(data).digest
        case .file(let path): try store.put(fileAt: path, moving: true).digest
        case .existing(let digest): digest
        }
    }

    /// Two empty folders that outlive the step, for a process that serves later steps too. They go with the run.
    package func lastingFolder() throws -> ScratchFolder { try store.makeScratch() }

    /// Reports the step's progress; `fraction` is from 0 to 1.
    package func progress(_ fraction: Double?, _ text: String) {
        events(.progress(step.id, fraction: fraction, text: text))
    }

    /// Reports an event that deserves its own line.
    package func note(_ text: String) { events(.note(step.id, text)) }
}

/// A defect of the plan: the step lacks an input that its runner reads.
package struct StepInputMissing: Error, Hashable, Sendable {
    /// The step whose runner asked for the input.
    package var step: StepID
    /// The name that the runner asked for.
    package var input: String
}
