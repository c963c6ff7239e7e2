// The frames of video clips that a dataset takes as images.

/// Frames of video clips: each clip is one item, with its frames as images in order.
package struct FramesSpec: Hashable, Sendable, Codable {
    /// The folder of the clips; `nil` if `folder:` names it, or if a table's paths start elsewhere.
    package var from: FileReference?
    /// The number of frames of each clip: those at the centres of that many equal parts.
    package var count: Int
    /// Clips with file names that are equal up to the last occurrence of this text come from one source and form a
    /// group; `nil` if every clip is its own group.
    package var groupBefore: String?

    /// - Parameter count: the number of frames of each clip.
    package init(from: FileReference? = nil, count: Int, groupBefore: String? = nil) {
        self.from = from
        self.count = count
        self.groupBefore = groupBefore
    }
}
