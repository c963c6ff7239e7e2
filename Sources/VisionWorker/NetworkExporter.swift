// Writes the network of a checkpoint as safetensors or ONNX.

import Basics
package import Foundation
package import VisionProtocol

/// Serves `export-network`. Labels and preprocessing are in the file's metadata, under the same keys in both formats.
package struct NetworkExporter {
    private let call: ExportNetworkCall

    /// Creates an exporter without reading any file.
    package init(_ call: ExportNetworkCall) { self.call = call }

    /// Reads the checkpoint and writes the file, which is complete or absent.
    /// - Throws: `WeightsError`, `TorchError`, file errors.
    package func run() throws -> ExportNetworkCall.Result {
        let checkpoint = try Checkpoint(reading: call.checkpoint)
        let record = checkpoint.record
        let architecture = Architecture(
            record.architecture, classes: (record.output ?? .label).width(labels: record.labels.count))
        let network = try Network(architecture, generator: TorchGenerator(seed: 0))
        try network.restore(checkpoint.tensors)
        let tensors = try network.stored()
        let metadata = try metadata(record)
        let data: Data
        switch call.format {
        case .safetensors: data = try SafetensorsFile(tensors: tensors, metadata: metadata).serialized
        case .onnx:
            data = try NetworkExporter.onnx(
                architecture, tensors: tensors, side: call.images.inputSize, metadata: metadata)
        }
        try data.writeDurably(to: call.output)
        return ExportNetworkCall.Result(
            labels: record.labels, parameters: network.parameters.map(\.tensor.count).reduce(0, +))
    }

    /// The file of a network for square images of `side` pixels.
    package static func onnx(
        _ architecture: Architecture, tensors: [String: StoredTensor], side: Int, metadata: [String: String]
    ) throws -> Data {
        var graph = ONNXGraph(tensors: tensors)
        let input = [3, side, side]
        let output = try architecture.layers.emit(
            ONNXGraph.Value(name: ONNXGraph.inputName, shape: input), into: &graph)
        return graph.file(input: input, output: output, metadata: metadata)
    }

    private func metadata(_ record: CheckpointRecord) throws -> [String: String] {
        var texts = call.metadata
        texts["architecture"] = record.architecture.rawValue
        texts["labels"] = JSONValue.array(record.labels.map { .string($0) }).canonical
        texts["preprocessing"] =
            JSONValue.object([
                "input": "float32, images x 3 x height x width, RGB",
                "operations": .array(call.images.evaluate.map(\.json)),
                "resampling": "bilinear, antialiased",
                "scale": .double(1.0 / 255),
                "mean": .array(call.images.normalize.mean.map { .double($0) }),
                "std": .array(call.images.normalize.std.map { .double($0) }),
            ]).canonical
        switch record.output ?? .label {
        case .label: texts["output"] = "logits; softmax gives probabilities"
        case .tags: texts["output"] = "logits; sigmoid gives the probability of each tag"
        case .count:
            let scale = record.scale ?? []
            texts["output"] = "a count, standardized: multiply by scale and add mean"
            texts["count"] = JSONValue.object(["mean": .double(scale.first ?? 0), "scale": .double(scale.last ?? 1)]).canonical
        }
        return texts
    }
}

extension ImageTransform {
    /// The operation as in a spec. Only operations without randomness occur before predictions.
    fileprivate var json: JSONValue {
        switch self {
        case .resize(let size): ["resize": .int(Int64(size))]
        case .centerCrop(let size): ["center_crop": .int(Int64(size))]
        case .randomResizedCrop(let size, _, _): ["random_resized_crop": .int(Int64(size))]
        case .randomHorizontalFlip: "random_horizontal_flip"
        case .colorJitter: "color_jitter"
        }
    }
}
