// The fuzz target for the image decoder and for image headers.

import Foundation
import VisionProtocol
import VisionWorker

/// Called by libFuzzer with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Data(UnsafeBufferPointer(start: start, count: count))
    if let head = ImageHead(of: bytes) {
        precondition(head.width >= 0 && head.height >= 0, "a size below zero")
    }
    do {
        let image = try ImageDecoder.decode(bytes, name: "input")
        precondition(image.width > 0 && image.height > 0, "an image without pixels")
        precondition(image.pixels.count == image.width * image.height * 3, "pixels that do not fit the size")
    } catch {
        precondition(!"\(error)".isEmpty, "a refusal without a word")
    }
    return 0
}
