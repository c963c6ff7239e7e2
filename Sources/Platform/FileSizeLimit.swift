// The largest files that are read, by their use: a larger one is an error at once, instead of hours of reading.

/// Upper bounds of file sizes, in bytes.
package enum FileSizeLimit {
    /// Specs, price tables, label lists, `.env` and fault scripts, which people write.
    package static let text: Int64 = 64 << 20
    /// One image file.
    package static let image: Int64 = 1 << 30
    /// Weights, which are read into memory: the largest networks here have less than 100 MB of them.
    package static let weights: Int64 = 1 << 30
    /// Any other file that is read into memory, such as a table or an index of the store.
    package static let memory: Int64 = 2 << 30
    /// Archives, and other files that are read piece by piece.
    package static let archive: Int64 = 4 << 40
}
