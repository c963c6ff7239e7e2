// Checks a spec's trainers: a tiny epoch, a second one from its checkpoint, and a prediction.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification
import Steps
import TaskKit
import VisionProtocol

extension Doctor {
    /// Runs each trainer of a spec on a few generated pictures. Everything happens in a temporary folder: the project's
    /// state is neither read nor written.
    package static func trainers(of spec: String) async -> [DoctorFinding] {
        let vision = VisionWorkerClient(executable: VisionWorkerClient.executableBesideThisProgram())
        do {
            let folder = try LocalFileSystem().makeTemporaryFolder(SafeName("assay-doctor"))
            defer { try? LocalFileSystem().removeTree(folder) }
            let request = SpecRequest(spec: spec, state: folder + "/state")
            let workspace = try Workspace(spec: spec, state: request.state)
            let prepared = try await PreparedPlan.prepare(request, isRun: true, workspace: workspace)
            let first = prepared.plan.steps.filter { step in
                if case .trainerEpoch(let work) = step.work { work.identity.epoch == 1 } else { false }
            }
            guard !first.isEmpty else { return [DoctorFinding(.ok, "trainers", "\(spec) has none")] }
            let check = try await TrainerCheck(
                folder: folder + "/pictures", task: prepared.specs.base.task, store: workspace.store, vision: vision,
                environment: prepared.specs.base.environment)
            var findings: [DoctorFinding] = []
            for step in first {
                guard case .trainerEpoch(let work) = step.work else { continue }
                findings += await check.findings(of: step.models.first ?? step.id.text, work)
            }
            await vision.stop()
            return findings
        } catch {
            await vision.stop()
            return [DoctorFinding(.problem, "trainers", "\(error)", advice: "'assay validate \(spec)' checks the spec")]
        }
    }
}

/// Runs trainers on a few pictures, outside any run.
private struct TrainerCheck {
    private let store: ArtifactStore
    private let services: NodeServices
    private let folder: String
    private let labels: [String]
    private let parts: [SplitPart: SplitExamples]
    /// The task; `nil` for classification.
    private let task: (any TaskDefinition)?

    /// Pictures per label in each part.
    private static let sizes: [(part: SplitPart, count: Int)] = [(.train, 6), (.validation, 2), (.test, 2)]

    /// Draws the pictures.
    /// - Throws: errors of the vision worker; `TaskRowError` if the task's options allow none of the references made here.
    init(
        folder: String, task: (any TaskDefinition)?, store: ArtifactStore, vision: VisionWorkerClient,
        environment: Specification.Environment
    ) async throws {
        self.folder = folder
        self.task = task
        self.store = store
        services = NodeServices(vision: vision, environment: environment)
        let perLabel = TrainerCheck.sizes.map(\.count).reduce(0, +)
        let drawn = try await vision.call(
            GeneratePicturesCall(
                kind: .shapes, labels: 2, perLabel: perLabel, seed: 1,
                style: PictureStyle(size: 64, noise: 0.02, rotation: 10, colorShift: 0.02), folder: folder))
        let references = try task.map { try TrainerCheck.references($0, labels: drawn.labels) } ?? [:]
        labels = task.map { $0.vocabulary(of: references.values) } ?? drawn.labels
        let asked = task.map { type(of: $0).columns.filter(\.isVariable).map(\.role) } ?? []
        let variables = asked.isEmpty ? nil : Dictionary(asked.map { ($0, "What does the picture show?") }) { first, _ in first }
        var parts: [SplitPart: SplitExamples] = [:]
        var first = 0
        for (part, count) in TrainerCheck.sizes {
            var examples: [Example] = []
            for label in drawn.labels {
                let paths = drawn.paths.filter { $0.hasPrefix(label + "/") }.dropFirst(first).prefix(count)
                for path in paths {
                    let bytes = try LocalFileSystem().read(folder + "/" + path)
                    var example = Example(
                        id: examples.count, path: path, label: task == nil ? label : "", digest: Digest(of: bytes),
                        bytes: bytes.count, width: 64, height: 64)
                    example.item = references[label].map { ItemEntry(id: path, group: path, variables: variables, reference: $0) }
                    examples.append(example)
                }
            }
            parts[part] = SplitExamples(labels: labels, examples: examples)
            first += count
        }
        self.parts = parts
    }

    /// References in the task's own form for pictures of each label, read from cells as those of a table.
    private static func references(_ task: any TaskDefinition, labels: [String]) throws -> [String: JSONValue] {
        // Options may restrict the names. A name with a dot is inside another field.
        let own = task.vocabulary(of: [JSONValue]())
        return try Dictionary(
            uniqueKeysWithValues: labels.enumerated().map { at, label in
                let name = own.isEmpty ? label : own[at % own.count]
                let fields = Dictionary(own.filter { !$0.contains(".") }.map { ($0, JSONValue.string("7")) }) { first, _ in first
                }
                let cells: [String: JSONValue] = [
                    "text": .string(label), "answers": .array(Array(repeating: .string(label), count: 10)),
                    "tags": .array([.string(name)]), "number": .int(Int64(at + 1)),
                    "captions": .array([.string("a \(label)")]),
                    "boxes": [["label": .string(name), "box": [8, 8, 48, 48]]],
                    "fields": own.isEmpty ? ["shape": .string(label)] : .object(fields),
                ]
                return (label, try task.reference(of: TaskRow(cells: cells.mapValues { $0.string ?? $0.canonical })))
            })
    }

