// Runs a step as a job of a cluster.

import Basics
package import Planning

/// The chains of epochs that one job trains in sequence.
package struct EpochChains: Sendable {
    private var next: [StepID: Step] = [:]

    /// Finds the chains among the steps of a plan.
    package init(_ plan: Plan) {
        for step in plan.steps where step.kind == .trainEpoch || step.kind == .trainerEpoch {
            for input in step.inputs where input.output == TrainEpoch.checkpoint && next[input.from] == nil {
                next[input.from] = step
            }
        }
    }

    /// A step and its successive epochs.
    package func chain(from step: Step) -> [Step] {
        Array(sequence(first: step) { next[$0.id] })
    }
}

/// Runs a step on a node and takes its result.
package struct SlurmRunner: StepRunner {
    let queue: SlurmQueue
    let chain: [Step]
    let resources: SlurmResources
    let environment: [String: String]

    /// - Parameters:
    ///   - chain: the step and the steps that its job may run afterwards.
    ///   - environment: the environment variables that the job sees.
    package init(queue: SlurmQueue, chain: [Step], resources: SlurmResources, environment: [String: String]) {
        self.queue = queue
        self.chain = chain
        self.resources = resources
        self.environment = environment
    }

    /// Waits for the job's result; its outputs are already in the store.
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
