// Trains the bundled weights of the emulator's model for generated images.

import Basics
import Foundation
import VisionProtocol

/// Trains `shapes_cnn` on practice images, for `scripts/train-shapes-model`.
package struct ShapesModelTraining {
    private let perLabel: Int
    private let epochs: Int
    private let seed: UInt64
    private let threads: Int

    /// - Parameter perLabel: number of images per shape.
    package init(perLabel: Int, epochs: Int, seed: UInt64, threads: Int) {
        self.perLabel = perLabel
        self.epochs = epochs
        self.seed = seed
        self.threads = threads
    }

    /// Draws the images into `folder`, trains, and writes the network's tensors to `output`. Calls `report` with one
    /// line per epoch.
    ///
    /// - Throws: the errors of training and writing.
    package func run(folder: String, output: String, report: (String) -> Void) async throws {
        let (training, validation) = try await draw(into: folder)
        let size = PracticePictures.side
        let recipe = TrainingRecipe(
            architecture: .shapesCNN,
            images: ImageRecipe.plain(size: size, normalize: .centred),
            batchSize: 64, optimizer: .adamw(learningRate: 3e-3), schedule: .cosine(epochs: epochs, minimum: 0),
            seed: seed)
        var start = TrainEpochCall.Start.fresh
        for epoch in 1...epochs {
            let checkpoint = "\(folder)/epoch-\(epoch).safetensors"
            let call = TrainEpochCall(
                recipe: recipe, epoch: epoch, start: start, labels: ShapeLabel.allCases.map(\.rawValue),
                training: training, validation: validation, output: checkpoint, threads: threads)
            let result = try EpochTrainer(call).run { _ in }
            report("epoch \(epoch): loss \(result.trainLoss), validation accuracy \(result.validationAccuracy ?? 0)")
            start = .checkpoint(path: checkpoint)
        }
        let trained = try WeightsFile.read("\(folder)/epoch-\(epochs).safetensors")
        let names = Architecture(.shapesCNN, classes: ShapeLabel.allCases.count).layers.tensors.map(\.name)
        let weights = SafetensorsFile(tensors: trained.tensors.filter { names.contains($0.key) })
        try weights.serialized.write(to: URL(fileURLWithPath: output), options: .atomic)
    }

    private func draw(into folder: String) async throws -> (training: [LabelledImage], validation: [LabelledImage]) {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let labels = ShapeLabel.allCases
        let (perLabel, seed) = (perLabel, seed)
        let pictures = try await parallelMap(count: labels.count * perLabel, threads: threads) { at in
            let place = at % labels.count
            let index = at / labels.count
            let label = labels[place]
            let path = "\(folder)/\(label.rawValue)-\(index).png"
            let picture = PracticePictures.picture(of: label, index: index, seed: seed)
            try ImageEncoder.png(picture).write(to: URL(fileURLWithPath: path))
            return LabelledImage(path: path, label: place)
        }
        let held = pictures.count / 10
        return (Array(pictures.dropLast(held)), Array(pictures.suffix(held)))
    }
}
