// A vision model without a network, for tests of the service's behaviour.

package import EmulatorCore
import Foundation
import Synchronization
package import VisionProtocol

/// FAKE: answers with the label that the image's bytes spell (`label:<name>`), knows every label, and "trains" by
/// counting. It is not a model: tests about answers use the real worker.
package final class FakeVisionModel: VisionModel {
    /// Set to hold trainings back until it is released.
    private let isHeld = Mutex(false)

    package init() {}

    package func hold() { isHeld.withLock { $0 = true } }
    package func release() { isHeld.withLock { $0 = false } }

    package func load(_ model: EmulatedModel) async throws -> LoadModelCall.Result {
        LoadModelCall.Result(architecture: "FAKE", classes: 3, digest: "00")
    }

    package func answer(_ call: AnswerCall) async throws -> AnswerCall.Result {
        let answers = call.images.map { image in
            guard case .base64(let text) = image, let data = Data(base64Encoded: text),
                case let said = String(decoding: data, as: UTF8.self), said.hasPrefix("label:")
            else { return AnswerCall.Answer(label: nil, confidence: 0, unreadable: "no picture") }
            let label = String(said.dropFirst("label:".count))
            return AnswerCall.Answer(
                label: call.labels.contains(label) ? label : call.labels.first, confidence: 1)
        }
        return AnswerCall.Result(answers: answers, known: call.labels.count)
    }

    /// One line for each image: what its bytes spell after `text:`.
    package func read(_ call: ReadTextCall) async throws -> ReadTextCall.Result {
        let readings = call.images.map { image -> ReadTextCall.Reading in
            guard case .base64(let text) = image, let data = Data(base64Encoded: text),
                case let said = String(decoding: data, as: UTF8.self), said.hasPrefix("text:")
            else { return ReadTextCall.Reading(width: 100, height: 20, lines: []) }
            let lines = said.dropFirst("text:".count).split(separator: "\n").map(String.init)
            return ReadTextCall.Reading(
                width: 100, height: 20,
                lines: lines.enumerated().map { row, line in
                    let characters = line.unicodeScalars.enumerated().map { column, character in
                        ReadTextCall.Character(
                            text: String(character),
                            frame: .init(left: 10 * column, top: 10 * row, right: 10 * column + 10, bottom: 10 * row + 10))
                    }
                    return ReadTextCall.Line(text: line, characters: characters)
                })
        }
        return ReadTextCall.Result(readings: readings, network: "FAKE READER")
    }

    package func fineTune(
        _ call: FineTuneCall, onStep: @escaping @Sendable (FineTuneStep) -> Void
    ) async throws -> FineTuneCall.Result {
        while isHeld.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
        let lines = try String(contentsOfFile: call.trainingFile, encoding: .utf8).split(separator: "\n").count
        let perEpoch = (lines + call.batchSize - 1) / call.batchSize
        var steps: [FineTuneStep] = []
        for step in 1...perEpoch * call.epochs {
            let isLast = step % perEpoch == 0
            let taken = FineTuneStep(
                step: step, of: perEpoch * call.epochs, epoch: (step - 1) / perEpoch + 1,
                trainLoss: 1 / Double(step), trainMeanTokenAccuracy: 0.5, endsEpoch: isLast,
                fullValidLoss: isLast && call.validationFile != nil ? 0.5 : nil,
                fullValidMeanTokenAccuracy: isLast && call.validationFile != nil ? 0.75 : nil)
            if isLast {
                try Data("weights".utf8).write(
                    to: URL(fileURLWithPath: call.output).appending(path: "epoch-\(taken.epoch).safetensors"))
            }
            // A real model takes its time, in which a job can be paused.
            try await Task.sleep(for: .milliseconds(1))
            steps.append(taken)
            onStep(taken)
        }
        return FineTuneCall.Result(steps: steps, trained: lines, skipped: [])
    }

    package func close() async {}
}
