// Computes the features of a part's images that are not known yet.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Platform
import VisionProtocol

struct ExtractFeaturesRunner: StepRunner {
    let work: ExtractFeatures
    /// Runs the program; `nil` for a built-in network.
    let trainer: TrainerRun?
    let vision: VisionWorkerClient

    /// Images per request to the worker; after each the features are kept, so that a killed step loses few.
    private static let imagesPerCall = 1024

    func run(_ context: StepContext) async throws -> StepOutcome {
        // A validation part may be empty.
        let part = try SplitExamples(decoding: context.data("examples"))
        var first: [Digest: Example] = [:]
        for example in part.examples where first[example.digest] == nil { first[example.digest] = example }
        let distinct = part.examples.filter { first[$0.digest]?.id == $0.id }
        let memory = context.memory("features-1", of: method(context))
        var known: [Digest: Data] = [:]
        for (example, value) in zip(distinct, try memory.values(of: distinct.map(\.digest))) {
            if let value, value.count % 4 == 0, !value.isEmpty { known[example.digest] = value }
        }
        let open = distinct.filter { known[$0.digest] == nil }
        var facts = ExtractFeaturesFacts(images: distinct.count, computed: open.count)
        var log = ""
        let start = ContinuousClock.now
        if trainer != nil {
            if !open.isEmpty {
                let (table, output) = try await byProgram(open, part.labels, context)
                log = output
                try keep(table, of: open, in: memory, &known)
            }
        } else {
            for from in stride(from: 0, to: open.count, by: ExtractFeaturesRunner.imagesPerCall) {
                let some = Array(open[from..<min(open.count, from + ExtractFeaturesRunner.imagesPerCall)])
                let table = try await byNetwork(some, from: from, of: open.count, context, &facts)
                try keep(table, of: some, in: memory, &known)
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if !open.isEmpty { facts.imagesPerSecond = Double(open.count) / max(seconds, 1e-9) }
        if open.count < distinct.count {
            context.note("features of \(distinct.count - open.count) of \(distinct.count) images were cached")
        }
        let width = known.values.first.map { $0.count / 4 } ?? 0
        guard known.values.allSatisfy({ $0.count == width * 4 }) else {
            throw StepFailure.trainerOutput(
                "the program returned \(width) features for some images and another number for others")
        }
        facts.columns = width
        var values: [Float] = []
        values.reserveCapacity(part.examples.count * width)
        for example in part.examples {
            guard let row = known[example.digest] else { continue }
            values += [Float](unsafeUninitializedCapacity: width) { buffer, written in
                row.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
                written = width
            }
        }
        let table = FeatureTable(rows: part.examples.count, columns: width, values: values)
        var outcome = StepOutcome([ExtractFeatures.features: .data(table.encoded)], facts: facts)
        if !log.isEmpty { outcome.outputs[RunCommand.log] = .data(Data(log.utf8)) }
        return outcome
    }

    /// Identifies the backbone: everything in the key but the images.
    private func method(_ context: StepContext) -> Digest {
        var texts = context.step.parts.map { "\($0.name)=\($0.value.canonical)" }
        texts += context.inputs.filter { $0.key != "examples" }.map { "\($0.key)=\($0.value.digest.hex)" }
        return Digest(of: texts.sorted().joined(separator: "\n"))
    }

    private func keep(
        _ table: FeatureTable, of examples: [Example], in memory: DigestMemory, _ known: inout [Digest: Data]
    ) throws {
        var found: [(digest: Digest, value: Data)] = []
        for (row, example) in examples.enumerated() {
            let value = table.values[(row * table.columns)..<((row + 1) * table.columns)].withUnsafeBytes { Data($0) }
            known[example.digest] = value
            found.append((example.digest, value))
        }
        try memory.remember(found)
    }

    private func byNetwork(
        _ examples: [Example], from: Int, of total: Int, _ context: StepContext, _ facts: inout ExtractFeaturesFacts
    ) async throws -> FeatureTable {
        guard let network = work.identity.network else {
            throw StepFailure.outputMissing(ExtractFeatures.features)
        }
        let output = context.scratch + "/features-\(from).npy"
        let call = ExtractFeaturesCall(
            architecture: network.architecture, images: network.images,
            weights: context.inputs[ExtractFeatures.weights]?.path ?? work.settings.weightsPath,
            weightsKey: network.weightsKey,
            pictures: try examples.map {
                try context.imagePath($0.digest, $0.path, folder: work.settings.imageFolder)
            }, output: output, threads: network.numerics.threads)
        let result = try await context.inOwnLane {
            try await vision.call(call) { progress in
                let done = from + progress.done
                context.progress(Double(done) / Double(max(1, total)), "\(done) of \(total) images")
            }
        }
        if from == 0, !result.weightsNotes.isEmpty {
            context.note("weights: \(result.weightsNotes.joined(separator: "; "))")
        }
        facts.weights = result.weightsNotes
        return try FeatureTable(parsing: LocalFileSystem().read(output))
    }

    /// Requests one row per image from the program; the table has the paths in the same order.
    private func byProgram(
        _ examples: [Example], _ labels: [String], _ context: StepContext
    ) async throws -> (FeatureTable, output: String) {
        guard let trainer else { throw StepFailure.outputMissing(ExtractFeatures.features) }
        let folder = try trainer.prepare(context)
        let images = try await ProgramImages(examples, folder: work.settings.imageFolder, context, vision: vision)
        let table = folder.path + "/predict.csv"
        try Data((["path"] + examples.map { try images.path(of: $0) }).map { CSVTable.line([$0]) }.joined().utf8)
            .write(to: URL(fileURLWithPath: table))
        let request = TrainerRequest(
            action: .features, seed: trainer.program.seed, hyperparameters: trainer.program.typedHyperparameters, labels: labels,
            table: table, output: folder.output)
        let output = try await trainer.perform(request, in: folder, context)
        let features: FeatureTable
        do {
            features = try FeatureTable(parsing: LocalFileSystem().read(folder.output + "/features.npy"))
        } catch FileError.missing {
            throw StepFailure.trainerOutput("there is no 'features.npy' below the request's 'output'")
        } catch let error as FeatureTableError {
            throw StepFailure.trainerOutput("features.npy: \(error)")
        }
        guard features.rows == examples.count, features.columns > 0 else {
            throw StepFailure.trainerOutput(
                "features.npy has \(features.rows) rows and \(features.columns) columns; \(examples.count) rows are required, one for "
                    + "each path of the table in its order")
        }
        return (features, output)
    }
}
