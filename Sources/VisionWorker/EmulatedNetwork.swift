// The base networks of the emulator's models, and the location of their weights.

import Basics
import Foundation
import Platform
import VisionProtocol

/// A loaded base network with its class names.
struct EmulatedNetwork {
    /// The display name in reports.
    let title: String
    let eyes: FeatureNetwork
    let classNames: ClassNames
    /// SHA-256 of the digests of weights and class names.
    let digest: Digest
    /// AdamW's learning rate for a fine-tuning multiplier of 1.
    let baseLearningRate: Double

    /// - Throws: ``VisionFailure``, `badWeights`, naming the file.
    init(_ model: EmulatedModel) throws {
        switch model.kind {
        case .shapes: try self.init(shapes: model)
        case .photographs: try self.init(photographs: model)
        }
    }

    private init(shapes model: EmulatedModel) throws {
        let path = try model.weights ?? Self.committedWeights()
        // The network was trained on all shapes but knows only some names, so that fine-tuning has names to teach.
        let names = ShapeLabel.allCases.map { Self.unnamed.contains($0) ? [] : [$0.rawValue] }
        title = "a small CNN that learned shapes from other drawings"
        classNames = ClassNames(names)
        digest = Digest(of: try Self.digest(path).hex + names.joined().joined(separator: ","))
        baseLearningRate = 4e-3
        eyes = try Self.eyes(
            Architecture(.shapesCNN, classes: names.count), weights: path,
            pipeline: .evaluation(size: model.inputSize, resize: model.inputSize, normalize: .centred))
    }

    /// The shapes whose names the base model does not know.
    private static let unnamed: Set<ShapeLabel> = [.crescent, .arrow, .pentagon, .heart, .diamond]

    private init(photographs model: EmulatedModel) throws {
        guard let weights = model.weights, let classes = model.classes else {
            throw VisionFailure(code: .badRequest, message: "photographs need files of weights and of class names")
        }
        let table = try Self.reading(classes) { try LocalFileSystem().read($0, limit: FileSizeLimit.text) }
        title = "EfficientNet-Lite0"
        classNames = try ClassNames(table: table, file: classes)
        digest = Digest(of: try Self.digest(weights).hex + Digest(of: table).hex)
        // A multiplier of 0.5 gives 3e-4, at which the last layer alone trains well in two epochs.
        baseLearningRate = 6e-4
        eyes = try Self.eyes(
            Architecture(.efficientNetLite0, classes: classNames.count), weights: weights,
            pipeline: .evaluation(
                size: model.inputSize, resize: model.inputSize * 256 / 224, normalize: .efficientNetLite))
    }

    private static func eyes(
        _ architecture: Architecture, weights path: String, pipeline: ImagePipeline
    ) throws -> FeatureNetwork {
        do {
            return try FeatureNetwork(architecture, weights: WeightsFile.read(path), pipeline: pipeline)
        } catch let error as WeightsError {
            throw VisionFailure(code: .badWeights, message: "\(path): \(error)")
        }
    }

    private static func digest(_ path: String) throws -> Digest {
        try reading(path) { try FileDigest(ofFileAt: $0).digest }
    }

    private static func reading<Value>(_ path: String, _ read: (String) throws -> Value) throws -> Value {
        do {
            return try read(path)
        } catch let error as FileError {
            throw VisionFailure(code: .badWeights, message: "\(path): cannot be read: \(error.reason)")
        }
    }

    private static func committedWeights() throws -> String { try bundled("shapes-base.safetensors") }

    /// A bundled file: next to the executable, in the build folder, or where a wheel installs it.
    static func bundled(_ file: String) throws -> String {
        let folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
        let name = "assay_VisionWorker.resources/" + file
        let bundles =
            [folder, Bundle.main.bundleURL].compactMap { $0?.appendingPathComponent(name).path }
            + [folder].compactMap { $0?.deletingLastPathComponent().path.appending("/share/assay/" + file) }
        guard let path = bundles.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw VisionFailure(
                code: .badWeights, message: "\(name) is not next to the program: keep both in one folder")
        }
        return path
    }
}

extension ImagePipeline {
    /// Resizes the shorter side and crops the centre.
    fileprivate static func evaluation(
        size: Int, resize: Int, normalize: PixelNormalization
    ) throws(ImagePipelineError) -> ImagePipeline {
        try ImagePipeline([.resize(size: resize), .centerCrop(size: size)], normalize: normalize)
    }
}
