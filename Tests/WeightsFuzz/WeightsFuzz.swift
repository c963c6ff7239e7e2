// The fuzz target for reading weights; scripts/fuzz compiles it with the readers only, so that it does not need
// libtorch.

import Foundation

/// Called by libFuzzer with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWeights(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    WeightsFuzzing.check(Data(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
