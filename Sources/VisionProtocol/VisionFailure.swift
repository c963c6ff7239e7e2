// Why the worker could not do what it was asked.

/// What the worker sends back instead of a result.
package struct VisionFailure: Error, Codable, Hashable, Sendable {
    package enum Code: String, Codable, Hashable, Sendable {
        case badRequest = "bad-request"
        case unreadableImage = "unreadable-image"
        case badWeights = "bad-weights"
        case badCheckpoint = "bad-checkpoint"
        case outOfMemory = "out-of-memory"
        case lossNotFinite = "loss-not-finite"
        case labelWithoutImages = "label-without-images"
        case tooFewImages = "too-few-images"
        case fileSystem = "file-system"
        case numerics = "numerics"
        /// The library of built-in networks is not installed, or does not load.
        case networksMissing = "networks-missing"
    }

    package var code: Code
    /// A sentence for people: what is wrong, where, and what to try.
    package var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension VisionFailure: CustomStringConvertible {
    package var description: String { "\(message) [\(code.rawValue)]" }
}
