// A file of the state that cannot be read.

/// A file that this program wrote once and that does not hold what it should. It is named, so that a person can look at it
/// or move it away.
package struct DamagedFile: Error, Hashable, Sendable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// - Parameter error: what reading it threw; a decoding error is put into words.
    package init(path: String, _ error: any Error) {
        self.init(path: path, reason: DamagedFile.reason(error))
    }

    package var description: String {
        "\(path) is damaged: \(reason). Restore it, or move it away to begin without what it holds"
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty ? "" : " at '\(context.codingPath.map(\.stringValue).joined(separator: "."))'"
        }
        return switch error {
        case .keyNotFound(let key, let context): "'\(key.stringValue)' is missing\(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "a value of another type is expected\(place(context))"
        case .dataCorrupted(let context): "it cannot be read\(place(context))"
        @unknown default: "it cannot be read"
        }
    }
}
