// Runs a step as a job of a cluster, and says which steps that is done with.

import Basics
package import Planning

extension Step {
    /// Whether a node of a cluster may do the step: it computes, needs no provider, and measures no latency, whose key
    /// names this machine.
    package var runsOnCluster: Bool {
        switch work {
        case .trainEpoch, .trainerEpoch: true
        case .trainerPredict(let work): work.identity.latency == nil
        case .predict(let work): work.identity.latency == nil
        case .runCommand(let work): work.identity.latency == nil
        case .fetchArchive, .indexDataset, .splitDataset, .checkLeaks, .writeRequests, .writeTrainingData, .runBatch,
            .fineTune, .askOnline, .selectCheckpoint, .score:
            false
        }
    }
}

/// Which epochs follow which: one job trains them in a row.
package struct EpochChains: Sendable {
    private var next: [StepID: Step] = [:]

    package init(_ plan: Plan) {
        for step in plan.steps where step.kind == .trainEpoch || step.kind == .trainerEpoch {
            for input in step.inputs where input.output == TrainEpoch.checkpoint && next[input.from] == nil {
                next[input.from] = step
            }
        }
    }

    /// The step and the epochs that follow it one by one.
    package func chain(from step: Step) -> [Step] {
        Array(sequence(first: step) { next[$0.id] })
    }
}

/// Has a step run by a node and takes what it made.
package struct SlurmRunner: StepRunner {
    let queue: SlurmQueue
    let chain: [Step]
    let resources: SlurmResources
    let environment: [String: String]

    /// - Parameters:
    ///   - chain: the step and those that its job may do after it.
    ///   - environment: what the job sees of the coordinator's environment.
    package init(queue: SlurmQueue, chain: [Step], resources: SlurmResources, environment: [String: String]) {
        self.queue = queue
        self.chain = chain
        self.resources = resources
        self.environment = environment
    }

    package func run(_ context: StepContext) async throws -> StepOutcome {
        let task = SlurmTask(key: context.key, steps: chain, inputs: context.inputs.mapValues(\.digest))
        let request = SlurmRequest(task: task, resources: resources, environment: environment)
        let outcome = try await queue.outcome(of: request) { context.progress($0, $1) }
        for note in outcome.notes ?? [] { context.note(note) }
        var facts = outcome.facts.object ?? [:]
        facts["slurm"] = ["job": .string(outcome.job), "node": .string(outcome.node)]
        return StepOutcome(
            outcome.outputs.mapValues { .existing($0) }, facts: .object(facts), seconds: outcome.seconds)
    }
}
