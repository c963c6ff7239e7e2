// Serves the emulator's requests for text: reading, and fine-tuning of the reader.

import Basics
import Foundation
package import VisionProtocol

extension EmulatedModels {
    /// Serves `read-text`. An image that does not decode gets a reading with the reason.
    package func read(_ call: ReadTextCall) async throws -> ReadTextCall.Result {
        let reader = try reader(of: call.model)
        let pages = try await parallelMap(count: call.images.count, threads: 2, run: 4) { index in
            let name = "image \(index + 1)"
            return Result {
                let picture = try ImageDecoder.decode(try Self.bytes(of: call.images[index], name: name), name: name)
                return (width: picture.width, height: picture.height, lines: PageLines(picture).lines)
            }
        }
        let lines = pages.flatMap { (try? $0.get().lines) ?? [] }
        var texts = try reader.read(lines, threads: Torch.defaultThreads)[...]
        let readings = pages.map { page -> ReadTextCall.Reading in
            switch page {
            case .failure(let error): return ReadTextCall.Reading(width: 0, height: 0, lines: [], unreadable: "\(error)")
            case .success(let page):
                let read = zip(page.lines, texts.prefix(page.lines.count)).map { ReadTextCall.Line($1, of: $0) }
                texts = texts.dropFirst(page.lines.count)
                return ReadTextCall.Reading(
                    width: page.width, height: page.height, lines: read.filter { !$0.text.isEmpty })
            }
        }
        return ReadTextCall.Result(readings: readings, network: TextReader.title)
    }

    /// Trains the reader on a file that asks to read. Equal files, settings, library and threads give equal checkpoints.
    ///
    /// - Throws: ``VisionFailure``; `CancellationError`.
    func fineTuneReader(
        _ call: FineTuneCall, progress: @Sendable (FineTuneStep) -> Void
    ) async throws -> FineTuneCall.Result {
        let reader = try reader(of: call.model)
        let file = try await TextExampleFile.read(call.trainingFile, threads: call.threads)
        guard !file.examples.isEmpty else {
            throw VisionFailure(
                code: .tooFewImages,
                message: "\(call.trainingFile): has no usable training example"
                    + (file.skipped.first.map { "; line \($0.line) \($0.reason)" } ?? ""))
        }
        let alphabet = reader.alphabet.extended(by: file.examples.map(\.text))
        let network = try reader.beginning(for: alphabet)
        var validation: [TextExample] = []
        if let path = call.validationFile {
            validation = try await TextExampleFile.read(path, threads: call.threads).examples.filter {
                alphabet.outputs(of: $0.text) != nil
            }
        }
        let steps = try Torch.with(threads: call.threads, recordingGradients: true) {
            try train(call, network, alphabet, base: reader.base, file.examples, validation, progress: progress)
        }
        return FineTuneCall.Result(steps: steps, trained: file.pages, skipped: file.skipped)
    }

    /// AdamW's learning rates for a multiplier of 1.
    private static let readerRates = (body: 1e-3, characters: 1e-2)

    private func train(
        _ call: FineTuneCall, _ network: ReaderNetwork, _ alphabet: TextAlphabet, base: Digest,
        _ training: [TextExample], _ validation: [TextExample], progress: @Sendable (FineTuneStep) -> Void
    ) throws -> [FineTuneStep] {
        let stepsPerEpoch = (training.count + call.batchSize - 1) / call.batchSize
        let trainer = try ReaderTrainer(
            network, alphabet: alphabet, learningRate: Self.readerRates.body * call.learningRateMultiplier,
            characterRate: Self.readerRates.characters * call.learningRateMultiplier,
            steps: stepsPerEpoch * call.epochs)
        var steps: [FineTuneStep] = []
        for epoch in 1...call.epochs {
            var random = SeededRandom(seed: call.seed, stream: .order, epoch)
            let batches = ReaderTrainer.batches(
                training.count, widths: training.map(\.line.width), size: call.batchSize, random: &random)
            for (index, batch) in batches.enumerated() {
                try Task.checkCancellation()
                let (loss, accuracy) = try trainer.step(batch.map { training[$0] })
                guard loss.isFinite else {
                    throw VisionFailure(
                        code: .lossNotFinite,
                        message: "the loss is not finite at step \(steps.count + 1): "
                            + "try a learning_rate_multiplier below \(call.learningRateMultiplier)")
                }
                var step = FineTuneStep(
                    step: steps.count + 1, of: stepsPerEpoch * call.epochs, epoch: epoch, trainLoss: loss,
                    trainMeanTokenAccuracy: accuracy)
                if index == batches.count - 1 {
                    try TextCheckpoint(
                        path: "\(call.output)/epoch-\(epoch).safetensors", alphabet: alphabet, tensors: network.stored(),
                        base: base
                    ).write()
                    step.endsEpoch = true
                    if !validation.isEmpty {
                        let (loss, accuracy) = try trainer.evaluate(validation, batchSize: call.batchSize)
                        step.fullValidLoss = loss
                        step.fullValidMeanTokenAccuracy = accuracy
                    }
                }
                steps.append(step)
                progress(step)
            }
        }
        return steps
    }
}
