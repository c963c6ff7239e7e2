// Objectives of fine-tuning: examples, preferences, rewards.

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

@Suite(.serialized) struct ObjectiveTests {
    private static let weights = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/VisionWorker/Resources/shapes-base.safetensors").path

    /// A training file of 24 drawn pictures of three labels, in the form of an objective.
    private func lines(in folder: URL, _ objective: FineTuneObjective) async throws -> String {
        let drawn = try await PictureGenerator.generate(
            GeneratePicturesCall(
                kind: .shapes, labels: 3, perLabel: 8, seed: 5,
                style: PictureStyle(size: 64, noise: 0.05, rotation: 30, colorShift: 0.1), folder: folder.path))
        let labels = drawn.labels
        var text = ""
        for path in drawn.paths {
            let label = String(path.prefix { $0 != "/" })
            let picture = try Data(contentsOf: folder.appending(path: path)).base64EncodedString()
            let asked: [JSONValue] = [
                ["role": "system", "content": .string("Which is it: [\(labels.joined(separator: ", "))]?")],
                [
                    "role": "user",
                    "content": [
                        ["type": "image_url", "image_url": ["url": .string("data:image/jpeg;base64," + picture)]]
                    ],
                ],
            ]
            func said(_ label: String) -> JSONValue { ["role": "assistant", "content": .string(label)] }
            let other = labels[((labels.firstIndex(of: label) ?? 0) + 1) % labels.count]
            let line: JSONValue =
                switch objective {
                case .supervised: ["messages": .array(asked + [said(label)])]
                case .preference:
                    [
                        "input": ["messages": .array(asked)], "preferred_output": [said(label)],
                        "non_preferred_output": [said(other)],
                    ]
                case .reward: ["messages": .array(asked), "reference_answer": .string(label)]
                }
            text += line.canonical + "\n"
        }
        let file = folder.appending(path: "training.jsonl")
        try Data(text.utf8).write(to: file)
        return file.path
    }

    static let objectives: [FineTuneObjective] = [
        .supervised, .preference(beta: 0.1, weightDecay: 0.01),
        .reward(
            .stringCheck(.eq, input: "{{sample.output_text}}", reference: "{{item.reference_answer}}"), answerKey: nil),
        .reward(
            .textSimilarity(.fuzzyMatch, input: "{{sample.output_json.label}}", reference: "{{item.reference_answer}}"),
            answerKey: "label"),
    ]

    @Test(arguments: objectives.indices) func lossFallsAndEqualRunsAreEqual(_ index: Int) async throws {
        let objective = Self.objectives[index]
        let folder = FileManager.default.temporaryDirectory.appending(path: "objective-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try await lines(in: folder, objective)
        func train(_ output: String) async throws -> FineTuneCall.Result {
            let place = folder.appending(path: output)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            return try await EmulatedModels().fineTune(
                FineTuneCall(
                    model: EmulatedModel(kind: .shapes, weights: Self.weights, inputSize: 64), objective: objective,
                    trainingFile: file, validationFile: file, batchSize: 6, learningRateMultiplier: 0.5, epochs: 4,
                    seed: 3, output: place.path, threads: 1))
        }
        let first = try await train("a")
        #expect(first.trained == 24 && first.skipped.isEmpty)
        let losses = first.steps.compactMap(\.fullValidLoss)
        #expect(losses.count == 4)
        #expect(try #require(losses.last) < #require(losses.first), "\(losses)")
        #expect(losses.allSatisfy { $0.isFinite && $0 >= 0 })
        let second = try await train("b")
        #expect(second.steps == first.steps)
        let names = ["a", "b"].map { folder.appending(path: $0 + "/epoch-4.safetensors") }
        #expect(try Data(contentsOf: names[0]) == Data(contentsOf: names[1]))
    }
}
