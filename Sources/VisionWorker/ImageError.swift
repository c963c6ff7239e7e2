// Reasons why an image cannot be used.

package import VisionProtocol

/// The reason why an image cannot be used; `name` is its path, or a name given by the caller.
package enum ImageError: Error, Hashable, Sendable {
    case unreadable(name: String, reason: String)
    case empty(name: String)
    /// Not an image; `kind` describes the file, as in "is HTML, not an image".
    case unrecognised(name: String, kind: String)
    /// The file ends before the image data is complete.
    case cutOff(name: String, format: ImageFormat, bytes: Int)
    case broken(name: String, format: ImageFormat, reason: String)
    case tooLarge(name: String, width: Int, height: Int)
    case notEncoded(reason: String)
}
