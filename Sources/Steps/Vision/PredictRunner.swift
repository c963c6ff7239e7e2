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
        try part.requireOneQuestion()
        // The first predictions of a network allocate memory that later ones reuse.
        let warmUps = max(5, identity.latency?.warmup ?? 0)
        let call = PredictCall(
            architecture: identity.architecture, images: identity.images,
            checkpoint: try context.input(SelectCheckpoint.checkpoint).path,
            pictures: try part.examples.map {
                try context.imagePath($0.digest, $0.path, folder: work.settings.imageFolder)
            },
            measureLatency: identity.latency != nil, warmUps: warmUps, threads: identity.numerics.threads,
            device: identity.numerics.computeDevice)
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
                example: example.id, status: .answered, text: prediction.text(labels: result.labels),
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

extension Prediction {
    /// The answer: a label, or a JSON object with tags or a count.
    /// - Parameter labels: the labels or tags in the order of the network's outputs.
    func text(labels: [String]) -> String {
        if let tags { return JSONValue.object([Predict.property: .array(tags.map { .string(labels[$0]) })]).canonical }
        if let count { return JSONValue.object([Predict.property: .int(Int64(count))]).canonical }
        return labels[label]
    }
}
