// What image errors say to people.

import VisionProtocol

extension ImageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let name, _), .empty(let name), .unrecognised(let name), .broken(let name, _, _),
            .tooLarge(let name, _, _):
            "\(name): \(reason)"
        case .notEncoded: "an image \(reason)"
        }
    }

    /// What is wrong, without the image's name.
    package var reason: String {
        switch self {
        case .unreadable(_, let reason): "cannot be read: \(reason)"
        case .empty: "is empty"
        case .unrecognised: "is not a JPEG, PNG or WEBP image"
        case .broken(_, let format, let reason): "does not decode as \(format.rawValue.uppercased()): \(reason)"
        case .tooLarge(_, let width, let height):
            "\(width) x \(height) pixels are more than the \(ImageDecoder.mostPixels) taken"
        case .notEncoded(let reason): "could not be encoded: \(reason)"
        }
    }
}
