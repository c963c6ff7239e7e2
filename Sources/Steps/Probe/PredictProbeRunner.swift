// Predicts the examples of a part of a split with a fitted probe.

import Basics
import Execution
import Foundation
import Planning
import VisionProtocol

struct PredictProbeRunner: StepRunner {
    let work: PredictProbe
    let vision: VisionWorkerClient

    func run(_ context: StepContext) async throws -> StepOutcome {
        let part = try context.examples()
        let call = ApplyProbeCall(
            probe: try context.input(FitProbe.probe).path, features: try context.input(ExtractFeatures.features).path,
            threads: work.identity.numerics.threads)
        let result = try await context.inOwnLane { try await vision.call(call) }
        let answers = zip(part.examples, result.predictions).map { example, prediction in
            Answer(example: example.id, status: .answered, text: result.labels[prediction.label])
        }
        return StepOutcome([Predict.answers: .data(AnswerSet(answers).encoded)], facts: AnsweringFacts(route: .local))
    }
}
