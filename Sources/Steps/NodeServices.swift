// What runners have on a node of a cluster: the vision worker and the environment, neither ledger nor provider.

package import Execution
package import Planning
package import Specification
package import VisionProtocol

/// The runners of the steps that a node may do.
package struct NodeServices: Sendable {
    private let vision: VisionWorkerClient
    private let environment: Specification.Environment
    private let programs: RunningPrograms
    private let trainers: TrainerServices

    package init(vision: VisionWorkerClient, environment: Specification.Environment) {
        self.vision = vision
        self.environment = environment
        programs = RunningPrograms()
        // Slurm hands out the devices of a node.
        trainers = TrainerServices(programs: programs, processes: TrainerProcesses(), devices: DevicePool(devices: []))
    }

    /// The runner of a step; `nil` for one that only the coordinator does.
    package func runner(for step: Step) -> (any StepRunner)? {
        switch step.work {
        case .trainEpoch(let work): TrainEpochRunner(work: work, vision: vision)
        case .predict(let work): PredictRunner(work: work, vision: vision)
        case .trainerEpoch(let work):
            TrainerEpochRunner(work: work, trainer: trainer(work.identity.program, work.settings))
        case .trainerPredict(let work):
            TrainerPredictRunner(work: work, trainer: trainer(work.identity.program, work.settings))
        case .runCommand(let work):
            RunCommandRunner(
                work: work, environment: environment, programs: programs, besides: environment.names.filter(isOfJob))
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

    /// Whether a variable says which part of the node a job has, as a program must know that is to use a GPU. It decides
    /// where the program computes, not what. (Slurm, "Generic Resource (GRES) Scheduling".)
    private func isOfJob(_ name: String) -> Bool {
        ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "ZE_AFFINITY_MASK"].contains(name)
            || name.hasPrefix("SLURM_") || name == "SLURMD_NODENAME"
    }

    /// Holds what this node computes with against what the step's key says of it. The number of threads is the step's
    /// own and no matter of the node.
    /// - Throws: `SlurmError.otherNumerics`.
    package func checkNumerics(of step: Step) async throws {
        guard let planned = step.numerics else { return }
        let found = Numerics(try await vision.call(DescribeCall()), threads: planned.threads)
        guard found == planned else {
            throw SlurmError.otherNumerics(planned: planned.words, found: found.words)
        }
    }
}

extension Step {
    /// What a network's step computes with, by its key.
    package var numerics: Numerics? {
        switch work {
        case .trainEpoch(let work): work.identity.numerics
        case .predict(let work): work.identity.numerics
        default: nil
        }
    }
}

extension Numerics {
    fileprivate var words: String { "\(library) \(version), \(blas), \(device), \(instructions)" }
}
