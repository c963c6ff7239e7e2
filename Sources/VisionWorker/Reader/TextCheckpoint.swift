// Checkpoints of a fine-tuned text reader, in safetensors.

import Basics
import Foundation
import Platform
import VisionProtocol

/// All tensors of a fine-tuned reader and its alphabet, bound to the base model.
struct TextCheckpoint {
    /// The file, for messages.
    var path: String
    var alphabet: TextAlphabet
    var tensors: [String: StoredTensor]
    /// The digest of the base model's weights.
    var base: Digest

    private static let format = "text-1"

    init(path: String, alphabet: TextAlphabet, tensors: [String: StoredTensor], base: Digest) {
        self.path = path
        self.alphabet = alphabet
        self.tensors = tensors
        self.base = base
    }

    /// Reads a checkpoint; `nil` for a file of another kind, such as the labels of a fine-tuned classifier.
    ///
    /// - Throws: ``VisionFailure``, `badCheckpoint`, naming the file.
    init?(path: String) throws {
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
        }
        guard file.metadata["format"] == Self.format else { return nil }
        guard let text = file.metadata["characters"], let base = file.metadata["base"].flatMap({ Digest(hex: $0) }) else {
            throw bad("names no characters or no base model")
        }
        self.init(path: path, alphabet: TextAlphabet(Array(text.unicodeScalars)), tensors: file.tensors, base: base)
    }

    /// Writes a temporary file next to `path` and renames it.
    ///
    /// - Throws: ``VisionFailure``, `fileSystem`, naming the file.
    func write() throws {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: alphabet.characters)
        let file = SafetensorsFile(
            tensors: tensors, metadata: ["format": Self.format, "base": base.hex, "characters": String(text)])
        let bytes = try file.serialized
        do {
            try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw VisionFailure(writing: path, failed: error)
        }
    }
}
