// Selects the epoch whose checkpoint becomes the model.

import Basics
import Execution
import Foundation
import Planning
package import Specification

struct SelectCheckpointRunner: StepRunner {
    let work: SelectCheckpoint

    func run(_ context: StepContext) async throws -> StepOutcome {
        let epochs = try (1...max(1, work.identity.epochs)).map { epoch in
            try EpochMetrics(json: context.data("metrics-\(epoch)"))
        }
        let silent = work.identity.rule.epochsWithoutAccuracy(among: epochs)
        guard silent.isEmpty else {
            throw StepFailure.trainerOutput(
                "no validation_accuracy for \(silent.count == 1 ? "epoch" : "epochs") "
                    + silent.map(String.init).joined(separator: ", ")
                    + ", so the best epoch is unknown; report it for every epoch, or write 'select: last'")
        }
        let chosen = work.identity.rule.choice(among: epochs)
        return StepOutcome(
            [
                SelectCheckpoint.checkpoint: .existing(try context.input("checkpoint-\(chosen)").digest),
                SelectCheckpoint.choice: .data(Data("{\"epoch\":\(chosen)}".utf8)),
            ],
            facts: SelectCheckpointFacts(epoch: chosen))
    }
}

extension TrainSpec.Selection {
    /// The epochs that cannot be compared because they alone report no validation accuracy. Empty where no epoch reports
    /// one, or none is needed.
    package func epochsWithoutAccuracy(among epochs: [EpochMetrics]) -> [Int] {
        guard self == .bestValidationAccuracy else { return [] }
        let silent = epochs.filter { $0.validationAccuracy == nil }.map(\.epoch)
        return silent.count == epochs.count ? [] : silent
    }

    /// The selected epoch: the last, or the earliest of those with the highest validation accuracy. Without
    /// validation images the last is used.
    package func choice(among epochs: [EpochMetrics]) -> Int {
        let last = epochs.last?.epoch ?? 1
        guard self == .bestValidationAccuracy else { return last }
        var best: EpochMetrics?
        for epoch in epochs {
            guard let accuracy = epoch.validationAccuracy else { continue }
            if accuracy > best?.validationAccuracy ?? -1 { best = epoch }
        }
        return best?.epoch ?? last
    }
}
