// The measurements of an epoch: the artifact from which the checkpoint is selected and the curves are drawn.

import Basics
import Foundation
package import VisionProtocol

/// The measurements of one epoch. Losses are mean cross-entropies in nats for built-in networks; accuracies are
/// fractions from 0 to 1. Times are not included, so that training an epoch again gives the same artifact.
package struct EpochMetrics: Hashable, Sendable, Codable {
    /// Counts from 1.
    package var epoch: Int
    /// The optimizer's learning rate; `nil` if a trainer does not report it, as for all values below.
    package var learningRate: Double?
    /// The mean loss over the training images.
    package var trainLoss: Double?
    /// The accuracy on the training images, from 0 to 1.
    package var trainAccuracy: Double?
    /// The mean loss over the validation images; `nil` without a validation part.
    package var validationLoss: Double?
    /// The accuracy on the validation images, from 0 to 1; `nil` without a validation part.
    package var validationAccuracy: Double?
    /// Other numbers that a trainer reports, by name.
    package var others: [String: Double]?

    init(_ result: EpochResult) {
        epoch = result.epoch
        learningRate = result.learningRate
        trainLoss = result.trainLoss
        trainAccuracy = result.trainAccuracy
        validationLoss = result.validationLoss
        validationAccuracy = result.validationAccuracy
    }

    /// Reads a trainer's `metrics.json`: an object of finite numbers, of which five names are predefined.
    /// - Throws: `StepFailure.trainerOutput`.
    init(trainerFile data: Data, epoch: Int) throws {
        func failure(_ reason: String) -> StepFailure { .trainerOutput("metrics.json: \(reason)") }
        let document: JSONValue
        do { document = try JSONValue(parsingWritten: data) } catch {
            throw failure((error as? DecodingError)?.reason ?? "\(error)")
        }
        guard let members = document.object else { throw failure("not a JSON object") }
        self.epoch = epoch
        var others: [String: Double] = [:]
        for (name, value) in members where !value.isNull {
            guard let number = value.double, number.isFinite else {
                throw failure("'\(name)' is \(value.canonical.prefix(40)); a finite number is needed")
            }
            switch name {
            case "learning_rate": learningRate = number
            case "train_loss": trainLoss = number
            case "train_accuracy": trainAccuracy = try share(number, name)
            case "validation_loss": validationLoss = number
            case "validation_accuracy": validationAccuracy = try share(number, name)
            default: others[name] = number
            }
        }
        self.others = others.isEmpty ? nil : others
        func share(_ number: Double, _ name: String) throws -> Double {
            guard (0...1).contains(number) else { throw failure("'\(name)' is \(number); a share from 0 to 1 is needed") }
            return number
        }
    }

    /// The stored form; equal measurements encode to equal bytes.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
