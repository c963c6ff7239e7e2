// Properties of every weights file: reading terminates, and the tensors match their description.

import Foundation

#if canImport(VisionWorker)
import VisionWorker
#endif

/// The body of the fuzz target over weights; the tests replay its corpus through it.
enum WeightsFuzzing {
    /// Reads bytes as weights, and reads the result again from safetensors.
    /// - Returns: whether they were weights.
    @discardableResult
    static func check(_ bytes: Data) -> Bool {
        let tensors: [String: StoredTensor]
        do {
            tensors = try WeightsFile.parse(bytes).tensors
        } catch {
            precondition(!"\(error)".isEmpty, "a refusal without a word")
            return false
        }
        // A small file never becomes much memory.
        let size = tensors.values.reduce(0) { $0 + $1.bytes.count }
        precondition(size <= 16 * bytes.count, "more than the file can hold")
        guard let again = try? SafetensorsFile(parsing: SafetensorsFile(tensors: tensors).serialized) else {
            preconditionFailure("what was read cannot be written")
        }
        precondition(again.tensors == tensors, "written and read it is something else")
        return true
    }
}
