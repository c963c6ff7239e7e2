// A form with a file, as segments that are streamed.

import Foundation
package import Platform

/// A `multipart/form-data` body (RFC 7578).
package struct MultipartForm {
    private let boundary: String
    private var segments: [HTTPBodySegment] = []

    /// - Parameter boundary: a string that must not occur in any part.
    package init(boundary: String) { self.boundary = boundary }

    /// The value of the `content-type` field.
    package var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    /// Adds a text part.
    package mutating func add(_ name: String, _ value: String) {
        add("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n")
    }

    /// Adds a file part. Without a file name and a content type, the service reports a missing file.
    package mutating func add(_ name: String, filename: String, contentType: String, _ content: HTTPBodySegment) {
        add(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"; "
                + "filename=\"\(MultipartForm.quoted(filename))\"\r\nContent-Type: \(contentType)\r\n\r\n")
        segments.append(content)
        add("\r\n")
    }

    /// The complete body, including the closing boundary.
    package var body: [HTTPBodySegment] { segments + [.bytes(Data("--\(boundary)--\r\n".utf8))] }

    private mutating func add(_ text: String) { segments.append(.bytes(Data(text.utf8))) }

    /// Escapes as browsers do: a quote or line break in a name would end the field.
    private static func quoted(_ name: String) -> String {
        name.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }
}
