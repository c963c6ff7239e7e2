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

@Suite final class TrainingFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "training-" + UUID().uuidString)

    /// The lines of the file that was written last.
    private var lines: [String] = []

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
        /// The rejected answer of a preference pair, for which another one is expected as the last message of the line.
        var rejected: String?
        var message: String?
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
            "\(String(describing: error))".contains("12 of 12 examples cannot be used for training: 0: \(problem)"),
            "\(String(describing: error))")
    }

    /// Preference pairs of tasks: a rejected answer has the form of a correct one, and is not correct.
    @Test(arguments: [
        Taught(id: "a text", task: TaskChoice("transcribe"), reference: "ab", rejected: "ax", message: "ax"),
        Taught(
            id: "a text as JSON", task: TaskChoice("transcribe"), answer: .json(property: "text", name: "Text"),
            reference: "ab", rejected: "ax", message: #"{"text": "ax"}"#),
        Taught(
            id: "fields as JSON", task: TaskChoice("extract"), answer: .json(property: "fields", name: "Fields"),
            reference: ["shop": "A"], rejected: #"{"shop":"B"}"#, message: #"{"fields": {"shop": "B"}}"#),
        Taught(
            id: "tags as JSON", task: TaskChoice("tag"), answer: .json(property: "tags", name: "Tags"), reference: ["cat"],
            rejected: #"["dog"]"#, message: #"{"tags": ["dog"]}"#),
        Taught(id: "a caption", task: TaskChoice("caption"), reference: ["A dog."], rejected: "Dogs.", message: "Dogs."),
        Taught(
            id: "no JSON", task: TaskChoice("tag"), answer: .json(property: "tags", name: "Tags"), reference: ["cat"],
            problem: "'dog, big' is not JSON, as the answer [\"cat\"] is", rejected: "dog, big"),
        Taught(
            id: "the correct text", task: TaskChoice("transcribe"), reference: "a b",
            problem: "the rejected answer 'a  b' is the correct one", rejected: "a  b"),
        Taught(
            id: "the correct caption", task: TaskChoice("caption"), reference: ["A dog."],
            problem: "the rejected answer 'A dog.' is the correct one", rejected: "A dog."),
        Taught(
            id: "an accepted answer", task: TaskChoice("answer"), reference: ["x", "y", "y"],
            problem: "the rejected answer 'x' is the correct one", rejected: "x"),
    ])
    func rejectedAnswersHaveTheFormOfCorrectOnes(_ taught: Taught) async throws {
        guard let problem = taught.problem else {
            let outcome = try await write(.training, taught)
            #expect(TrainingDataFacts(outcome.facts).examples == 12)
            let line = try #require(lines.first)
            let messages = try JSONValue(parsing: Data(line.utf8))["non_preferred_output"]?.array
            #expect(messages?.first?["content"]?.string == taught.message, "\(line)")
            return
        }
        let error = await #expect(throws: StepFailure.self) { try await write(.training, taught) }
        #expect(
            "\(String(describing: error))".contains("12 of 12 rejected answers cannot be used: 0: \(problem)"),
            "\(String(describing: error))")
    }

    /// A second row for one item was ignored.
    @Test func aSecondRejectedAnswerIsAnError() async throws {
        let taught = Taught(id: "", task: TaskChoice("transcribe"), reference: "ab", rejected: "x\n0,y")
        let error = await #expect(throws: StepFailure.self) { try await write(.training, taught) }
        #expect("\(String(describing: error))".contains("'0' has a row already"), "\(String(describing: error))")
    }

    /// Writes twelve small examples as training data.
    private func write(_ limits: ShardLimits, _ taught: Taught? = nil) async throws -> StepOutcome {
        defer { try? FileManager.default.removeItem(at: folder) }
        let rejected = folder.appending(path: "rejected.csv")
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
        if let text = taught?.rejected {
            let cell = "\"" + text.replacing("\"", with: "\"\"") + "\""
            let rows = text.contains("\n") ? ["0,\(text)"] : examples.map { "\($0.id),\(cell)" }
            try Data(("id,rejected\n" + rows.joined(separator: "\n") + "\n").utf8).write(to: rejected)
        }
        let store = try ArtifactStore(root: folder.appending(path: "state").path)
        let stored = try store.put(SplitExamples(labels: taught == nil ? ["a", "b"] : [], examples: examples).encoded)
        let work = WriteTrainingData(
            identity: .init(
                prompt: PromptSpec(system: "Which?"), detail: .low, answer: taught?.answer ?? .text,
                method: taught?.rejected == nil ? .supervised : .dpo,
                rejected: taught?.rejected.map { .table(Digest(of: $0)) }, task: taught?.task),
            settings: .init(
                imageFolder: images.path, rejectedTable: taught?.rejected == nil ? nil : rejected.path,
                allowLostLabels: false))
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
        let outcome = try await WriteTrainingDataRunner(
            work: work, catalog: builtInProviders, vision: VisionWorkerClient(executable: "/nonexistent"), tasks: .standard,
            limits: limits
        ).run(context)
        guard case .file(let path)? = outcome.outputs[WriteTrainingData.data] else { return outcome }
        lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        return outcome
    }
}
