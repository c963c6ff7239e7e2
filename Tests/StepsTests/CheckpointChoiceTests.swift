// The checkpoint of an epoch: by the epoch that the provider reports, otherwise by position.

import ProviderKit
import Testing

@testable import Steps

@Suite struct CheckpointChoiceTests {
    private static func tuned(_ checkpoints: [(step: Int, epoch: Int?)]) -> TunedModel {
        TunedModel(
            model: "final", base: "base", job: "job",
            checkpoints: checkpoints.map { .init(model: "at \($0.step)", step: $0.step, epoch: $0.epoch) })
    }

    @Test func withoutEpochsPositionsCount() throws {
        let model = Self.tuned([(20, nil), (10, nil), (30, nil)])
        #expect(try model.asked(nil).model == "final")
        #expect(try model.asked(1).model == "at 20")
        #expect(try model.asked(2).model == "at 10")
        #expect(throws: StepFailure.self) { try model.asked(3) }
    }

    /// Guards: a provider that skips an epoch gave the model of another one.
    @Test func aSkippedEpochIsNotReplacedByAnother() throws {
        let model = Self.tuned([(10, 1), (30, 3), (40, 4)])
        #expect(try model.asked(1).model == "at 30")
        #expect(throws: StepFailure.self) { try model.asked(2) }
        #expect(try model.asked(3).model == "at 10")
    }
}
