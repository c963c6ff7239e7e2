// The services of runners on a cluster node: the vision worker and the environment, but no ledger and no providers.

package import Execution
package import Planning
package import Specification
package import VisionProtocol

/// Creates the runners of the steps that a cluster node can run.
package struct NodeServices: Sendable {
    private let vision: VisionWorkerClient
    private let environment: Specification.Environment
    private let programs: RunningPrograms
    private let trainers: TrainerServices

    /// - Parameter environment: the node's environment, from which programs receive the variables that they declare
    ///   and those that Slurm sets for the job.
    package init(vision: VisionWorkerClient, environment: Specification.Environment) {
        self.vision = vision
        self.environment = environment
        programs = RunningPrograms()
        // Slurm assigns the devices of a node.
        trainers = TrainerServices(programs: programs, processes: TrainerProcesses(), devices: DevicePool(devices: []))
    }

    /// The runner of a step; `nil` for a step that only the coordinator runs.
    package func runner(for step: Step) -> (any StepRunner)? {
        switch step.work {
        case .trainEpoch(let work): TrainEpochRunner(work: work, vision: vision)
        case .predict(let work): PredictRunner(work: work, vision: vision)
        case .trainerEpoch(let work):
            TrainerEpochRunner(work: work, trainer: trainer(work.identity.program, work.settings), vision: vision)
        case .trainerPredict(let work):
            TrainerPredictRunner(work: work, trainer: trainer(work.identity.program, work.settings), vision: vision)
        case .runCommand(let work):
            RunCommandRunner(
                work: work, environment: environment, programs: programs, vision: vision,
                besides: environment.names.filter(isOfJob))
        case .extractFeatures(let work):
            ExtractFeaturesRunner(
                work: work,
                trainer: work.identity.program.flatMap { program in
                    work.settings.trainer.map { trainer(program, $0) }
                }, vision: vision)
        default: nil
        }
    }

    private func trainer(_ program: TrainerProgram, _ settings: TrainerSettings) -> TrainerRun {
        var settings = settings
        settings.resources = ResourcesSpec()
        return TrainerRun(
            program: program, settings: settings, environment: environment, services: trainers,
            besides: environment.names.filter(isOfJob))
    }

    /// Whether Slurm sets this variable to assign devices and other resources of the node to a job. Programs need it to
    /// use a GPU; it affects where they compute, not the result. (Slurm, "Generic Resource (GRES) Scheduling".)
    private func isOfJob(_ name: String) -> Bool {
        ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "ZE_AFFINITY_MASK"].contains(name)
            || name.hasPrefix("SLURM_") || name == "SLURMD_NODENAME"
    }

    /// Compares the libraries and hardware of this node with those in the step's key. The number of threads is taken
    /// from the key and not compared. Calls the vision worker.
    /// - Throws: `SlurmError.otherNumerics` if they differ; errors of the vision worker.
    package func checkNumerics(of step: Step) async throws {
        guard let planned = step.numerics else { return }
        let found = Numerics(
            try await vision.call(DescribeCall()), threads: planned.threads, usesAccelerator: planned.computeDevice != nil)
        guard found == planned else {
            throw SlurmError.otherNumerics(planned: planned.text, found: found.text)
        }
    }
}

extension Step {
    /// The libraries, device and instruction set in the key of a network's step; `nil` for other steps.
    package var numerics: Numerics? {
        switch work {
        case .trainEpoch(let work): work.identity.numerics
        case .predict(let work): work.identity.numerics
        default: nil
        }
    }
}

extension Numerics {
    fileprivate var text: String { "\(library) \(version), \(blas), \(device), \(instructions)" }
}
