// Predicts images with a trained model of a spec.

import Artifacts
package import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification
import Steps
import TaskKit
import VisionProtocol

/// Images to predict and the model that predicts them.
package struct PredictionRequest: Sendable {
    /// The spec that defines the model.
    package var spec: SpecRequest
    /// The model's name in the spec.
    package var model: String
    /// Image files, folders, and tables with paths and, for a task that asks about images, questions.
    package var paths: [String]
    /// Number of labels to report per image.
    package var top: Int

    /// - Parameter paths: image files, folders, and tables.
    package init(spec: SpecRequest, model: String, paths: [String], top: Int) {
        self.spec = spec
        self.model = model
        self.paths = paths
        self.top = top
    }
}

/// The predictions of a model for images that need not belong to the experiment.
package struct ModelPredictions: Sendable {
    /// The prediction for one image.
    package struct Image: Sendable {
        /// The path as the user or the table gave it; for a folder, below it.
        package var path: String
        /// The predicted label; for a trainer, the program's answer.
        package var answer: String
        /// The prediction as JSON, read from a program's answer as an evaluation reads it: a list of tags, a number, boxes in
        /// pixels; `nil` if the answer cannot be read.
        package var value: JSONValue?
        /// The most probable labels with their scores, highest first; empty if a program gives none.
        package var top: [(label: String, score: Double)]

        /// The prediction on one line: the labels with the highest scores. Where the answer is not the first of them, as for
        /// several tags, for none, and for a program that decides by a threshold, the answer precedes them.
        package var line: String {
            let scored = top.map { "\($0.label) \(String(format: "%.3f", $0.score))" }.joined(separator: "  ")
            if scored.isEmpty { return answer }
            return answer == top.first?.label ? scored : "\(answer)  (\(scored))"
        }
    }

    /// A file that was not predicted, and why.
    package struct Unread: Sendable {
        /// The path as the user or the table gave it.
        package var path: String
        /// Why, as a clause that follows the path: `not an image`.
        package var reason: String
    }

    /// The model's name in the spec.
    package var model: String
    /// The epoch that the model comes from; `nil` for a probe.
    package var epoch: Int?
    /// In the order of the request.
    package var images: [Image] = []
    /// Files that were not predicted: those that are not there or not images first, then those that cannot be read.
    package var unread: [Unread] = []

    /// Predicts all images that can be read.
    /// - Parameter progress: receives short texts while a program works.
    /// - Throws: `Refusal` for a model that cannot be used, or if no file is named; errors of the worker or the program.
    package init(_ request: PredictionRequest, progress: @escaping @Sendable (String) -> Void) async throws {
        let models = try await LocalModels(request.spec)
        let checkpoint = try models.usable(request.model, for: "used")
        model = request.model
        epoch = checkpoint.epoch
        let task = try models.task(of: request.model)
        let needed = PredictionTable.requiredVariables(of: task)
        var found: [Input] = []
        for path in request.paths { try await ModelPredictions.add(path, task, to: &found, &unread) }
        var seen: Set<Input> = []
        found = found.filter { seen.insert($0).inserted }
        // A program without the question would answer another one.
        let lacking = found.filter { file in needed.contains { file.variables[$0] == nil } }
        unread += lacking.map { file in
            let names = needed.filter { file.variables[$0] == nil }.joined(separator: ", ")
            return Unread(
                path: file.shown, reason: "the model's task needs a \(names): predict a table with the columns path, \(names)")
        }
        found = found.filter { file in needed.allSatisfy { file.variables[$0] != nil } }
        let vision = VisionWorkerClient(executable: VisionWorkerClient.executableBesideThisProgram())
        do {
            try await predict(found, request, models, checkpoint.digest, vision, progress)
        } catch {
            await vision.stop()
            throw error
        }
        await vision.stop()
    }

    /// An image to predict.
    fileprivate struct Input: Hashable, Sendable {
        /// Absolute.
        var path: String
        /// The path as the user or the table gave it.
        var shown: String
        /// The texts for the task's variables.
        var variables: [String: String] = [:]
        /// In pixels, upright; zero until the file was inspected.
        var width = 0, height = 0
    }

    private mutating func predict(
        _ found: [Input], _ request: PredictionRequest, _ models: LocalModels,
        _ checkpoint: Digest, _ vision: VisionWorkerClient, _ progress: @escaping @Sendable (String) -> Void
    ) async throws {
        let inspected = try await vision.call(InspectImagesCall(paths: found.map(\.path))).images
        var readable: [Input] = []
        for (file, image) in zip(found, inspected) {
            switch image {
            case .readable(let width, let height, _, _, _, _):
                var file = file
                (file.width, file.height) = (width, height)
                readable.append(file)
            case .unreadable(let reason): unread.append(Unread(path: file.shown, reason: reason))
            }
        }
        guard !readable.isEmpty else { return }
        let paths = readable.map(\.path)
        switch try models.model(request.model) {
        case .trained:
            guard case .trainEpoch(let work)? = models.trainingSteps(of: request.model).last?.work else { return }
            let recipe = work.identity.recipe
            let result = try await vision.call(
                PredictCall(
                    architecture: recipe.architecture, images: recipe.images,
                    checkpoint: models.workspace.store.verifiedPath(of: checkpoint), pictures: paths, measureLatency: false,
                    top: request.top, threads: work.identity.numerics.threads,
                    device: work.identity.numerics.computeDevice))
            images = ModelPredictions.images(readable.map(\.shown), result.predictions, result.labels)
        case .programTrained, .probe:
            let local = try ExternalImages(readable, in: models, vision: vision, progress: progress)
            images = try await local.predict(request.model, checkpoint, top: request.top, unread: &unread)
        case .hosted, .fineTuned, .command, .recorded: return
        }
    }

    static func images(_ shown: [String], _ predictions: [VisionProtocol.Prediction], _ labels: [String]) -> [Image] {
        zip(shown, predictions).map { path, prediction in
            Image(
                path: path, answer: ModelPredictions.answer(prediction, labels),
                value: ModelPredictions.value(prediction, labels),
                top: (prediction.top ?? []).map { (labels[$0.label], $0.probability) })
        }
    }

    /// A label, tags separated by commas (`none` without tags), or a count.
    private static func answer(_ prediction: VisionProtocol.Prediction, _ labels: [String]) -> String {
        if let tags = prediction.tags { return tags.isEmpty ? "none" : tags.map { labels[$0] }.joined(separator: ", ") }
        return prediction.count.map(String.init) ?? labels[prediction.label]
    }

    private static func value(_ prediction: VisionProtocol.Prediction, _ labels: [String]) -> JSONValue {
        if let tags = prediction.tags { return .array(tags.map { .string(labels[$0]) }) }
        return prediction.count.map { .int(Int64($0)) } ?? .string(labels[prediction.label])
    }

    /// A program's answer as an evaluation reads it; `nil` if it cannot be read.
    /// - Parameters:
    ///   - item: the item that the program was given; `nil` for classification, where the answer is the label.
    ///   - vocabulary: the dataset's names.
    static func value(
        of answer: String, about item: TaskItem?, task: (any TaskDefinition)?, vocabulary: [String]
    ) -> JSONValue? {
        guard let task, let item else { return .string(answer) }
        // As in evaluations, programs state boxes in pixels.
        let boxes = type(of: task).view == .boxes ? AnswerForm.pixelBoxes : nil
        let context = TaskContext(vocabulary: vocabulary, form: AnswerForm(boxes: boxes))
        let text = AnswerText.withoutReasoning(answer)
        return AnswerText.isEmpty(text) ? type(of: task).emptyPrediction : task.read(text, about: item, context).value
    }

    // MARK: Files

    /// Extensions of files that are read as tables; a file without one of them is an image.
    private static let tables: Set<String> = ["csv", "tsv", "jsonl", "ndjson", "json", "parquet"]

    /// Adds the images behind a path, and the files that cannot be read. No file that the user names is dropped: files
    /// in a folder without the name of an image are listed too, unless they are hidden.
    private static func add(
        _ path: String, _ task: (any TaskDefinition)?, to found: inout [Input], _ unread: inout [Unread]
    ) async throws {
        guard let status = try LocalFileSystem().status(path) else {
            unread.append(Unread(path: path, reason: "there is no such file or folder"))
            return
        }
        if status.kind == .folder {
            let base = path.hasSuffix("/") ? String(path.dropLast()) : path
            // The files are classified as those of a dataset, so that both read the same images.
            let scan = try FolderScan(path)
            for file in scan.candidates {
                let shown = base + "/" + file.path
                if let problem = file.problem {
                    unread.append(Unread(path: shown, reason: problem))
                } else {
                    found.append(Input(path: absolute(shown), shown: shown))
                }
            }
            for file in scan.skipped + scan.unreadable where !file.path.hasSuffix("/") && FileRole(path: file.path).isCounted {
                unread.append(Unread(path: base + "/" + file.path, reason: file.reason))
            }
            if scan.candidates.isEmpty { unread.append(Unread(path: path, reason: "the folder has no images")) }
        } else if tables.contains((path as NSString).pathExtension.lowercased()) {
            let content = try await TableFile.content(path, .text)
            let table: PredictionTable
            do {
                table = try PredictionTable({ try content.records(names: $0) }, task: task)
            } catch let error as DatasetError {
                throw Refusal("\(path): \(error)", code: .invalid)
            }
            let folder = path.parentPath
            for row in table.rows {
                let place = row.path.hasPrefix("/") || folder.isEmpty ? row.path : folder + "/" + row.path
                if row.path.isEmpty {
                    unread.append(Unread(path: "\(path):\(row.line)", reason: "the path is empty"))
                } else if try LocalFileSystem().status(place)?.kind == .file {
                    found.append(Input(path: absolute(place), shown: row.path, variables: row.variables))
                } else {
                    unread.append(Unread(path: row.path, reason: "there is no such file (\(path):\(row.line))"))
                }
            }
        } else {
            found.append(Input(path: absolute(path), shown: path))
        }
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}

/// Images outside the experiment's dataset, as examples for steps that predict.
private struct ExternalImages {
    let part: [Example]
    let inputs: [ModelPredictions.Input]
    let models: LocalModels
    let vision: VisionWorkerClient
    let progress: @Sendable (String) -> Void

    init(
        _ readable: [ModelPredictions.Input], in models: LocalModels,
        vision: VisionWorkerClient, progress: @escaping @Sendable (String) -> Void
    ) throws {
        let cache = models.workspace.store.statCache()
        part = try readable.enumerated().map { index, file in
            let digest = try cache.digest(ofFileAt: file.path).digest
            let bytes = try LocalFileSystem().status(file.path)?.size ?? 0
            // Relative to the root folder, where the steps look for them.
            return Example(
                id: index, path: String(file.path.drop { $0 == "/" }), label: "", digest: digest, bytes: Int(bytes),
                width: file.width, height: file.height)
        }
        inputs = readable
        self.models = models
        self.vision = vision
        self.progress = progress
    }

    private var shown: [String] { inputs.map(\.shown) }

    private var store: ArtifactStore { models.workspace.store }

    func predict(
        _ name: String, _ checkpoint: Digest, top: Int, unread: inout [ModelPredictions.Unread]
    ) async throws -> [ModelPredictions.Image] {
        if let fit = models.fitStep(of: name) { return try await probed(fit, checkpoint, top: top) }
        guard let epoch = models.trainingSteps(of: name).last, case .trainerEpoch(let work) = epoch.work else { return [] }
        let labels = try labels(of: epoch)
        var settings = work.settings
        settings.imageFolder = "/"
        settings.allowsMissing = true
        let step = Step(
            id: StepID("trainer-predict:\(name):images"),
            work: .trainerPredict(
                TrainerPredict(identity: .init(program: work.identity.program, latency: nil), settings: settings)),
            inputs: [], parts: [], models: [name], variants: [])
        var inputs = files(of: epoch)
        var part = part
        if work.identity.program.task != nil {
            // A program names an item by its id; one image may be in several items.
            var uses: [String: Int] = [:]
            for (at, input) in self.inputs.enumerated() {
                let use = uses[input.shown, default: 0] + 1
                uses[input.shown] = use
                part[at].item = ItemEntry(
                    id: use == 1 ? input.shown : "\(input.shown)#\(use)", group: input.shown,
                    variables: input.variables.isEmpty ? nil : input.variables, reference: .null)
            }
        }
        inputs["examples"] = try store.put(SplitExamples(labels: labels, examples: part).encoded).digest
        inputs[SelectCheckpoint.checkpoint] = checkpoint
        let outcome = try await run(step, inputs)
        guard case .data(let answers)? = outcome.outputs[Predict.answers] else { return [] }
        var scores: [Int: [(label: String, score: Double)]] = [:]
        if case .data(let lines)? = outcome.outputs[TrainerPredict.scores] {
            for line in lines.split(separator: UInt8(ascii: "\n")) {
                guard let row = try? JSONValue(parsing: Data(line)), let id = row["example"]?.int,
                    let members = row["scores"]?.object
                else { continue }
                scores[id] = members.compactMap { label, score in score.double.map { (label: label, score: $0) } }
                    .sorted { ($1.score, $0.label) < ($0.score, $1.label) }
            }
        }
        let task = try models.task(of: name)
        var images: [ModelPredictions.Image] = []
        for answer in try AnswerSet(decoding: answers).answers {
            guard answer.status == .answered, let text = answer.text else {
                unread.append(.init(path: shown[answer.example], reason: "the program gave no answer"))
                continue
            }
            images.append(
                .init(
                    path: shown[answer.example], answer: text,
                    value: ModelPredictions.value(
                        of: text, about: part[answer.example].taskItem, task: task, vocabulary: labels),
                    top: Array((scores[answer.example] ?? []).prefix(top))))
        }
        return images
    }

    private func probed(_ fit: Step, _ probe: Digest, top: Int) async throws -> [ModelPredictions.Image] {
        guard let source = fit.inputs.first(where: { $0.name == "train-features" })?.from,
            var step = models.prepared.plan.steps.first(where: { $0.id == source }),
            case .extractFeatures(var work) = step.work, case .fitProbe(let fitting) = fit.work
        else { return [] }
        work.settings.imageFolder = "/"
        work.settings.trainer?.imageFolder = "/"
        step.work = .extractFeatures(work)
        var inputs = files(of: step)
        inputs["examples"] = try store.put(SplitExamples(labels: try labels(of: fit), examples: part).encoded).digest
        let outcome = try await run(step, inputs)
        guard case .data(let table)? = outcome.outputs[ExtractFeatures.features] else { return [] }
        let features = try store.put(table).digest
        let result = try await vision.call(
            ApplyProbeCall(
                probe: store.verifiedPath(of: probe), features: store.verifiedPath(of: features), top: top,
                threads: fitting.identity.numerics.threads))
        return ModelPredictions.images(shown, result.predictions, result.labels)
    }

    private func run(_ step: Step, _ inputs: [String: Digest]) async throws -> StepOutcome {
        let services = NodeServices(vision: vision, environment: models.prepared.specs.base.environment)
        guard let runner = services.runner(for: step) else { throw Refusal("'\(step.id)' cannot be run here", code: .failure) }
        let scratch = try store.makeScratch()
        defer {
            store.release(scratch)
            store.emptyScratch()
        }
        let context = try StepContext.standalone(
            step, inputs: inputs, scratch: scratch, store: store, clock: SystemWallClock(),
            events: { [progress] event in
                if case .progress(_, _, let text) = event { progress(text) }
            })
        return try await runner.run(context)
    }

    /// The labels of the training part that a step reads.
    private func labels(of step: Step) throws -> [String] {
        guard let input = step.inputs.first(where: { $0.name == "train" }),
            let digest = models.outputs(of: input.from)[input.output]
        else { return [] }
        return try SplitExamples(decoding: store.bytes(of: digest)).labels
    }

    /// The inputs of a step that are files rather than examples or checkpoints.
    private func files(of step: Step) -> [String: Digest] {
        var found: [String: Digest] = [:]
        for input in step.inputs where input.name.hasPrefix("file:") || input.name == ExtractFeatures.weights {
            found[input.name] = models.outputs(of: input.from)[input.output]
        }
        return found
    }
}
