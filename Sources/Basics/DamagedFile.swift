// The error for a state file that cannot be read.

/// The error for a file that this program wrote and whose contents are invalid. It names the file, so that the user
/// can inspect it or move it away.
package struct DamagedFile: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the damaged file.
    package var path: String
    /// Why the contents are invalid, as a phrase for a message.
    package var reason: String

    /// - Parameter reason: a phrase without a final period; it follows the path in `description`.
    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// - Parameter error: the error thrown by the read; a decoding error is converted to plain text.
    package init(path: String, _ error: any Error) {
        self.init(path: path, reason: DamagedFile.reason(error))
    }

    /// The path, the reason, and the advice to restore the file or move it away.
    package var description: String {
        "\(path) is damaged: \(reason). Restore it, or move it away to start without its contents"
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
