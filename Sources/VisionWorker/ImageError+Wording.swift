// Messages of image errors.

import VisionProtocol

extension ImageError: CustomStringConvertible {
    /// The image's name, followed by the reason.
    package var description: String {
        switch self {
        case .unreadable(let name, _), .empty(let name), .unrecognised(let name, _), .cutOff(let name, _, _),
            .broken(let name, _, _), .tooLarge(let name, _, _):
            "\(name): \(reason)"
        case .notEncoded: "an image \(reason)"
        }
    }

    /// The reason, without the image's name.
    package var reason: String {
        switch self {
        case .unreadable(_, let reason): "cannot be read: \(reason)"
        case .empty: "is empty"
        case .unrecognised(_, let kind): kind
        case .cutOff(_, let format, let bytes):
            "is truncated: the \(format.name) ends after \(bytes) bytes, before the end of its picture"
        case .broken(_, let format, let reason): "does not decode as \(format.name): \(reason)"
        case .tooLarge(_, let width, let height):
            "has \(width) x \(height) pixels, more than the limit of \(ImageDecoder.maxPixels)"
        case .notEncoded(let reason): "could not be encoded: \(reason)"
        }
    }
}
