// The formats of files that list images.

/// The format in which a file, or a folder of files, lists images.
package enum TableForm: String, Hashable, Sendable {
    /// Separated text, JSON Lines or Parquet.
    case text
    /// COCO's annotations.
    case coco
    /// A folder of Pascal VOC's annotations.
    case voc

    /// The folder that relative paths of images start from if the spec names none: that of a file, and the folder
    /// itself for a folder of annotations.
    package func imageRoot(of path: String) -> String {
        guard self != .voc else { return path }
        return path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    }
}
