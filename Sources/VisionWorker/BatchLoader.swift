// Decodes and transforms images on background threads, ahead of the network.

import CTorch
import Foundation

/// Consecutive images of one size, in interleaved 8-bit RGB.
package final class PixelBatch: @unchecked Sendable {
    // Each loading thread writes its own image before the batch is returned; afterwards it is read-only.
    fileprivate let pixels: UnsafeMutableBufferPointer<UInt8>
    /// Number of images.
    package let count: Int
    let side: Int

    fileprivate init(count: Int, side: Int) {
        self.count = count
        self.side = side
        pixels = .allocate(capacity: count * side * side * 3)
    }

    /// Creates a batch from images in memory, `side` x `side` pixels each.
    convenience init(of pictures: [RGBImage], side: Int) {
        self.init(count: pictures.count, side: side)
        for (index, picture) in pictures.enumerated() { write(picture, at: index) }
    }

    deinit { pixels.deallocate() }

    fileprivate func write(_ picture: RGBImage, at index: Int) {
        let size = side * side * 3
        precondition(picture.pixels.count == size, "a picture of another size")
        let part = UnsafeMutableBufferPointer(rebasing: pixels[(index * size)..<((index + 1) * size)])
        _ = part.update(fromContentsOf: picture.pixels)
    }

    /// Calls `body` with all pixels; the pointer is valid only during the call.
    package func withPixels<Value>(_ body: (UnsafePointer<UInt8>?) throws -> Value) rethrows -> Value {
        try body(UnsafePointer(pixels.baseAddress))
    }
}

/// Loads the images 0..<`count` in batches. The order and contents of batches do not depend on the number of threads.
package final class BatchLoader: @unchecked Sendable {
    private struct Pending {
        var batch: PixelBatch
        var missing: Int
        /// The error of the first image, in order, that failed to load.
        var error: (index: Int, error: any Error)?
    }

    private let count: Int
    private let batchSize: Int
    private let side: Int
    /// Maximum number of images loaded ahead.
    private let ahead: Int
    private let load: @Sendable (Int) throws -> RGBImage

    // The following properties are guarded by `condition`.
    private let condition = NSCondition()
    private var started = 0
    private var handedOut = 0
    private var pending: [Int: Pending] = [:]
    private var isStopped = false

    /// Starts the threads.
    /// - Parameter load: returns the image at an index, `side` x `side` pixels; called once per index, on any thread.
    package init(
        count: Int, batchSize: Int, side: Int, threads: Int, load: @escaping @Sendable (Int) throws -> RGBImage
    ) {
        self.count = count
        self.batchSize = batchSize
        self.side = side
        self.load = load
        ahead = batchSize * 2
        for _ in 0..<min(threads, count) {
            let thread = Thread { self.work() }
            thread.start()
        }
    }

    /// Waits for the next batch; `nil` after the last.
    /// - Throws: the error of the first image in the batch that failed to load.
    package func next() throws -> PixelBatch? {
        condition.lock()
        defer { condition.unlock() }
        guard handedOut < count else { return nil }
        let number = handedOut / batchSize
        while pending[number].map({ $0.missing > 0 }) ?? true { condition.wait() }
        guard let ready = pending.removeValue(forKey: number) else { return nil }
        handedOut += ready.batch.count
        condition.broadcast()
        if let error = ready.error { throw error.error }
        return ready.batch
    }

    /// Ends the threads; call it if not all batches are consumed.
    package func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    private func work() {
        while let (index, batch) = take() {
            let result = Result { try load(index) }
            if case .success(let picture) = result { batch.write(picture, at: index % batchSize) }
            condition.withLock {
                let number = index / batchSize
                pending[number]?.missing -= 1
                if case .failure(let error) = result, index < pending[number]?.error?.index ?? .max {
                    pending[number]?.error = (index, error)
                }
                if pending[number]?.missing == 0 { condition.broadcast() }
            }
        }
    }

    /// Returns the next image to load and its batch; waits if enough images are loaded ahead.
    private func take() -> (Int, PixelBatch)? {
        condition.lock()
        defer { condition.unlock() }
        while !isStopped, started < count, started >= handedOut + batchSize + ahead { condition.wait() }
        guard !isStopped, started < count else { return nil }
        let index = started
        started += 1
        let number = index / batchSize
        if let open = pending[number] { return (index, open.batch) }
        let size = min(batchSize, count - number * batchSize)
        let batch = PixelBatch(count: size, side: side)
        pending[number] = Pending(batch: batch, missing: size)
        return (index, batch)
    }
}

extension Tensor {
    /// Converts a batch to the network's input.
    static func pictures(_ batch: PixelBatch, tables: [Float]) throws(TorchError) -> Tensor {
        let side = Int64(batch.side)
        return try .made { result in
            batch.withPixels { torch_from_pixels($0, Int64(batch.count), side, side, tables, result) }
        }
    }
}
