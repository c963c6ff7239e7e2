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
            case .image(let image):
                let file = try LocalFileSystem().read(image.path)
                guard file.count == image.bytes else {
                    throw JSONLError.imageChanged(path: image.path, was: image.bytes, now: file.count)
                }
                guard let type = file.withUnsafeBytes({ imageType(of: $0) }) else {
                    throw JSONLError.notAnImage(path: image.path)
                }
                data.append(contentsOf: "data:image/\(type);base64,".utf8)
                data.append(file.base64EncodedData())
            }
        }
        return data
    }
}
