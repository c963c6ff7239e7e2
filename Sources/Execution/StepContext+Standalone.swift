// A context for work outside a run: predictions with a trained model, checks of a trainer.

package import Artifacts
package import Basics
package import Planning

extension StepContext {
    /// A context for a step that is not part of a run. Nothing is recorded: the caller decides about the outcome's
    /// outputs and returns the folders with `store.release`.
    /// - Parameter inputs: digests of artifacts in `store`.
    /// - Throws: `StoreError` for a missing or damaged artifact.
    package static func standalone(
        _ step: Step, inputs: [String: Digest], scratch: ScratchFolder, store: ArtifactStore, clock: any WallClock,
        events: @escaping @Sendable (RunEvent) -> Void
    ) throws -> StepContext {
        var artifacts: [String: InputArtifact] = [:]
        for (name, digest) in inputs {
            artifacts[name] = InputArtifact(digest: digest, path: try store.verifiedPath(of: digest))
        }
        return StepContext(
            step: step, key: StepKey(Digest(of: "standalone \(step.id)")), inputs: artifacts, scratch: scratch.path,
            temporary: scratch.temporary, lanes: WorkLanes(jobs: 1), clock: clock, store: store, events: events)
    }
}
