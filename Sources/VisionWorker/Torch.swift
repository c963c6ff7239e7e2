// Global settings, errors and properties of the numeric library.

import CTorch
import Foundation
package import VisionProtocol

/// Settings and properties of libtorch.
package enum Torch {
    /// Loads libtorch if this program is not linked against it. Call it before everything else here except
    /// `keepMemory`.
    package static func require() throws(VisionFailure) { try loading.get() }

    private static let loading: Result<Void, VisionFailure> = {
        guard NetworkLibrary.isSeparate else { return .success(()) }
        func failure(_ message: String) -> Result<Void, VisionFailure> {
            .failure(VisionFailure(code: .networksMissing, message: message))
        }
        let folder = URL(fileURLWithPath: VisionWorkerClient.executableBesideThisProgram()).deletingLastPathComponent().path
        guard let path = NetworkLibrary.path(besides: folder) else { return failure("\(MissingNetworkLibrary())") }
        guard let reason = torch_load(path) else { return .success(()) }
        return failure(
            "\(path) cannot be loaded: \(String(cString: reason)); run \(NetworkLibrary.command) --force-reinstall")
    }()

    /// Keeps freed memory for the next step. Call it once, while the process has a single thread.
    package static func keepMemory() { torch_keep_memory() }

    /// Returns unused cached memory to the system.
    static func releaseMemory() { torch_give_back_memory() }

    static var defaultThreads: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// The library that computes in this process, with this number of threads.
    /// - Parameter device: `nil` for the CPU.
    package static func numerics(threads: Int, device: ComputeDevice? = nil) -> NumericLibrary {
        NumericLibrary(
            library: "libtorch", version: String(cString: torch_version()),
            blas: torch_blas().map { String(cString: $0).trimmingCharacters(in: .whitespaces) } ?? "reference BLAS",
            threads: threads, device: device == nil ? "cpu" : accelerator ?? "none",
            instructions: String(cString: torch_instructions()))
    }

    /// The first GPU that this process may use, with the versions of CUDA and cuDNN; `nil` without one.
    package static let accelerator: String? = torch_cuda_versions().map { versions in
        let words = String(cString: versions).split { $0.isWhitespace || $0 == "-" }.joined(separator: " ")
        return "cuda, \(graphicsProcessor() ?? "unknown GPU"), \(words)"
    }

    /// The name of the first visible GPU by the NVIDIA driver.
    private static func graphicsProcessor() -> String? {
        let folder = "/proc/driver/nvidia/gpus"
        let found = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let visible = ProcessInfo.processInfo.environment["CUDA_VISIBLE_DEVICES"]?.split(separator: ",").first.flatMap { Int($0) }
        guard let gpu = found.indices.contains(visible ?? 0) ? found[visible ?? 0] : found.first else { return nil }
        let text = (try? String(contentsOfFile: "\(folder)/\(gpu)/information", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("Model:") }
            .map { $0.dropFirst("Model:".count).trimmingCharacters(in: .whitespaces) }
    }

    /// Runs `body` on the calling thread with this number of threads per operation, with or without recording
    /// gradients.
    package static func with<Value>(
        threads: Int, recordingGradients: Bool, _ body: () throws -> Value
    ) rethrows -> Value {
        torch_set_threads(Int32(threads))
        torch_record_gradients(recordingGradients)
        defer { torch_record_gradients(true) }
        return try body()
    }

    /// Runs `body` with new tensors of the calling thread on a device.
    /// - Parameter device: `nil` for the CPU.
    /// - Throws: `TorchError` if the device is not there, and errors of `body`.
    static func on<Value>(_ device: ComputeDevice?, _ body: () throws -> Value) throws -> Value {
        guard device != nil else { return try body() }
        try check(torch_use_cuda(true))
        defer { _ = torch_use_cuda(false) }
        return try body()
    }

    /// Runs `body`, in mixed precision if that is asked for.
    static func inPrecision<Value>(_ precision: TrainingPrecision?, _ body: () throws -> Value) rethrows -> Value {
        guard precision == .mixed else { return try body() }
        torch_mixed_precision(true)
        defer { torch_mixed_precision(false) }
        return try body()
    }

    static func check(_ status: TorchStatus) throws(TorchError) {
        guard status.kind != TORCH_OK else { return }
        let message = status.message.map { String(cString: $0) } ?? "unknown"
        torch_free_message(status.message)
        throw status.kind == TORCH_OUT_OF_MEMORY ? .outOfMemory(message) : .failed(message)
    }
}

/// A failed operation of the numeric library.
package enum TorchError: Error, Hashable, Sendable {
    case failed(String)
    case outOfMemory(String)
}

extension TorchError: CustomStringConvertible {
    /// The message for users.
    package var description: String {
        switch self {
        case .failed(let message): "the numeric library: \(message)"
        case .outOfMemory: "memory ran out in the numeric library"
        }
    }
}
