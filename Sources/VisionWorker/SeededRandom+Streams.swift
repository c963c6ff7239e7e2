// Independent random streams per purpose, so that no draw depends on the number of earlier ones.

import Basics

extension SeededRandom {
    /// The random numbers for one purpose under a seed, such as the augmentation of image 17 in epoch 3.
    init(seed: UInt64, stream: Stream, _ parts: Int...) {
        var first = SeededRandom(seed: seed ^ stream.rawValue)
        var mixed = first.next()
        for part in parts {
            var next = SeededRandom(seed: mixed ^ UInt64(bitPattern: Int64(part)))
            mixed = next.next()
        }
        self.init(seed: mixed)
    }

    enum Stream: UInt64 {
        case order = 0x6F72_6465_72
        case augmentation = 0x6175_676D_656E_74
        case shapePictures = 0x7368_6170_6573
        case practicePictures = 0x7072_6163_74
    }

    /// A random permutation of 0..<`count` (Fisher and Yates).
    mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            let other = Int(next().multipliedFullWidth(by: UInt64(last + 1)).high)
            order.swapAt(last, other)
        }
        return order
    }
}
