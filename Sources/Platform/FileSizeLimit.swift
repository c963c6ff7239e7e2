// Size limits of files by use: a larger file is an immediate error instead of hours of reading.

/// Maximum file sizes in bytes.
package enum FileSizeLimit {
    /// Hand-written files: specs, price tables, label lists, `.env` and fault scripts.
    package static let text: Int64 = 64 << 20
    /// One image file.
    package static let image: Int64 = 1 << 30
    /// Model weights, which are read into memory; the largest network has less than 100 MB.
    package static let weights: Int64 = 1 << 30
    /// Any other file that is read into memory, such as a table or an index of the store.
    package static let memory: Int64 = 2 << 30
    /// Archives and other files that are read in pieces.
    package static let archive: Int64 = 4 << 40
}
