// What can be wrong with a file of weights.

/// Why a file of weights or a checkpoint cannot be used.
package enum WeightsError: Error, Hashable, Sendable {
    case unreadable(path: String, reason: String)
    /// The file breaks its format's rules; the text says which.
    case malformed(String)
    case inFile(path: String, reason: String)
    /// Tensors that the architecture needs and the file lacks.
    case missing([String])
    case shape(name: String, found: [Int], needed: [Int])
    case kind(name: String, found: String)
    /// A checkpoint of something else.
    case otherCheckpoint(String)
}

extension WeightsError: CustomStringConvertible {
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
        case .kind(let name, let found): "tensor '\(name)' is of type \(found), F32 is needed"
        case .otherCheckpoint(let reason): "this checkpoint cannot be continued: \(reason)"
        }
    }
}
