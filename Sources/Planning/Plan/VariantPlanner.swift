// Plans one variant, from its dataset to the score of each model.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

struct VariantPlanner {
    var planner: Planner
    let variant: VariantName
    /// The variant's index among the planned variants.
    let number: Int
    let loaded: LoadedSpec
    var manifest: StepID?
    var imageFolder: String?
    var commandSteps: [String: StepID] = [:]
    var programs: [String: ProgramRun] = [:]
    var fineTunes: [String: StepID] = [:]
    var networks: [String: StepID] = [:]

    var spec: ExperimentSpec { loaded.spec }

    /// The task with the options that affect references and requests.
    var askedTask: TaskChoice? {
        spec.task?.asked(by: loaded.task.map { type(of: $0) })
    }

    init(planner: Planner, variant: VariantName, number: Int, loaded: LoadedSpec) {
        self.planner = planner
        self.variant = variant
        self.number = number
        self.loaded = loaded
    }

    mutating func plan() throws {
        for name in spec.commands.names { _ = try command(name) }
        try planDataset()
        for name in spec.splits.names { try planLeakCheck(name) }
        for (evaluationName, evaluation) in spec.evaluations {
            for (modelName, asked) in evaluation.models {
                // Recorded answers are one measurement, even if other models have repeats.
                let isRecorded = if case .recorded? = spec.models[modelName] { true } else { false }
                for repetition in 0..<(isRecorded ? 1 : max(1, evaluation.repeats)) {
                    try plan(asked, of: modelName, repetition: repetition, in: evaluation, named: evaluationName)
                }
            }
        }
        for name in spec.models.names {
            switch spec.models[name] {
            case .trained(let train): _ = try network(name, train, repetition: 0)
            case .programTrained(let train): _ = try trainer(name, train, repetition: 0)
            case .probe(let probe): _ = try self.probe(name, probe)
            case .fineTuned(let tuned): _ = try fineTune(name, tuned)
            default: break
            }
        }
    }
}
