// Asks the worker what it computes with.

/// `describe`: the numeric library, which is part of the identity of what it trains.
package struct DescribeCall: VisionCall {
    package typealias Result = NumericLibrary
    package static let name = "describe"
    package init() {}
}

/// What computes, and therefore decides bytes.
package struct NumericLibrary: Codable, Hashable, Sendable {
    /// `libtorch`.
    package var library: String
    package var version: String
    /// The BLAS behind matrix products, such as `OpenBLAS 0.3.21`; `reference BLAS` is many times slower.
    package var blas: String
    /// The threads that a request uses when it names none.
    package var threads: Int
    /// `cpu`.
    package var device: String
    /// The widest vector instructions that the library uses here, such as `AVX2`.
    package var instructions: String

    package init(
        library: String, version: String, blas: String, threads: Int, device: String, instructions: String
    ) {
        self.library = library
        self.version = version
        self.blas = blas
        self.threads = threads
        self.device = device
        self.instructions = instructions
    }
}
