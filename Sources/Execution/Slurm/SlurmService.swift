// The cluster's own commands: sbatch, squeue, scontrol, scancel.

import Foundation
import Platform

/// The operations of a cluster. A seam, because preemption and lost replies cannot be produced on a real cluster at
/// will.
package protocol SlurmService: Sendable {
    /// Submits a job and returns its id.
    func submit(_ job: SlurmJob) async throws -> String
    /// All jobs submitted by Assay, including those that ended recently.
    func list() async throws -> [SlurmState]
    /// The details of one job, under Slurm's names.
    func details(_ id: String) async throws -> [String: String]
    func cancel(_ ids: [String]) async throws
}

/// Slurm through its commands, without an accounting database.
package struct SlurmCommandLine: SlurmService {
    /// The commands are looked up in `PATH` at each call.
    package init() {}

    /// Runs `sbatch` with only the named environment variables.
    package func submit(_ job: SlurmJob) async throws -> String {
        // The job inherits everything that sbatch sees, and the coordinator's keys must not reach a node.
        let output = try await run(
            "sbatch", job.arguments, environment: job.environment, input: Data(job.script.utf8))
        // The reply is `id` or `id;cluster`.
        return String(output.prefix { $0 != ";" }).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs `squeue` once for all jobs.
    package func list() async throws -> [SlurmState] {
        SlurmState.parse(
            try await run("squeue", ["--noheader", "--me", "--array", "--states=all", "--format=\(SlurmState.format)"]))
    }

    /// Runs `scontrol show job`.
    package func details(_ id: String) async throws -> [String: String] {
        SlurmState.details(try await run("scontrol", ["--oneliner", "show", "job", id]))
    }

    /// The names of the cluster's partitions.
    package func partitions() async throws -> [String] {
        try await run("scontrol", ["--oneliner", "show", "partition"]).split(separator: "\n")
            .compactMap { SlurmState.details(String($0))["PartitionName"] }
    }

    /// Runs `scancel`; jobs that have already ended are not an error.
    package func cancel(_ ids: [String]) async throws {
        for start in stride(from: 0, to: ids.count, by: 500) {
            _ = try await run("scancel", ["--quiet"] + ids[start..<min(start + 500, ids.count)])
        }
    }

    private func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: Data = Data()
    ) async throws -> String {
        // The job inherits sbatch's environment, which must not contain the mark by which programs end with this
        // process.
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
                program, message: result.errorTail.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return String(decoding: result.output, as: UTF8.self)
    }
}
