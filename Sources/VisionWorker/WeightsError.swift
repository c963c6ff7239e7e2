// Errors of weights files.

/// The reason why a weights file or a checkpoint cannot be used.
package enum WeightsError: Error, Hashable, Sendable {
    case unreadable(path: String, reason: String)
    /// The file violates its format; the text gives the details.
    case malformed(String)
    case inFile(path: String, reason: String)
    /// Tensors that the architecture needs and the file lacks.
    case missing([String])
    case shape(name: String, found: [Int], needed: [Int])
    case kind(name: String, found: String)
    /// A tensor with a value that is not a number or is infinite, as after a training that diverged.
    case notFinite(name: String)
    /// The network's output for an image is not finite.
    case outputNotFinite(path: String)
    /// Several tensor sets in the file fit the architecture.
    case ambiguous(keys: [String])
    /// The file has no tensor set under the requested key.
    case noSet(key: String, has: [String])
    /// A checkpoint of another network, label list or epoch.
    case otherCheckpoint(String)
}

extension WeightsError: CustomStringConvertible {
    /// The message for users, which names the tensor or file.
    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "the weights '\(path)' cannot be read: \(reason)"
        case .malformed(let reason): "not usable as weights: \(reason)"
        case .inFile(let path, let reason): "the weights '\(path)': \(reason)"
        case .missing(let names):
            "there is no tensor " + names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                + (names.count > 5 ? " and \(names.count - 5) more" : "")
        case .shape(let name, let found, let needed):
            "tensor '\(name)' has the shape \(found), the architecture needs \(needed)"
        case .kind(let name, let found): "tensor '\(name)' is of type \(found); F16, BF16, F32 or F64 is needed"
        case .notFinite(let name):
            "tensor '\(name)' has values that are infinite or not numbers, as after a training that diverged; use an earlier checkpoint"
        case .outputNotFinite(let path):
            "the network's output for '\(path)' is infinite or not a number: its training diverged; lower the learning rate"
        case .ambiguous(let keys):
            "\(keys.count) sets of tensors in the file fit: \(Self.list(keys)). Choose one with 'key', as in 'key: \(keys.first ?? "")'"
        case .noSet(let key, let has):
            "the file has no tensors under '\(key)'" + (has.isEmpty ? "; all are at the top" : "; it has \(Self.list(has))")
        case .otherCheckpoint(let reason): "this checkpoint cannot be continued: \(reason)"
        }
    }

    private static func list(_ keys: [String]) -> String {
        keys.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (keys.count > 5 ? " and \(keys.count - 5) more" : "")
    }
}
