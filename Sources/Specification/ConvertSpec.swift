// Conversion of images before other steps read them.

/// Converts images to RGB and optionally shrinks them, so that every model receives the same pixels.
package struct ConvertSpec: Hashable, Sendable, Codable {
    /// The maximum length of the longer side in pixels; `nil` keeps the size.
    package var maxSide: Int?

    /// - Parameter maxSide: in pixels; `nil` keeps the size.
    package init(maxSide: Int? = nil) { self.maxSide = maxSide }
}
