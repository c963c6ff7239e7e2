// The cluster's own commands: sbatch, squeue, scontrol, scancel.

import Foundation
import Platform

/// What is asked of a cluster. A seam: preemption and lost replies cannot be had from a cluster at will.
package protocol SlurmService: Sendable {
    /// Submits a job and gives its id.
    func submit(_ job: SlurmJob) async throws -> String
    /// All jobs of ours, those that ended lately too.
    func list() async throws -> [SlurmState]
    /// What is known of one job, by Slurm's names.
    func details(_ id: String) async throws -> [String: String]
    func cancel(_ ids: [String]) async throws
}

/// Slurm through its command line, without an accounting database.
package struct SlurmCommandLine: SlurmService {
    package init() {}

    package func submit(_ job: SlurmJob) async throws -> String {
        // Only what is named: the job gets all that sbatch sees, and the coordinator's keys are no affair of a node.
        let output = try await run(
            "sbatch", job.arguments, environment: job.environment, input: Data(job.script.utf8))
        // `id` or `id;cluster`.
        return String(output.prefix { $0 != ";" }).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    package func list() async throws -> [SlurmState] {
        SlurmState.parse(
            try await run("squeue", ["--noheader", "--me", "--array", "--states=all", "--format=\(SlurmState.format)"]))
    }

    package func details(_ id: String) async throws -> [String: String] {
        SlurmState.details(try await run("scontrol", ["--oneliner", "show", "job", id]))
    }

    /// The names of the partitions.
    package func partitions() async throws -> [String] {
        try await run("scontrol", ["--oneliner", "show", "partition"]).split(separator: "\n")
            .compactMap { SlurmState.details(String($0))["PartitionName"] }
    }

    package func cancel(_ ids: [String]) async throws {
        for start in stride(from: 0, to: ids.count, by: 500) {
            _ = try await run("scancel", ["--quiet"] + ids[start..<min(start + 500, ids.count)])
        }
    }

    private func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: Data = Data()
    ) async throws -> String {
        // What sbatch sees the job sees too: the mark by which programs die with this process must not be in it.
        let command = ChildCommand(
            program, arguments, environment: environment ?? [:], inheritsEnvironment: environment == nil,
            diesWithParent: environment == nil)
        let result: ChildResult
        do {
            result = try await ChildProcess.run(command, input: input)
        } catch ChildProcessError.programNotFound(let program) {
            throw SlurmError.noCommand(program)
        }
        guard result.status.isSuccess else {
            throw SlurmError.command(
                program, words: result.errorTail.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return String(decoding: result.output, as: UTF8.self)
    }
}
