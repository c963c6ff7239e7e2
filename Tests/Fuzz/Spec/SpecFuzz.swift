// The fuzz target for reading and checking a spec; scripts/fuzz builds it with libFuzzer, which provides `main`.

import SpecificationFuzzing

/// Called by libFuzzer with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSpec(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    SpecFuzzing.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
