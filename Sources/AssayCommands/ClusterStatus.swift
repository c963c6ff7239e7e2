// What `assay status` tells of jobs of a cluster.

import Basics
import Execution
import Foundation
import Planning
import Platform

/// The jobs of a project that pend or run, with Slurm's state and reason.
enum ClusterStatus {
    static func lines(in workspace: Workspace) async -> [String] {
        let folder = SlurmFolder(state: URL(fileURLWithPath: workspace.folder).standardizedFileURL.path)
        let names = Set((try? LocalFileSystem().list(folder.jobs)) ?? [])
        guard !names.isEmpty else { return [] }
        do {
            let states = try await SlurmCommandLine().list()
            return states.filter { names.contains($0.place.name) }.compactMap { state in
                if case .ended = state.phase { return nil }
                let steps = folder.read(SlurmTask.self, at: folder.task(state.place, "json"))?.steps ?? []
                let first = steps.first?.id.text ?? "a step"
                return "Slurm job \(state.id), \(state.place.name): \(state.words): \(first)"
                    + (steps.count > 1 ? " and the \(steps.count - 1) epochs after it" : "")
            }
        } catch {
            return ["Slurm jobs are not known: \(error)"]
        }
    }
}
