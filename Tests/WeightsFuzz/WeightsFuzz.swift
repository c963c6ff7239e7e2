// The fuzz target over reading weights; scripts/fuzz compiles it together with the readers, so that it needs no libtorch.

import Foundation

/// Called by libFuzzer with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWeights(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    WeightsFuzzing.check(Data(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
