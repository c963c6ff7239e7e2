// The selection of the checkpoint that becomes the model.

import Foundation
import Specification
import Steps
import Testing

@Suite("Choice of a checkpoint") struct SelectCheckpointTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var rule: TrainSpec.Selection
        /// The epochs' validation accuracies; nil without validation images.
        var accuracies: [Double?]
        var chosen: Int
        /// The epochs that keep the best from being known.
        var silent: [Int] = []
        var testDescription: String { id }
    }

    static let cases = [
        Case(id: "the best", rule: .bestValidationAccuracy, accuracies: [0.2, 0.6, 0.5], chosen: 2),
        Case(id: "the earliest of equals", rule: .bestValidationAccuracy, accuracies: [0.2, 0.6, 0.6, 0.5], chosen: 2),
        Case(id: "nothing right anywhere", rule: .bestValidationAccuracy, accuracies: [0, 0], chosen: 1),
        Case(id: "without validation images", rule: .bestValidationAccuracy, accuracies: [nil, nil, nil], chosen: 3),
        Case(id: "the last", rule: .last, accuracies: [0.9, 0.1], chosen: 2),
        Case(id: "one of three reports", rule: .bestValidationAccuracy, accuracies: [nil, 0.1, nil], chosen: 2, silent: [1, 3]),
        Case(id: "the last of a silent one", rule: .last, accuracies: [0.9, nil], chosen: 2),
        Case(id: "one epoch", rule: .bestValidationAccuracy, accuracies: [0.1], chosen: 1),
    ]

    @Test(arguments: cases) func isChosen(_ test: Case) throws {
        let epochs = try test.accuracies.enumerated().map { index, accuracy in
            let accuracy = accuracy.map { ", \"validationLoss\": 1, \"validationAccuracy\": \($0)" } ?? ""
            let json = """
                {"epoch": \(index + 1), "learningRate": 0.1, "trainLoss": 1, "trainAccuracy": 0.5\(accuracy)}
                """
            return try JSONDecoder().decode(EpochMetrics.self, from: Data(json.utf8))
        }
        #expect(test.rule.choice(among: epochs) == test.chosen)
        #expect(test.rule.epochsWithoutAccuracy(among: epochs) == test.silent)
    }
}
