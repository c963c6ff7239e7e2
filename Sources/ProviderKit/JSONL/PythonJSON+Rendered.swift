// Renders a value in memory, for a single request.

import Basics
package import Foundation
import Platform

extension PythonJSON {
    /// The text with each image read and embedded as a data URL.
    /// - Throws: `JSONLError`, `FileError`.
    package func rendered() throws -> Data {
        var data = Data()
        for piece in pieces {
            switch piece {
            case .text(let bytes): data.append(contentsOf: bytes)
            case .image(let image), .inlineImage(let image):
                let file = try LocalFileSystem().read(image.path)
                guard file.count == image.bytes else {
                    throw JSONLError.imageChanged(path: image.path, was: image.bytes, now: file.count)
                }
                guard let type = file.withUnsafeBytes({ imageType(of: $0) }) else {
                    throw JSONLError.notAnImage(path: image.path)
                }
                let form = piece.imageForm
                data.append(contentsOf: form.prefix(type: type).utf8)
                data.append(file.base64EncodedData())
                data.append(contentsOf: form.suffix.utf8)
            }
        }
        return data
    }
}

/// The form in which an image is embedded in a JSON text.
enum ImageForm {
    case dataURL
    case members

    /// The text before the base64 digits. `type` is the subtype of the media type.
    func prefix(type: String) -> String {
        switch self {
        case .dataURL: "data:image/\(type);base64,"
        case .members: "\"mimeType\": \"image/\(type)\", \"data\": \""
        }
    }

    /// The text after the base64 digits.
    var suffix: String { self == .members ? "\"" : "" }
}

extension JSONPiece {
    /// The form of an image; texts have none and count as data URLs.
    var imageForm: ImageForm { if case .inlineImage = self { .members } else { .dataURL } }
}
