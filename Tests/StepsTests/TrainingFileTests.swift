// The size of a training file.

import Artifacts
import Basics
import Foundation
import Planning
import Platform
import ProviderKit
import Providers
import Specification
import TaskKit
import Tasks
import Testing
import VisionProtocol

@testable import Execution
@testable import Steps

@Suite struct TrainingFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "training-" + UUID().uuidString)

    /// A file above the limit failed with "the training file part has 2 images; 1 are needed".
    @Test func aFileAboveTheLimitNamesItsSizeAndHowManyExamplesFit() async throws {
        let error = await #expect(throws: StepFailure.self) { try await write(ShardLimits(bytes: 4_000, lines: .max)) }
        guard case .trainingFileTooLarge(let bytes, let limit, let fitting, let all)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(limit == 4_000 && all == 12)
        #expect(bytes > 4_000 && (1..<12).contains(fitting))
        let text = "\(StepFailure.trainingFileTooLarge(bytes: 512_000_001, limit: 512_000_000, fitting: 800, of: 801))"
        #expect(text.contains("512.1 MB") && text.contains("at most 512.0 MB") && text.contains("800 of the 801 examples"))
        #expect(!text.contains("images;"))
    }

    @Test func aFileWithinTheLimitIsWritten() async throws {
        let outcome = try await write(.training)
        #expect(TrainingDataFacts(outcome.facts).examples == 12)
        #expect(
            TrainingDataFacts(outcome.facts).labels == [
                "a": .init(submitted: 6, predicted: 6), "b": .init(submitted: 6, predicted: 6),
            ])
    }

    struct Taught: Sendable, CustomTestStringConvertible {
        var id: String
        var task: TaskChoice
        var answer = AnswerFormat.text
        var reference: JSONValue
        /// `nil`: the example is fine.
        var problem: String?
        var testDescription: String { id }
    }

    /// An answer that would not be read back as its reference must not be taught.
    @Test(arguments: [
        Taught(
            id: "a tag with a comma as text", task: TaskChoice("tag"), reference: ["cat, big"],
            problem: "its answer 'cat, big' is read as 'big, cat'"),
        Taught(
            id: "a tag with a comma as JSON", task: TaskChoice("tag"), answer: .json(property: "tags", name: "Tags"),
            reference: ["cat, big"]),
        Taught(id: "no text", task: TaskChoice("transcribe"), reference: "", problem: "its answer is empty"),
        Taught(
            id: "no text as JSON", task: TaskChoice("transcribe"), answer: .json(property: "text", name: "Text"), reference: ""),
        Taught(id: "a number", task: TaskChoice("count"), reference: 7),
        Taught(id: "fields", task: TaskChoice("extract"), reference: ["shop": "A", "items": [["name": "x"]]]),
        Taught(id: "boxes", task: TaskChoice("detect"), reference: [["label": "cat", "box": [0, 0, 1, 1]]]),
        Taught(id: "an answer", task: TaskChoice("answer"), reference: ["x", "y", "y"]),
        Taught(id: "a caption", task: TaskChoice("caption"), reference: ["A dog."]),
    ])
    func answersAreReadBackBeforeTheyAreUploaded(_ taught: Taught) async throws {
        guard let problem = taught.problem else {
            #expect(TrainingDataFacts(try await write(.training, taught).facts).examples == 12)
            return
        }
        let error = await #expect(throws: StepFailure.self) { try await write(.training, taught) }
        #expect(
            "\(String(describing: error))".contains("12 of 12 examples cannot be taught: 0: \(problem)"),
            "\(String(describing: error))")
    }

    /// Writes twelve small examples as training data.
    private func write(_ limits: ShardLimits, _ taught: Taught? = nil) async throws -> StepOutcome {
        defer { try? FileManager.default.removeItem(at: folder) }
        let images = folder.appending(path: "images")
        try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
        // The head of a PNG in RGB; nothing here decodes it.
        let png =
            Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8))
            + Data([0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0]) + Data(count: 600)
        let examples = try (0..<12).map { index in
            let name = "\(index).png"
            try png.write(to: images.appending(path: name))
            return Example(
                id: index, path: name, label: taught != nil ? "" : index % 2 == 0 ? "a" : "b", digest: Digest(of: name),
                bytes: png.count, width: 3, height: 2,
                item: taught.map { ItemEntry(id: "\(index)", group: name, reference: $0.reference) })
        }
        let store = try ArtifactStore(root: folder.appending(path: "state").path)
        let stored = try store.put(SplitExamples(labels: taught == nil ? ["a", "b"] : [], examples: examples).encoded)
        let work = WriteTrainingData(
            identity: .init(
                prompt: PromptSpec(system: "Which?"), detail: .low, answer: taught?.answer ?? .text, method: .supervised,
                rejected: nil,
                task: taught?.task),
            settings: .init(imageFolder: images.path, rejectedTable: nil, allowLostLabels: false))
        let step = Step(
            id: StepID("write-training-data:m.train"), work: .writeTrainingData(work),
            inputs: [StepInput("examples", from: StepID("split-dataset:main"), output: SplitPart.train.rawValue)], parts: [],
            models: ["m"], variants: [])
        let scratch = try store.makeScratch()
        let context = StepContext(
            step: step, key: StepKey(Digest(of: "key")),
            inputs: ["examples": InputArtifact(digest: stored.digest, path: try store.verifiedPath(of: stored.digest))],
            scratch: scratch.path, temporary: scratch.temporary, lanes: WorkLanes(jobs: 1), clock: SystemWallClock(),
            store: store, events: { _ in })
        return try await WriteTrainingDataRunner(
            work: work, catalog: builtInProviders, vision: VisionWorkerClient(executable: "/nonexistent"), tasks: .standard,
            limits: limits
        ).run(context)
    }
}
