// Verifies a project's store and removes results no longer needed.

package import Artifacts
package import Basics
import Foundation
import Ledger
import Planning

/// Verifies, measures and cleans up the store of a project.
package struct Housekeeping {
    private let workspace: Workspace

    /// - Parameter workspace: the project with the store.
    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// The result of verifying the whole store.
    package struct Verification: Sendable {
        /// Counts, and the damaged objects.
        package var report: StoreReport
        /// The steps of incomplete results, by key; a result is absent if its record cannot be read.
        package var steps: [StepKey: StepID]

        /// Whether every object matches its digest and every result has all its outputs.
        package var isWhole: Bool { report.corrupt.isEmpty && report.broken.isEmpty }
    }

    /// Reads every object and compares it with its digest.
    /// - Parameter repair: whether to remove damaged objects, so that their steps run again.
    package func verify(repair: Bool) throws -> Verification {
        let report = try workspace.store.verify(threads: ProcessInfo.processInfo.activeProcessorCount, repair: repair)
        var steps: [StepKey: StepID] = [:]
        for key in report.broken { steps[key] = (try? workspace.store.result(for: key))?.step }
        return Verification(report: report, steps: steps)
    }

    /// Removes results that the last runs did not use. Keeps results that were paid for and those of active runs.
    /// - Parameters:
    ///   - runs: the number of recent runs to keep the results of.
    ///   - dryRun: only counts what would be removed.
    /// - Throws: `Refusal` if the ledger has no runs and therefore does not show which results are needed.
    package func collectGarbage(keepingRuns runs: Int, dryRun: Bool) throws -> GarbageReport {
        // A lost and recreated ledger has no record of the results that its runs used.
        if runs > 0, try workspace.ledger.runs(limit: 1).isEmpty, try !workspace.store.results().isEmpty {
            throw Refusal(
                "the ledger contains no runs, so it is unknown which results are needed: first run the experiments that are "
                    + "to be kept, or give --keep-runs 0 to keep none",
                code: .invalid)
        }
        var keys = try workspace.ledger.keys(ofLastRuns: runs)
        // Keeps the inputs of open jobs, and the results that active runs have read or produced.
        for job in try workspace.ledger.jobs(.open) { keys.formUnion(try workspace.ledger.keys(of: job.run)) }
        try workspace.ledger.closeDeadRuns()
        let running = try workspace.ledger.runs().filter { $0.state == "running" }
        for run in running { keys.formUnion(try workspace.ledger.keys(of: run.id)) }
        let hourAgo = Date().addingTimeInterval(-3600)
        let youngest = running.map(\.startedAt).reduce(hourAgo, min)
        // Keeps fine-tuned models, which were paid for, and the images of every kept manifest.
        var digests: Set<Digest> = []
        for summary in try workspace.store.results() {
            if summary.kind == StepKind.fineTune.rawValue { keys.insert(summary.key) }
            if summary.kind == StepKind.indexDataset.rawValue,
                keys.contains(summary.key) || summary.createdAt >= youngest,
                let digest = summary.output(IndexDataset.manifest)?.digest
            {
                let manifest = try DatasetManifest(decoding: workspace.store.bytes(of: digest))
                digests.formUnion(manifest.entries.map(\.digest))
            }
        }
        return try workspace.store.collectGarbage(keeping: keys, and: digests, newerThan: youngest, dryRun: dryRun)
    }
}
