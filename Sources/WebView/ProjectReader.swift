// Opens the project and caches the data of its pages.

import Application
import Basics
import Foundation
import Ledger
import Platform
import Reporting
import TaskKit
import Tasks

/// The project behind the pages. Its state is opened when it exists and never created. Results of recently viewed runs
/// are kept in memory.
actor ProjectReader {
    private struct Entry {
        var stamp: FileStatus
        var loaded: Task<LoadedRun, any Error>
        var report: Task<ServedReport, any Error>?
        var use: Int
    }

    private let state: String?
    private let environment: [String: String]
    private var opened: Workspace?
    private var entries: [RunID: Entry] = [:]
    private var uses = 0

    /// The number of runs whose results are kept, and the largest sum of their files in bytes. The most recently viewed
    /// run is always kept.
    private static let maxRuns = 8
    private static let maxBytes: Int64 = 128 << 20

    init(state: String?, environment: [String: String]) {
        self.state = state
        self.environment = environment
    }

    /// The project's state; `nil` if nothing has run.
    func workspace() throws -> Workspace? {
        if let opened, LocalFileSystem().exists(opened.ledger.path) { return opened }
        entries = [:]
        opened = try Workspace.existing(state: state, environment: environment)
        return opened
    }

    /// The results of a run with the index of its answers. The first call reads the file, which takes a second or two
    /// for 100,000 answers.
    func loaded(_ run: RunRecord, in workspace: Workspace) async throws -> LoadedRun {
        try await entry(run, workspace).loaded.value
    }

    /// The run's report, computed with the first call.
    func report(_ run: RunRecord, in workspace: Workspace, _ links: SiteLinks) async throws -> ServedReport {
        let entry = try entry(run, workspace)
        if let report = entry.report { return try await report.value }
        let report = Task.detached { [loaded = entry.loaded] in
            let loaded = try await loaded.value
            return try ExperimentReport(loaded.results, tasks: .standard).served(tables: links.run(run.id, "tables/")) {
                loaded.index.number(of: $0).flatMap { loaded.index.pictures[$0] == nil ? nil : links.picture($0, of: run.id) }
            }
        }
        entries[run.id]?.report = report
        return try await report.value
    }

    /// Whether a run has results, without reading them.
    static func hasResults(_ run: RunRecord, in workspace: Workspace) -> Bool { (try? stamp(run, workspace)) != nil }

    private func entry(_ run: RunRecord, _ workspace: Workspace) throws -> Entry {
        guard let stamp = try ProjectReader.stamp(run, workspace) else {
            throw Refusal("\(run.id) has no results: \(run.reasonForNoResults)", code: .failure)
        }
        uses += 1
        if var known = entries[run.id], known.stamp == stamp {
            known.use = uses
            entries[run.id] = known
            return known
        }
        let entry = Entry(
            stamp: stamp,
            loaded: Task.detached {
                let results = try workspace.results(of: run)
                return LoadedRun(results: results, index: AnswerIndex(results))
            }, use: uses)
        entries[run.id] = entry
        while entries.count > 1,
            entries.count > ProjectReader.maxRuns
                || entries.values.reduce(0, { $0 + $1.stamp.size }) > ProjectReader.maxBytes,
            let oldest = entries.min(by: { $0.value.use < $1.value.use })?.key
        {
            entries[oldest] = nil
        }
        return entry
    }

    private static func stamp(_ run: RunRecord, _ workspace: Workspace) throws -> FileStatus? {
        try LocalFileSystem().status(workspace.runFolder(run.id) + "/results.json")
    }
}

/// The results of a run and their index.
struct LoadedRun: Sendable {
    let results: ExperimentResults
    let index: AnswerIndex
}
