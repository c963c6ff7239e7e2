// Writes the lines of a batch in shards that the provider accepts.

package import Basics
import Execution
import Foundation
package import Planning
package import ProviderKit
package import Specification
import TaskKit
import VisionProtocol

/// One file of a batch: its lines and the artifact with its bytes.
package struct RequestShard: Hashable, Sendable, Codable {
    /// The digest of the file, which is an artifact of the store.
    package var digest: Digest
    /// The number of requests in the file.
    package var lines: Int
    /// The size of the file in bytes.
    package var bytes: Int
    /// The ids of the examples, in the order of the lines.
    package var examples: [Int]
}

struct WriteRequestsRunner: StepRunner {
    let work: WriteRequests
    let catalog: ProviderCatalog
    let vision: VisionWorkerClient
    let tasks: TaskRegistry

    func run(_ context: StepContext) async throws -> StepOutcome {
        let part = try context.examples()
        let sent = try await SentImages(
            part.examples + context.shotExamples(of: work.identity.request.prompt),
            folder: work.settings.imageFolder, context, vision: vision)
        let dialect = try catalog.dialect(work.identity.dialect)
        let template = try work.identity.request.template(part, context, dialect: dialect, tasks) { try sent.images($0) }
        let images = try part.examples.map { try sent.images($0) }
        try context.checkRequestImages(part.examples, images, work.identity.request.prompt, dialect.limits) {
            try sent.images($0)
        }
        let writer = JSONLWriter(
            folder: URL(fileURLWithPath: context.scratch), name: "requests",
            limits: ShardLimits(
                bytes: min(work.identity.maxShardBytes, dialect.batchLimits.bytes),
                lines: min(try maxLines(part), dialect.batchLimits.lines)))
        let deployment = work.identity.deployment
        let url = work.identity.url
        let written = try await context.inOwnLane {
            try await writer.write(count: part.examples.count) { index in
                template.batchLine(
                    customID: String(part.examples[index].id), model: deployment, url: url, images: images[index],
                    item: part.examples[index].item)
            }
        }
        var outputs: [String: StepOutcome.Content] = [:]
        var shards: [RequestShard] = []
        for (index, shard) in written.enumerated() {
            outputs["shard-\(index)"] = .file(context.scratch + "/" + shard.name)
            shards.append(
                RequestShard(
                    digest: shard.digest, lines: shard.lines, bytes: shard.bytes,
                    examples: part.examples[shard.firstLine..<(shard.firstLine + shard.lines)].map(\.id)))
        }
        outputs[WriteRequests.shards] = .data(Data(try JSONValue(encoding: shards).canonical.utf8))
        var facts = WriteRequestsFacts()
        facts.lines = part.examples.count
        facts.bytes = written.reduce(0) { $0 + $1.bytes }
        facts.common.sentAsPNG = sent.sentAsPNG
        return StepOutcome(outputs, facts: facts)
    }

    /// The maximum number of lines of a shard: the provider's limit, or as many as fit into the quota at the upper
    /// bound of the forecast.
    private func maxLines(_ part: SplitExamples) throws -> Int {
        let identity = work.identity
        guard let quota = identity.maxShardTokens, !part.examples.isEmpty else { return identity.maxShardLines }
        let load = RequestLoad(
            asking: identity.request, labels: part.labels, about: .seen(part.examples), rule: nil)
        let each = (load.input.high + part.examples.count - 1) / part.examples.count
        guard each <= quota else { throw StepFailure.quotaTooSmall(tokens: each, quota: quota) }
        return min(identity.maxShardLines, quota / each)
    }
}

extension PreparedRequest {
    /// The request template with the prompt rendered for the dataset's labels and its shots.
    /// - Parameter images: returns the files of an example.
    /// - Throws: `StepFailure.tooManyImages` for an item with more images than a request may have.
    func template(
        _ part: SplitExamples, _ context: StepContext, dialect: any RequestDialect, _ tasks: TaskRegistry,
        images: (Example) throws -> [ImageFile]
    ) throws -> RequestTemplate {
        try context.checkImages(of: part.examples, prompt, limit: dialect.limits.imagesPerRequest)
        return RequestTemplate(
            self, labels: part.labels, shots: try context.shots(of: prompt, images: images), dialect: dialect,
            task: try task.map { try tasks.planned($0) })
    }
}

extension StepContext {
    /// The examples that the step reads from an input.
    /// - Throws: `StepFailure.emptyPart` if there are none, because nothing could be measured or learned;
    /// `matchConflicts` if the declared matching cannot distinguish their labels.
    func examples(_ name: String = "examples") throws -> SplitExamples {
        let part = try SplitExamples(decoding: data(name))
        guard !part.examples.isEmpty else { throw StepFailure.emptyPart(step: step.id) }
        try step.checkMatches(labels: part.labels)
        return part
    }

    /// The verified file of an example.
    func image(_ example: Example, folder: String?) throws -> ImageFile {
        ImageFile(
            path: try imagePath(example.digest, example.path, folder: folder), digest: example.digest,
            bytes: example.bytes)
    }

    /// The examples that a prompt shows before its question: the first of each label, in the split's order.
    func shotExamples(of prompt: PromptSpec) throws -> [Example] {
        guard let spec = prompt.examples else { return [] }
        var taken: [String: Int] = [:]
        var shots: [Example] = []
        for example in try SplitExamples(decoding: data("shots")).examples {
            if let labels = spec.labels, !labels.contains(example.label) { continue }
            guard taken[example.label, default: 0] < spec.perLabel else { continue }
            taken[example.label, default: 0] += 1
            shots.append(example)
        }
        return shots
    }

    /// The shots with the files to send for them.
    func shots(of prompt: PromptSpec, images: (Example) throws -> [ImageFile]) throws -> [RequestTemplate.Shot] {
        try shotExamples(of: prompt).map { .init(images: try images($0), label: $0.label, item: $0.taskItem) }
    }

    /// Checks the images of requests, including those of the prompt's examples, before anything is sent.
    /// - Parameter images: returns the files of an example.
    /// - Throws: `StepFailure.refusedImages`.
    func checkRequestImages(
        _ examples: [Example], _ files: [[ImageFile]], _ prompt: PromptSpec, _ limits: ProviderLimits,
        images: (Example) throws -> [ImageFile]
    ) throws {
        let shots = try shotExamples(of: prompt)
        let refused = try ImageCheck.refused(
            examples + shots, files + shots.map(images), maxBytes: limits.requestImageBytes)
        guard refused.isEmpty else { throw StepFailure.refusedImages(refused) }
    }

    /// Checks whether every item fits into one request together with the prompt's examples. A single image always fits.
    /// - Parameter limit: the provider's largest number of images; `nil` if it states none.
    /// - Throws: `StepFailure.tooManyImages`.
    func checkImages(of examples: [Example], _ prompt: PromptSpec, limit: Int?) throws {
        guard let largest = examples.max(by: { ($0.more?.count ?? 0) < ($1.more?.count ?? 0) }), let more = largest.more else {
            return
        }
        let images = try shotExamples(of: prompt).reduce(more.count + 1) { $0 + $1.perImage.count }
        guard let limit, images > limit else { return }
        throw StepFailure.tooManyImages(item: largest.name, images: images, limit: limit)
    }
}
