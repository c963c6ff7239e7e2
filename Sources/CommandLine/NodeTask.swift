// `assay run-step`: executes one step inside a cluster job; not meant for users.

import Application
import ArgumentParser
import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Specification
import Steps
import VisionProtocol

struct NodeTask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-step", abstract: "Run one task of a submitted job on a node.", shouldDisplay: false)

    @Argument(help: "The submission's name.")
    var name: String
    @Option(help: "The path of the coordinator's state folder on this node.")
    var state: String

    func run() async throws {
        try await Reporter.explaining {
            let name: SafeName
            do { name = try SafeName(self.name) } catch { throw Refusal("\(error)", code: .invalid) }
            let variables = ProcessInfo.processInfo.environment
            let vision = VisionWorkerClient(executable: VisionWorkerClient.executableBesideThisProgram())
            let services = NodeServices(vision: vision, environment: Environment(variables))
            let index = variables["SLURM_ARRAY_TASK_ID"].flatMap(Int.init)
            let job = variables["SLURM_ARRAY_JOB_ID"].flatMap { array in index.map { "\(array)_\($0)" } }
            let node = SlurmNode(
                store: try ArtifactStore(root: state), folder: SlurmFolder(state: state), clock: SystemWallClock(),
                place: SlurmPlace(name: name, index: index ?? 0),
                node: variables["SLURMD_NODENAME"] ?? ProcessInfo.processInfo.hostName,
                job: job ?? variables["SLURM_JOB_ID"] ?? "?",
                restarts: variables["SLURM_RESTART_COUNT"].flatMap(Int.init) ?? 0,
                check: { try await services.checkNumerics(of: $0) },
                runner: { step in
                    guard let runner = services.runner(for: step) else { throw SlurmError.unknownTask(step.id.text) }
                    return runner
                })
            let isDone = try await node.run()
            await vision.stop()
            guard isDone else { throw ExitCode.failure }
        }
    }
}
