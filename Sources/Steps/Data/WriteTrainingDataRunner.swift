// Writes the examples that a fine-tuning job trains on or validates with.

import Basics
import Execution
import Foundation
import Planning
import Platform
import ProviderKit
import Specification
import Statistics
import TaskKit
import VisionProtocol

struct WriteTrainingDataRunner: StepRunner {
    let work: WriteTrainingData
    let catalog: ProviderCatalog
    let vision: VisionWorkerClient
    let tasks: TaskRegistry
    /// The limits on the size of the file; `nil` for those of the provider.
    var limits: ShardLimits?

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let part = try SplitExamples(decoding: context.data("examples"))
        let sent = try await SentImages(
            part.examples + context.shotExamples(of: identity.prompt), folder: work.settings.imageFolder, context,
            vision: vision)
        let dialect = try catalog.dialect(identity.dialect)
        let limits = limits ?? dialect.trainingLimits
        let task = try identity.task.map { try tasks.task($0) }
        let taskContext = TaskContext(vocabulary: part.labels, form: identity.answer.form)
        let template = RequestTemplate(
            PreparedRequest(teaching: identity), labels: part.labels,
            shots: try context.shots(of: identity.prompt) { try sent.images($0) }, dialect: dialect, task: task)
        if let task, identity.method != .reinforcement { try checkAnswers(part, task, taskContext) }
        let images = try part.examples.map { try sent.images($0) }
        try context.checkImages(of: part.examples, identity.prompt, limit: dialect.limits.imagesPerExample)
        let rejected = identity.method == .dpo ? try rejectedTexts(part, context) : []
        let rejectedAnswers = try task.map { try self.rejectedAnswers(rejected, part, $0, taskContext) } ?? []
        let skippedImages = try check(part, images, rejected, dialect.limits, context)
        let writer = JSONLWriter(
            folder: URL(fileURLWithPath: context.scratch), name: "training", limits: limits)
        let shards = try await context.inOwnLane {
            try await writer.write(count: part.examples.count) { index in
                if let task, let item = part.examples[index].item, let asked = part.examples[index].taskItem {
                    return template.itemLine(
                        identity.method, images: images[index], item: item,
                        answer: task.answer(to: asked, taskContext),
                        rejected: rejectedAnswers.isEmpty ? nil : rejectedAnswers[index])
                }
                let label = part.examples[index].label
                switch identity.method {
                case .supervised: return template.trainingLine(images: images[index], label: label)
                case .dpo:
                    return template.preferenceLine(images: images[index], preferred: label, rejected: rejected[index])
                case .reinforcement: return template.reinforcementLine(images: images[index], label: label)
                }
            }
        }
        guard shards.count <= 1 else {
            throw StepFailure.trainingFileTooLarge(
                bytes: shards.reduce(0) { $0.saturatingAdding($1.bytes) }, limit: limits.bytes,
                fitting: shards[0].lines, of: part.examples.count)
        }
        let content: StepOutcome.Content =
            shards.first.map { .file(context.scratch + "/" + $0.name) } ?? .data(Data())
        var facts = TrainingDataFacts()
        facts.examples = part.examples.count
        facts.bytes = shards.first?.bytes ?? 0
        facts.skipped = skippedImages.map { "\($0.path) \($0.reason)" }
        facts.labels = predicted(part, skippedImages).mapValues { counts in
            .init(submitted: counts.submitted, predicted: counts.submitted - counts.skipped)
        }
        facts.common.sentAsPNG = sent.sentAsPNG
        return StepOutcome([WriteTrainingData.data: content], facts: facts)
    }

    /// Reports data on which a job would fail, and images that it would silently skip.
    private func check(
        _ part: SplitExamples, _ images: [[ImageFile]], _ rejected: [String], _ limits: ProviderLimits, _ context: StepContext
    ) throws -> [ImageFinding] {
        let isTraining = context.step.inputs.contains { $0.name == "examples" && $0.output == SplitPart.train.rawValue }
        let count = part.examples.count
        if isTraining, let fewest = limits.minExamples, count < fewest {
            throw StepFailure.trainingData(reason: "it has \(count) examples; \(fewest) is the minimum")
        }
        if let most = limits.maxExamples, count > most {
            throw StepFailure.trainingData(reason: "it has \(count) examples with images; \(most) is the maximum")
        }
        if !isTraining, let most = limits.maxValidationExamples, count > most {
            throw StepFailure.trainingData(
                reason: "the validation part has \(count) examples; \(most) is the maximum. Make it smaller, or write "
                    + "'validation: false'")
        }
        if !identityHasItems, let same = zip(part.examples, rejected).first(where: { $0.0.label == $0.1 }) {
            throw StepFailure.trainingData(
                reason: "the rejected answer for \(same.0.path) is the correct label, \(same.1)")
        }
        let skippedImages = limits.skipsOtherColours ? try ImageCheck.skippedInTraining(part.examples, images) : []
        let refused = try ImageCheck.refused(part.examples, images, maxBytes: limits.trainingImageBytes).filter { finding in
            !skippedImages.contains { $0.path == finding.path }
        }
        guard refused.isEmpty else { throw StepFailure.refusedImages(refused) }
        let counts = predicted(part, skippedImages)
        let lost = counts.filter { $0.value.skipped == $0.value.submitted }.keys.sorted()
        if !skippedImages.isEmpty {
            context.note(
                "the provider silently skips \(skippedImages.count) of \(images.count) "
                    + "\(isTraining ? "training" : "validation") images: "
                    + skippedImages.text + ". 'convert: {}' in the dataset makes them RGB. By label: "
                    + counts.filter { $0.value.skipped > 0 }.sorted { $0.key < $1.key }.prefix(20)
                    .map { "\($0.key) \($0.value.submitted - $0.value.skipped) of \($0.value.submitted) left" }
                    .joined(separator: ", "))
        }
        if isTraining {
            let labels = identityHasItems ? "" : " of \(counts.count) labels"
            let also = limits.screening.map { ". The provider also rejects \($0), which cannot be predicted here" }
            context.note("\(images.count) training images\(labels) are submitted\(also ?? "")")
            guard lost.isEmpty || work.settings.allowLostLabels else {
                throw StepFailure.lostLabels(lost, afterJob: false)
            }
        }
        return skippedImages
    }

    /// Checks whether the answer that each example teaches is read back as its reference, so that a model that learned it
    /// would be scored as right.
    /// - Throws: `StepFailure.trainingData` with the first examples that are not.
    private func checkAnswers(_ part: SplitExamples, _ task: any TaskDefinition, _ taskContext: TaskContext) throws {
        let problems = part.examples.compactMap { example -> String? in
            guard let item = example.taskItem else { return nil }
            let text = work.identity.answer.content(of: task.answer(to: item, taskContext))
            guard text.contains(where: { !$0.isWhitespace }) else { return "\(item.id): its answer is empty" }
            let read = task.read(text, about: item, taskContext)
            guard let value = read.value else { return "\(item.id): its answer is unreadable (\(read.reason ?? "unknown"))" }
            let isOther = WriteTrainingDataRunner.isExact(task) && task.score(value, of: item, taskContext)["right"] == 0
            return isOther ? "\(item.id): its answer '\(text.prefix(80))' is read as '\(task.text(of: value).prefix(80))'" : nil
        }
        guard !problems.isEmpty else { return }
        throw StepFailure.trainingData(
            reason: "\(problems.count) of \(part.examples.count) examples cannot be used for training: "
                + problems.prefix(5).joined(separator: "; ")
                + (problems.count > 5 ? "; and \(problems.count - 5) more" : ""))
    }

    /// Whether right answers are equal to the reference. Boxes need only overlap it: a small one loses too much in the units of
    /// a request to be read back, and a displaced one may be taught as the worse answer.
    private static func isExact(_ task: any TaskDefinition) -> Bool { type(of: task).view != .boxes }

    private var identityHasItems: Bool { work.identity.task != nil }

    /// Images by label: the number submitted, and how many of them the provider will skip, as far as the files show.
    private func predicted(
        _ part: SplitExamples, _ skippedImages: [ImageFinding]
    ) -> [String: (submitted: Int, skipped: Int)] {
        let skipped = Set(skippedImages.map(\.path))
        return part.examples.reduce(into: [:]) { counts, example in
            counts[example.label, default: (0, 0)].submitted += 1
            if example.perImage.contains(where: { skipped.contains($0.path) }) { counts[example.label]?.skipped += 1 }
        }
    }

    /// The rejected answers to items, in the form of correct ones: texts as they are, structured answers from their JSON.
    /// - Throws: `StepFailure.trainingData` with the first answers that are not of that form, or that are correct.
    private func rejectedAnswers(
        _ texts: [String], _ part: SplitExamples, _ task: any TaskDefinition, _ taskContext: TaskContext
    ) throws -> [JSONValue] {
        guard !texts.isEmpty else { return [] }
        var problems: [String] = []
        let answers = zip(part.examples, texts).map { example, text -> JSONValue in
            guard let item = example.taskItem else { return .string(text) }
            let correct = task.answer(to: item, taskContext)
            var answer = JSONValue.string(text)
            if correct.string == nil {
                guard let value = try? JSONValue(parsingWritten: Data(text.utf8)) else {
                    problems.append(
                        "\(item.id): '\(text.prefix(80))' is not JSON, as the answer \(correct.canonical.prefix(80)) is")
                    return answer
                }
                answer = value
            }
            let content = work.identity.answer.content(of: answer)
            let read = task.read(content, about: item, taskContext).value
            let isRight =
                WriteTrainingDataRunner.isExact(task)
                && read.map { task.score($0, of: item, taskContext)["right"] == 1 } ?? false
            if isRight || content == work.identity.answer.content(of: correct) {
                problems.append("\(item.id): the rejected answer '\(text.prefix(80))' is the correct one")
            }
            return answer
        }
        guard problems.isEmpty else {
            throw StepFailure.trainingData(
                reason: "\(problems.count) of \(answers.count) rejected answers cannot be used: "
                    + problems.prefix(5).joined(separator: "; ")
                    + (problems.count > 5 ? "; and \(problems.count - 5) more" : ""))
        }
        return answers
    }

    /// The rejected label or answer of each example, for preference optimization.
    private func rejectedTexts(_ part: SplitExamples, _ context: StepContext) throws -> [String] {
        switch work.identity.rejected {
        case .table(let digest):
            guard let path = work.settings.rejectedTable else { throw StepFailure.outputMissing(digest.hex) }
            let table: CSVTable
            do { table = try CSVTable(parsing: LocalFileSystem().read(path)) } catch let error as CSVError {
                throw StepFailure.trainingData(reason: "the table of rejected answers, line \(error.line): \(error)")
            }
            guard let name = table.column("id") ?? table.column("path"), let rejected = table.column("rejected") else {
                throw StepFailure.trainingData(
                    reason: "the table of rejected answers needs the columns path (or id) and rejected")
            }
            var texts: [ExactText: String] = [:]
            for row in table.rows where texts.updateValue(row.fields[rejected], forKey: ExactText(row.fields[name])) != nil {
                throw StepFailure.trainingData(
                    reason: "the table of rejected answers, line \(row.line): '\(row.fields[name])' has a row already")
            }
            return try part.examples.map { example in
                guard let text = texts[ExactText(example.name)] ?? texts[ExactText(example.path)] else {
                    throw StepFailure.trainingData(reason: "the table of rejected answers has no row for \(example.name)")
                }
                return text
            }
        case .randomLabel(let seed):
            var random = SeededRandom(seed: UInt64(bitPattern: Int64(seed)))
            return part.examples.map { example in
                let others = part.labels.filter { $0 != example.label }
                return others.isEmpty ? example.label : others[Int(random.next() % UInt64(others.count))]
            }
        case nil: return part.examples.map(\.label)
        }
    }
}
