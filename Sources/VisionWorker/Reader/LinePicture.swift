// A line of text as the reader's network receives it.

/// The ink of one line, scaled to a fixed height.
struct LinePicture: Sendable, Equatable {
    /// Rows of every line, in pixels.
    static let height = 32
    /// Pixels of width for each column of the network's output.
    static let stride = 4
    /// The widest line that is read, in pixels; longer ones are compressed.
    static let widest = 2048

    /// In pixels, a multiple of `stride`.
    let width: Int
    /// `height` rows of ink: 0 is paper, 255 is full ink.
    let ink: [UInt8]
    /// The line's position in the picture.
    let frame: PixelFrame

    /// Columns of the network's output.
    var columns: Int { width / LinePicture.stride }
}

/// A rectangle in pixels; the far edges are outside it.
struct PixelFrame: Hashable, Sendable {
    var left: Int
    var top: Int
    var right: Int
    var bottom: Int
}
