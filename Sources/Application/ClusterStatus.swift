// Cluster jobs for `assay status`.

import Basics
import Execution
import Foundation
import Planning
import Platform

/// The pending and running jobs of a project, with Slurm's state and reason.
package enum ClusterStatus {
    /// One line per job. Queries Slurm, and reports if it does not respond.
    package static func lines(in workspace: Workspace) async -> [String] {
        let folder = SlurmFolder(state: URL(fileURLWithPath: workspace.folder).standardizedFileURL.path)
        let names = Set((try? LocalFileSystem().list(folder.jobs))?.compactMap { try? SafeName($0) } ?? [])
        guard !names.isEmpty else { return [] }
        do {
            let states = try await SlurmCommandLine().list()
            var sent: [SafeName: String] = [:]
            for name in names { sent[name] = folder.read(String.self, at: folder.job(name) + "/sent") }
            let ours = SlurmState.byPlace(states.filter { names.contains($0.place.name) }, sent: sent).values
            return ours.filter { !$0.isEnded }.sorted { $0.order < $1.order }.map { line($0, folder) }
        } catch {
            return ["Slurm jobs are unknown: \(error)"]
        }
    }

    private static func line(_ state: SlurmState, _ folder: SlurmFolder) -> String {
        let steps = folder.read(SlurmTask.self, at: folder.task(state.place, "json"))?.steps ?? []
        let first = steps.first?.id.text ?? "a step"
        var line = "Slurm job \(state.id), \(state.place.name): \(state.text): \(first)"
        if steps.count == 2 { line += " and the epoch after it" }
        if steps.count > 2 { line += " and the \(steps.count - 1) epochs after it" }
        if state.phase == .running, let now = folder.read(SlurmProgress.self, at: folder.task(state.place, "progress")) {
            line += "; " + (now.step.text == first ? "" : "now \(now.step.text), ") + now.text
        }
        return line
    }
}
