// Levenshtein distance, computed 64 rows at a time.

import Basics

/// Plain Levenshtein distance: a transposition of two neighbours counts 2.
package enum Levenshtein {
    /// The distance of two sequences of symbols. Bit-parallel (Myers 1999, in blocks after Hyyrö 2003): the time is
    /// proportional to the product of the lengths divided by 64.
    package static func distance(_ first: [UInt32], _ second: [UInt32]) -> Int {
        var start = 0
        let shorter = min(first.count, second.count)
        while start < shorter, first[start] == second[start] { start += 1 }
        var end = 0
        while end < shorter - start, first[first.count - 1 - end] == second[second.count - 1 - end] { end += 1 }
        let a = first[start..<(first.count - end)], b = second[start..<(second.count - end)]
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        return a.count <= b.count ? blocks(pattern: a, text: b) : blocks(pattern: b, text: a)
    }

    /// The distance of two texts in code points, without normalization.
    package static func distance(_ first: String, _ second: String) -> Int {
        distance(first.unicodeScalars.map(\.value), second.unicodeScalars.map(\.value))
    }

    /// The distance of two lists of words. Words are equal if their code points are.
    package static func distance(words first: [String], _ second: [String]) -> Int {
        var numbers: [ExactText: UInt32] = [:]
        func number(_ word: String) -> UInt32 {
            let next = UInt32(clamping: numbers.count)
            let key = ExactText(word)
            if let known = numbers[key] { return known }
            numbers[key] = next
            return next
        }
        return distance(first.map(number), second.map(number))
    }

    private static func blocks(pattern: ArraySlice<UInt32>, text: ArraySlice<UInt32>) -> Int {
        let blocks = (pattern.count + 63) / 64
        // Row 0 of the masks belongs to symbols that the pattern does not contain.
        var small = [Int32](repeating: 0, count: 0x300)
        var large: [UInt32: Int32] = [:]
        var masks = [UInt64](repeating: 0, count: blocks)
        var kinds: Int32 = 0
        for (at, symbol) in pattern.enumerated() {
            var row = symbol < 0x300 ? small[Int(symbol)] : large[symbol] ?? 0
            if row == 0 {
                kinds += 1
                row = kinds
                if symbol < 0x300 { small[Int(symbol)] = row } else { large[symbol] = row }
                masks.append(contentsOf: repeatElement(0, count: blocks))
            }
            masks[Int(row) * blocks + at / 64] |= 1 << UInt64(at % 64)
        }
        var rises = [UInt64](repeating: ~0, count: blocks)
        var falls = [UInt64](repeating: 0, count: blocks)
        var distance = pattern.count
        let lastBit = UInt64((pattern.count - 1) % 64)
        masks.withUnsafeBufferPointer { masks in
            rises.withUnsafeMutableBufferPointer { rises in
                falls.withUnsafeMutableBufferPointer { falls in
                    for symbol in text {
                        let row = Int(symbol < 0x300 ? small[Int(symbol)] : large[symbol] ?? 0) * blocks
                        var riseIn: UInt64 = 1, fallIn: UInt64 = 0
                        for block in 0..<blocks {
                            let rise = rises[block], fall = falls[block]
                            var equal = masks[row + block]
                            let vertical = equal | fall
                            equal |= fallIn
                            let horizontal = (((equal & rise) &+ rise) ^ rise) | equal
                            var up = fall | ~(horizontal | rise)
                            var down = rise & horizontal
                            if block == blocks - 1 {
                                distance += Int((up >> lastBit) & 1)
                                distance -= Int((down >> lastBit) & 1)
                            }
                            let riseOut = up >> 63, fallOut = down >> 63
                            up = (up << 1) | riseIn
                            down = (down << 1) | fallIn
                            riseIn = riseOut
                            fallIn = fallOut
                            rises[block] = down | ~(vertical | up)
                            falls[block] = up & vertical
                        }
                    }
                }
            }
        }
        return distance
    }
}
