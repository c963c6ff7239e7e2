// Parses weights files in all supported formats.

package import Foundation
import VisionProtocol

/// Reads weights: safetensors, or PyTorch's `.pth`, `.pt` and `.ckpt` as a zip archive or as the older pickle stream.
package enum WeightsFile {
    /// Parses the tensor sets in a file's bytes. The first bytes determine the format, never the file's name.
    package static func parse(_ data: Data) throws(WeightsError) -> StoredWeights {
        if data.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try TorchArchive.weights(in: data) }
        if data.first == 0x80, let version = data.dropFirst().first, TorchPickle.protocols.contains(version) {
            return try TorchPickleStream.weights(in: data)
        }
        do { return StoredWeights(sets: [.init(path: "", tensors: try SafetensorsFile(parsing: data).tensors)]) } catch {
            // A file that is neither a pickle nor safetensors is often the page or pointer of a failed download.
            guard let what = NotAnImage.description(of: data.prefix(NotAnImage.headCount), size: data.count) else { throw error }
            throw .malformed("it \(what)")
        }
    }
}

/// The tensors of a file, grouped as the training script nested them.
package struct StoredWeights: Sendable {
    /// The tensors under one key of the file.
    package struct Set: Sendable {
        /// Keys joined by dots, such as `state_dict`; empty at the top level.
        package var path: String
        /// The tensors by their names in the file.
        package var tensors: [String: StoredTensor]

        /// - Parameter path: keys joined by dots; empty at the top level.
        package init(path: String, tensors: [String: StoredTensor]) {
            self.path = path
            self.tensors = tensors
        }
    }

    /// All tensor sets; the file may contain several copies of a network.
    package var sets: [Set]

    /// Creates stored weights from parsed sets.
    package init(sets: [Set]) { self.sets = sets }

    /// All tensors by path and name.
    package var tensors: [String: StoredTensor] {
        var all: [String: StoredTensor] = [:]
        for set in sets {
            for (name, tensor) in set.tensors { all[set.path.isEmpty ? name : "\(set.path).\(name)"] = tensor }
        }
        return all
    }
}
