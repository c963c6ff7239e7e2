// How images are stored again before anything reads them.

/// Stores images again as RGB, smaller where wanted, so that every model sees the same pixels.
package struct ConvertSpec: Hashable, Sendable, Codable {
    /// The most pixels of the longer side; `nil` leaves the size alone.
    package var maxSide: Int?

    package init(maxSide: Int? = nil) { self.maxSide = maxSide }
}
