// A file of weights in any format that people have them in.

package import Foundation

/// Reads weights: safetensors, or PyTorch's `.pth`, `.pt` and `.ckpt` as a zip archive or as the older pickle stream.
package enum WeightsFile {
    /// The sets of tensors in a file's bytes. The first bytes decide the format, never the file's name.
    package static func parse(_ data: Data) throws(WeightsError) -> StoredWeights {
        if data.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try TorchArchive.weights(in: data) }
        if data.first == 0x80, let version = data.dropFirst().first, TorchPickle.protocols.contains(version) {
            return try TorchPickleStream.weights(in: data)
        }
        return StoredWeights(sets: [.init(path: "", tensors: try SafetensorsFile(parsing: data).tensors)])
    }
}

/// The tensors of a file, in the nests in which a training script kept them.
package struct StoredWeights: Sendable {
    /// Tensors that lie side by side under one key of the file.
    package struct Set: Sendable {
        /// Keys joined by dots, such as `state_dict`; empty for tensors at the top.
        package var path: String
        package var tensors: [String: StoredTensor]

        package init(path: String, tensors: [String: StoredTensor]) {
            self.path = path
            self.tensors = tensors
        }
    }

    package var sets: [Set]

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
