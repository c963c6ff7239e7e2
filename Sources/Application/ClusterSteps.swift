// The Slurm executor of a run: which steps become cluster jobs, and the jobs' resources and environment.

import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification
import Steps
import VisionProtocol

/// Steps that run as cluster jobs.
struct ClusterSteps: Sendable {
    let queue: SlurmQueue
    private let spec: SlurmSpec
    private let chains: EpochChains
    private let environment: Specification.Environment

    /// Variables that every job receives: user, program and library paths, locale, time zone, Slurm's configuration.
    private static let usualVariables = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
        "SLURM_CONF",
    ]

    /// Prefixes of variables that affect how the numeric libraries compute a network; with `OPENBLAS_CORETYPE`,
    /// different nodes compute identically. A job without them would not compute what the plan's keys state.
    private static let numericPrefixes = ["OPENBLAS_", "MKL_", "OMP_", "ATEN_"]

    init(
        _ spec: SlurmSpec, plan: Plan, environment: Specification.Environment, stateFolder: String, detach: Bool,
        trace: RunTrace?, note: @escaping @Sendable (String) -> Void
    ) {
        self.spec = spec
        self.environment = environment
        chains = EpochChains(plan)
        let program = URL(fileURLWithPath: VisionWorkerClient.executableBesideThisProgram())
            .deletingLastPathComponent().appendingPathComponent("assay").path
        var settings = SlurmQueue.Settings(
            program: program, stateFolder: URL(fileURLWithPath: stateFolder).standardizedFileURL.path,
            workingFolder: FileManager.default.currentDirectoryPath)
        settings.detach = detach
        queue = SlurmQueue(
            service: SlurmCommandLine(), settings: settings, clock: SystemWallClock(), trace: trace, note: note)
    }

    /// The runner of a step that may run on a node; `nil` for a local step.
    func runner(for step: Step) -> (any StepRunner)? {
        guard step.runsOnCluster else { return nil }
        return SlurmRunner(
            queue: queue, chain: chains.chain(from: step), resources: resources(of: step),
            environment: variables(of: step))
    }

    private func resources(of step: Step) -> SlurmResources {
        let own: SlurmResourcesSpec? =
            switch step.kind.definition.cluster {
            case .train: spec.train
            case .predict: spec.predict
            case .command: spec.command
            case nil: nil
            }
        let asked = own?.over(spec.resources) ?? spec.resources
        let gpus = step.trainer?.settings.resources.gpu ?? 0
        return SlurmResources(
            partition: asked.partition, account: asked.account, seconds: asked.time.map { $0 / .seconds(1) },
            memory: asked.memory, gres: asked.gres ?? (gpus > 0 ? "gpu:\(gpus)" : nil), constraint: asked.constraint,
            // The number of threads affects the last bits of trained weights, so it comes from the step, not from the
            // node.
            cpus: max(asked.cpus ?? 1, step.numerics?.threads ?? 1))
    }

    /// The usual variables, those of the numeric libraries, and those that a program declares.
    private func variables(of step: Step) -> [String: String] {
        var names = ClusterSteps.usualVariables
        if step.numerics != nil {
            names += environment.names.filter { name in ClusterSteps.numericPrefixes.contains { name.hasPrefix($0) } }
        }
        if case .runCommand(let work) = step.work { names += work.identity.environment.keys }
        if let trainer = step.trainer { names += trainer.program.environment.keys }
        var variables: [String: String] = [:]
        for name in names { variables[name] = environment[name] }
        return variables
    }
}
