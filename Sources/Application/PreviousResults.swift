// The results that an explanation compares with: those of the last run of the same spec.

package import Artifacts
package import Basics
import Execution
import Foundation
import Ledger
import Planning

/// Looks up what each step's result was when this spec last ran.
///
/// A run with the same `--set`, `--variant` and `--limit` is compared with first, then one without any, then any earlier
/// result of the step: otherwise an experiment with another `--set` would appear as a change of the spec.
package struct PreviousResults {
    private let workspace: Workspace
    private let experiment: String
    private var keys: [StepID: StepKey] = [:]

    /// How many runs are looked at: a step may have been blocked in the last ones.
    private static let runsLookedAt = 50

    /// Reads the history of the spec; results are read from the store when they are asked for.
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

    /// The last result of a step, if it is still in the store.
    package func result(of step: StepID) throws -> ResultManifest? {
        if let key = keys[step], let result = try workspace.store.result(for: key) { return result }
        return try workspace.store.latest(step, experiment: experiment)
    }
}

extension SpecRequest {
    /// No `--set`, `--variant`, `--sweep` or `--limit`.
    static let noSelection: JSONValue = ["set": [], "variant": [], "sweep": false, "limit": .null]

    /// What the command line changes in the spec or selects of it, as the history of runs keeps it.
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
