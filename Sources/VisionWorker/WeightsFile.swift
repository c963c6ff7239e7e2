// A file of weights in any format that people have them in.

package import Foundation

/// Reads weights: safetensors, or PyTorch's `.pth` as a zip archive or as the older pickle stream.
package enum WeightsFile {
    /// The tensors of a file's bytes, by name. The format is told by the first bytes, never by the file's name.
    package static func parse(_ data: Data) throws(WeightsError) -> [String: StoredTensor] {
        if data.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try TorchArchive.tensors(in: data) }
        if data.starts(with: [0x80, 0x02]) { return try TorchPickleStream.tensors(in: data) }
        return try SafetensorsFile(parsing: data).tensors
    }
}
