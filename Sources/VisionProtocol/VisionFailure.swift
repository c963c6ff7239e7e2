// Errors that the worker reports instead of a result.

/// The error that the worker sends instead of a result.
package struct VisionFailure: Error, Codable, Hashable, Sendable {
    /// Machine-readable categories of errors.
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

    /// The category, for callers that handle some errors specially.
    package var code: Code
    /// A sentence for users with the problem, its location and the recommended action.
    package var message: String

    /// - Parameter message: a full sentence with the problem, its location and the recommended action.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension VisionFailure: CustomStringConvertible {
    /// The message, followed by the code in brackets.
    package var description: String { "\(message) [\(code.rawValue)]" }
}
