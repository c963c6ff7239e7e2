// Keeps the store of a project whole and small.

package import Artifacts
package import Basics
import Foundation
import Ledger
import Planning

/// Checks, measures and tidies the store of a project.
package struct Housekeeping {
    private let workspace: Workspace

    /// - Parameter workspace: the project whose store is tidied.
    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// What a check of the whole store found.
    package struct Verification: Sendable {
        /// Counts, and what is damaged.
        package var report: StoreReport
        /// The steps of results that are not whole, by key; absent where the record itself cannot be read.
        package var steps: [StepKey: StepID]

        /// Whether every object has its digest and every result its outputs.
        package var isWhole: Bool { report.corrupt.isEmpty && report.broken.isEmpty }
    }

    /// Reads every object and compares it with its digest.
    /// - Parameter repair: whether what is damaged is removed, so that the steps that made it run again.
    package func verify(repair: Bool) throws -> Verification {
        let report = try workspace.store.verify(threads: ProcessInfo.processInfo.activeProcessorCount, repair: repair)
        var steps: [StepKey: StepID] = [:]
        for key in report.broken { steps[key] = (try? workspace.store.result(for: key))?.step }
        return Verification(report: report, steps: steps)
    }

    /// Removes results that the last runs did not use. Results that were paid for stay, as do those of runs that are
    /// still going.
    /// - Parameters:
    ///   - runs: how many of the last runs keep what they used.
    ///   - dryRun: only counts what would be removed.
    /// - Throws: `Refusal` when the ledger knows no run that could say what is needed.
    package func collectGarbage(keepingRuns runs: Int, dryRun: Bool) throws -> GarbageReport {
        // A ledger that was lost does not know what its runs used.
        if runs > 0, try workspace.ledger.runs(limit: 1).isEmpty, try !workspace.store.results().isEmpty {
            throw Refusal(
                "the ledger knows no run, so nothing says which results are needed: run the experiments that are "
                    + "to be kept first, or give --keep-runs 0 to keep none",
                code: .invalid)
        }
        var keys = try workspace.ledger.keys(ofLastRuns: runs)
        // What an open job was made from, and what a run that goes on has read or made.
        for job in try workspace.ledger.jobs(.open) { keys.formUnion(try workspace.ledger.keys(of: job.run)) }
        try workspace.ledger.closeDeadRuns()
        let running = try workspace.ledger.runs().filter { $0.state == "running" }
        for run in running { keys.formUnion(try workspace.ledger.keys(of: run.id)) }
        let hourAgo = Date().addingTimeInterval(-3600)
        let youngest = running.map(\.startedAt).reduce(hourAgo, min)
        // A model that was paid for stays, and images stay with the manifest that names them.
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
