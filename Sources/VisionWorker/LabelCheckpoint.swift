// Checkpoints of emulated fine-tuning: the rows of the learned labels, in safetensors.

import Basics
import Foundation
import Platform
import VisionProtocol

/// The labels learned in fine-tuning and their rows, bound to one base model.
struct LabelCheckpoint: Equatable {
    var labels: [String]
    var rows: LabelRows
    /// The digest of the base model's weights and classes.
    var base: Digest

    private static let format = "1"

    init(labels: [String], rows: LabelRows, base: Digest) {
        self.labels = labels
        self.rows = rows
        self.base = base
    }

    /// Reads a checkpoint of this base model.
    ///
    /// - Throws: ``VisionFailure``, `badCheckpoint`, naming the file.
    init(path: String, base: Digest) throws {
        func bad(_ reason: String) -> VisionFailure {
            VisionFailure(code: .badCheckpoint, message: "\(path): \(reason)")
        }
        let file: SafetensorsFile
        do {
            file = try SafetensorsFile(parsing: LocalFileSystem().read(path, limit: FileSizeLimit.weights))
        } catch let error as WeightsError {
            throw bad("\(error)")
        } catch let error as FileError {
            throw bad("cannot be read: \(error.reason)")
        } catch {
            throw bad("cannot be read: \(error)")
        }
        guard file.metadata["format"] == Self.format else { throw bad("is of an unknown format") }
        guard file.metadata["base"] == base.hex else { throw bad("belongs to another base model") }
        guard let text = file.metadata["labels"],
            let labels = try? JSONDecoder().decode([String].self, from: Data(text.utf8)),
            let weight = file.tensors["weight"]?.floats(), let bias = file.tensors["bias"]?.floats(),
            !labels.isEmpty, bias.count == labels.count, weight.count % labels.count == 0
        else { throw bad("its labels and tensors do not fit together") }
        self.init(labels: labels, rows: LabelRows(weight: weight, bias: bias), base: base)
    }

    /// Writes a temporary file next to `path` and renames it.
    ///
    /// - Throws: ``VisionFailure``, `fileSystem`, naming the file.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        let names = String(decoding: try encoder.encode(labels), as: UTF8.self)
        let file = SafetensorsFile(
            tensors: [
                "weight": StoredTensor(rows.weight, shape: [rows.count, rows.featureCount]),
                "bias": StoredTensor(rows.bias, shape: [rows.count]),
            ],
            metadata: ["format": Self.format, "base": base.hex, "labels": names])
        let bytes = try file.serialized
        do {
            try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw VisionFailure(writing: path, failed: error)
        }
    }
}