    func findings(of name: String, _ work: TrainerEpoch) async -> [DoctorFinding] {
        let subject = "trainer '\(name)'"
        var settings = work.settings
        settings.imageFolder = folder
        var stage = "the first epoch"
        do {
            let start = ContinuousClock.now
            let first = try await epoch(name, 1, work, settings, from: nil)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            stage = "the second epoch, from the first one's checkpoint,"
            let second = try await epoch(name, 2, work, settings, from: first.checkpoint)
            stage = "a prediction"
            let predict = Step(
                id: StepID("trainer-predict:\(name):check"),
                work: .trainerPredict(
                    TrainerPredict(identity: .init(program: work.identity.program, latency: nil), settings: settings)),
                inputs: [], parts: [], models: [name], variants: [])
            let answered = try await run(
                predict, ["examples": try put(.test), SelectCheckpoint.checkpoint: second.checkpoint])
            guard case .data(let data)? = answered.outputs[Predict.answers] else { return [] }
            let answers = try AnswerSet(decoding: data).answers
            let hasScores = answered.outputs[TrainerPredict.scores] != nil
            var findings = [
                DoctorFinding(
                    .ok, subject,
                    String(
                        format:
                            "an epoch of \(parts[.train]?.examples.count ?? 0) pictures took %.1f s, a second one continued, ",
                        seconds)
                        + "\(answers.count) answers \(hasScores ? "with" : "without") scores")
            ]
            if second.metrics.validationAccuracy == nil {
                findings.append(
                    DoctorFinding(
                        .warning, subject, "it reports no validation_accuracy although there are validation images",
                        advice: "report it, or write 'select: last'"))
            }
            if let task, let found = unreadable(answers, task) {
                findings.append(
                    DoctorFinding(
                        .warning, subject, "its answer '\(found.text.prefix(60))' is unreadable: \(found.reason)",
                        advice: "docs/tasks.md shows the answers of each task"))
            }
            let unknown = task == nil ? Set(answers.compactMap(\.text)).subtracting(labels).sorted() : []
            if !unknown.isEmpty {
                findings.append(
                    DoctorFinding(
                        .warning, subject,
                        "it answers \(unknown.prefix(3).map { "'\($0)'" }.joined(separator: ", ")), not a label",
                        advice: "return one of the request's 'labels'"))
            }
            return findings
        } catch {
            return [
                DoctorFinding(
                    .problem, subject, "\(stage) failed: \(error)",
                    advice: "docs/trainers.md describes the program's input and output")
            ]
        }
    }

    /// The first answer that the task cannot read.
    private func unreadable(_ answers: [Answer], _ task: any TaskDefinition) -> (text: String, reason: String)? {
        let items = (parts[.test]?.examples ?? []).compactMap(\.taskItem)
        for answer in answers {
            guard let text = answer.text, items.indices.contains(answer.example) else { continue }
            let read = task.read(text, about: items[answer.example], TaskContext(vocabulary: labels))
            if read.value == nil { return (text, read.reason ?? "") }
        }
        return nil
    }

    private func epoch(
        _ name: String, _ number: Int, _ work: TrainerEpoch, _ settings: TrainerSettings, from checkpoint: Digest?
    ) async throws -> (checkpoint: Digest, metrics: EpochMetrics) {
        let step = Step(
            id: StepID("trainer-epoch:\(name):check-\(number)"),
            work: .trainerEpoch(
                TrainerEpoch(identity: .init(program: work.identity.program, epoch: number), settings: settings)),
            inputs: [], parts: [], models: [name], variants: [])
        var inputs = ["train": try put(.train), "validation": try put(.validation)]
        inputs[TrainEpoch.checkpoint] = checkpoint
        let outcome = try await run(step, inputs)
        guard case .file(let path)? = outcome.outputs[TrainEpoch.checkpoint],
            case .data(let metrics)? = outcome.outputs[TrainEpoch.metrics]
        else { throw Refusal("the epoch wrote no checkpoint", code: .failure) }
        return (try store.put(fileAt: path, moving: false).digest, try EpochMetrics(json: metrics))
    }

    private func put(_ part: SplitPart) throws -> Digest {
        try store.put((parts[part] ?? SplitExamples(labels: labels, examples: [])).encoded).digest
    }

    private func run(_ step: Step, _ inputs: [String: Digest]) async throws -> StepOutcome {
        guard let runner = services.runner(for: step) else { throw Refusal("'\(step.id)' cannot be run here", code: .failure) }
        // The folder is not returned to the store: the checkpoint is read from it, and the store is temporary.
        let context = try StepContext.standalone(
            step, inputs: inputs, scratch: store.makeScratch(), store: store, clock: SystemWallClock(), events: { _ in })
        return try await runner.run(context)
    }
}
