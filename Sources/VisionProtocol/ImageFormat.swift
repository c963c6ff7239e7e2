// The image formats that providers take and the worker reads.

/// An image file's format, as its first bytes tell it.
package enum ImageFormat: String, Hashable, Sendable, Codable, CaseIterable {
    case jpeg, png, webp
}
