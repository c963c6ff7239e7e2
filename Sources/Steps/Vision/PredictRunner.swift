// Predicts the examples of a part of a split with a trained network.

import Basics
import Execution
import Foundation
import Planning
import VisionProtocol

struct PredictRunner: StepRunner {
    let work: Predict
    let vision: VisionWorkerClient

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let part = try context.examples()
        try part.requireOneImageEach()
        // The first predictions of a network allocate memory that later ones reuse.
        let warmUps = max(5, identity.latency?.warmup ?? 0)
        let call = PredictCall(
            architecture: identity.architecture, images: identity.images,
            checkpoint: try context.input(SelectCheckpoint.checkpoint).path,
            pictures: try part.examples.map {
                try context.imagePath($0.digest, $0.path, folder: work.settings.imageFolder)
            },
            measureLatency: identity.latency != nil, warmUps: warmUps, threads: identity.numerics.threads)
        let ask: @Sendable () async throws -> Predictions = {
            try await vision.call(call) { progress in
                context.progress(
                    Double(progress.done) / Double(max(1, progress.of)), "\(progress.done) of \(progress.of) images")
            }
        }
        // While latency is measured, no other local work runs.
        let result =
            identity.latency == nil
            ? try await context.inOwnLane(ask) : try await context.lanes.measure(ask)
        let answers = zip(part.examples, result.predictions).map { example, prediction in
            Answer(
                example: example.id, status: .answered, text: result.labels[prediction.label],
                latencyMilliseconds: prediction.latencyMilliseconds)
        }
        var facts = AnsweringFacts(route: .local)
        facts.imagesPerSecond = result.imagesPerSecond
        if let latency = identity.latency {
            facts.latency = .init(
                concurrency: 1, warmUp: warmUps, machine: latency.machine,
                measuredAt: await context.clock.now().timeIntervalSince1970)
        }
        return StepOutcome([Predict.answers: .data(AnswerSet(answers).encoded)], facts: facts)
    }
}
