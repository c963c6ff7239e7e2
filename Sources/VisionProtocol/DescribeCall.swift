// The request for the worker's numeric library.

/// `describe`: reports the numeric library, which is part of the identity of a trained model.
package struct DescribeCall: VisionCall {
    /// The library that computes in this worker.
    package typealias Result = NumericLibrary
    /// The member that names this request on the wire.
    package static let name = "describe"
    /// The request has no parameters.
    package init() {}
}

/// A device other than the CPU.
package enum ComputeDevice: String, Codable, Hashable, Sendable {
    /// The first GPU that `CUDA_VISIBLE_DEVICES` lists.
    case cuda
}

/// The numeric library and the hardware features that determine results bit for bit.
package struct NumericLibrary: Codable, Hashable, Sendable {
    /// Name of the library: `libtorch`.
    package var library: String
    /// Version of the library, as the library reports it.
    package var version: String
    /// The BLAS used for matrix products, such as `OpenBLAS 0.3.21`; `reference BLAS` is many times slower.
    package var blas: String
    /// The default number of threads of a request.
    package var threads: Int
    /// The compute device: `cpu`, or the GPU with the versions of CUDA and cuDNN.
    package var device: String
    /// The GPU that this library could use instead, in the form of `device`; `nil` without one.
    package var accelerator: String?
    /// The widest vector instruction set that the library uses on this machine, such as `AVX2`.
    package var instructions: String

    /// - Parameter threads: the default number of threads of a request.
    package init(
        library: String, version: String, blas: String, threads: Int, device: String, instructions: String,
        accelerator: String? = nil
    ) {
        self.library = library
        self.version = version
        self.blas = blas
        self.threads = threads
        self.device = device
        self.instructions = instructions
        self.accelerator = accelerator
    }
}
