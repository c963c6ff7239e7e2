// A form with a file in it, as segments that are streamed.

import Foundation
import Platform

/// `multipart/form-data` (RFC 7578).
struct MultipartForm {
    private let boundary: String
    private var segments: [HTTPBodySegment] = []

    init(boundary: String) { self.boundary = boundary }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    mutating func add(_ name: String, _ value: String) {
        add("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n")
    }

    /// Adds a part with a file name and a content type, without which the service says that the file has none.
    mutating func add(_ name: String, filename: String, contentType: String, _ content: HTTPBodySegment) {
        add(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"; "
                + "filename=\"\(MultipartForm.quoted(filename))\"\r\nContent-Type: \(contentType)\r\n\r\n")
        segments.append(content)
        add("\r\n")
    }

    /// All of it, with the end.
    var body: [HTTPBodySegment] { segments + [.bytes(Data("--\(boundary)--\r\n".utf8))] }

    private mutating func add(_ text: String) { segments.append(.bytes(Data(text.utf8))) }

    /// As browsers do it: a quote or a line break in a name would end the field.
    private static func quoted(_ name: String) -> String {
        name.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }
}
