// The results that an explanation compares with: those of the last run of the same spec.

package import Artifacts
package import Basics
import Execution
import Foundation
import Ledger
import Planning

/// Looks up each step's result from the last run of this spec.
///
/// Prefers a run with the same `--set`, `--variant` and `--limit`, then one without any, then any earlier result of
/// the step. Otherwise, an experiment with a different `--set` would appear as a change of the spec.
package struct PreviousResults {
    private let workspace: Workspace
    private let experiment: String
    private var keys: [StepID: StepKey] = [:]

    /// The number of runs examined: a step may have been blocked in the most recent ones.
    private static let runsLookedAt = 50

    /// Reads the history of the spec; results are read from the store on demand.
    package init(_ options: SpecRequest, experiment: String, workspace: Workspace) throws {
        self.workspace = workspace
        self.experiment = experiment
        let path = URL(fileURLWithPath: options.spec).standardizedFileURL.path
        let runs = try workspace.ledger.runs(limit: PreviousResults.runsLookedAt)
            .filter { $0.spec == path && $0.experiment == experiment }
        let asked = options.selection
        let same = runs.filter { ($0.detail["selection"] ?? SpecRequest.noSelection) == asked }
        let plain = runs.filter { ($0.detail["selection"] ?? SpecRequest.noSelection) == SpecRequest.noSelection }
        for run in same + plain {
            for step in try workspace.ledger.steps(of: run.id) where keys[step.step] == nil && step.state.isDone {
                keys[step.step] = step.key
            }
        }
    }

    /// The last result of a step, if the store still has it.
    package func result(of step: StepID) throws -> ResultManifest? {
        if let key = keys[step], let result = try workspace.store.result(for: key) { return result }
        return try workspace.store.latest(step, experiment: experiment)
    }
}

extension PreviousResults {
    /// A function that finds the newest result of a step of this experiment with a given output digest. All results
    /// are read once.
    package func byOutput() throws -> (StepID, Digest) throws -> ResultManifest? {
        struct Output: Hashable {
            var step: StepID
            var digest: Digest
        }
        var keys: [Output: StepKey] = [:]
        for result in try workspace.store.results() where result.experiment == experiment {
            for output in result.outputs { keys[Output(step: result.step, digest: output.digest)] = result.key }
        }
        return { step, digest in
            try keys[Output(step: step, digest: digest)].flatMap { try workspace.store.result(for: $0) }
        }
    }
}

extension SpecRequest {
    /// No `--set`, `--variant`, `--sweep` or `--limit`.
    static let noSelection: JSONValue = ["set": [], "variant": [], "sweep": false, "limit": .null]

    /// The command line's changes and selections, as the run history stores them.
    var selection: JSONValue {
        [
            "set": .array(settings.sorted().map { .string($0) }), "variant": .array(variant.sorted().map { .string($0) }),
            "sweep": .bool(sweep), "limit": limit.map { .int(Int64($0)) } ?? .null,
        ]
    }
}

extension String {
    /// Whether a step in this state has a result.
    fileprivate var isDone: Bool { self == StepState.ran.rawValue || self == StepState.cached.rawValue }
}
