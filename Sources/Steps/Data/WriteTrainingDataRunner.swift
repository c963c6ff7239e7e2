// Writes the examples that a fine-tuning job trains on or validates with.

import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification

struct WriteTrainingDataRunner: StepRunner {
    let work: WriteTrainingData

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let part = try SplitExamples(decoding: context.data("examples"))
        let folder = work.settings.imageFolder
        let template = RequestTemplate(
            AskedRequest(teaching: identity), labels: part.labels,
            shots: try context.shots(of: identity.prompt) { try context.image($0, folder: folder) })
        let images = try part.examples.map { try context.image($0, folder: folder) }
        let rejected = identity.method == .dpo ? try rejectedLabels(part, context) : []
        let leftOut = try check(part, images, rejected, context)
        let writer = JSONLWriter(
            folder: URL(fileURLWithPath: context.scratch), name: "training", limits: .training)
        let shards = try await context.lanes.run(in: .local) {
            try await writer.write(count: part.examples.count) { index in
                let label = part.examples[index].label
                switch identity.method {
                case .supervised: return template.trainingLine(image: images[index], label: label)
                case .dpo:
                    return template.preferenceLine(image: images[index], preferred: label, rejected: rejected[index])
                case .reinforcement: return template.reinforcementLine(image: images[index], label: label)
                }
            }
        }
        guard shards.count <= 1 else {
            throw StepFailure.tooFewImages(part: "training file", have: shards.count, need: 1)
        }
        let content: StepOutcome.Content =
            shards.first.map { .file(context.scratch + "/" + $0.name) } ?? .data(Data())
        return StepOutcome(
            [WriteTrainingData.data: content],
            facts: [
                "examples": .int(Int64(part.examples.count)), "bytes": .int(Int64(shards.first?.bytes ?? 0)),
                "left_out": .array(leftOut.map { .string("\($0.path) \($0.reason)") }),
            ])
    }

    /// Says what a job would fail on, and which images it would leave out in silence.
    private func check(
        _ part: SplitExamples, _ images: [ImageFile], _ rejected: [String], _ context: StepContext
    ) throws -> [ImageFinding] {
        let isTraining = context.step.inputs.contains { $0.name == "examples" && $0.output == SplitPart.train.rawValue }
        if isTraining, part.examples.count < ProviderLimits.fewestExamples {
            throw StepFailure.trainingData(
                reason: "it has \(part.examples.count) examples; \(ProviderLimits.fewestExamples) are the fewest")
        }
        if images.count > ProviderLimits.mostImageExamples {
            throw StepFailure.trainingData(
                reason: "it has \(images.count) examples with images; \(ProviderLimits.mostImageExamples) are the most")
        }
        if let same = zip(part.examples, rejected).first(where: { $0.0.label == $0.1 }) {
            throw StepFailure.trainingData(
                reason: "the rejected answer for \(same.0.path) is its label, \(same.1)")
        }
        let leftOut = try ImageCheck.leftOutOfTraining(part.examples, images)
        let refused = try ImageCheck.refused(part.examples, images).filter { finding in
            !leftOut.contains { $0.path == finding.path }
        }
        guard refused.isEmpty else { throw StepFailure.refusedImages(refused) }
        if !leftOut.isEmpty {
            context.note(
                "the provider leaves \(leftOut.count) of \(images.count) images out of fine-tuning in silence: "
                    + leftOut.text + ". 'convert: {}' in the dataset makes them RGB")
        }
        return leftOut
    }

    /// The label of each example that is not preferred.
    private func rejectedLabels(_ part: SplitExamples, _ context: StepContext) throws -> [String] {
        switch work.identity.rejected {
        case .table(let digest):
            guard let path = work.settings.rejectedTable else { throw StepFailure.outputMissing(digest.hex) }
            let table = try CSVTable(parsing: LocalFileSystem().read(path))
            guard let pathColumn = table.column("path"), let label = table.column("rejected") else {
                throw StepFailure.predictions(reason: "the table of rejected labels needs the columns path and rejected")
            }
            let labels = Dictionary(
                table.rows.map { ($0.fields[pathColumn], $0.fields[label]) }, uniquingKeysWith: { first, _ in first })
            return try part.examples.map { example in
                guard let label = labels[example.path] else {
                    throw StepFailure.predictions(reason: "the table of rejected labels has no row for \(example.path)")
                }
                return label
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
