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
        let (pattern, text) = a.count <= b.count ? (a, b) : (b, a)
        let longest = max(1, maxSteps / ((pattern.count + 63) / 64))
        guard text.count > longest else { return blocks(pattern: pattern, text: text) }
        // At most the distance with everything beyond the beginning of the longer sequence inserted.
        return min(text.count, blocks(pattern: pattern, text: text.prefix(longest)) + text.count - longest)
    }

    /// The number of steps of 64 comparisons, a few seconds of work: 180,000 symbols against as many, or 5,000 against
    /// 6,400,000. Of a longer sequence, only the beginning is aligned and the rest counts as inserted, so that the
    /// distance of an endless answer is too large by at most the length of the reference.
    static let maxSteps = 500_000_000

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

    /// One block of 64 pattern symbols after another, over the whole text; `carries` passes the differences along each
    /// column from one block to the next. Memory is proportional to the lengths, however many symbols there are.
    private static func blocks(pattern: ArraySlice<UInt32>, text: ArraySlice<UInt32>) -> Int {
        let (symbols, places, kinds) = SymbolNumbers.numbered(pattern: pattern, text: text)
        var masks = [UInt64](repeating: 0, count: kinds)
        // Bit 0: the value rises to the right in the row above the block; bit 1: it falls.
        var carries = [UInt8](repeating: 1, count: places.count)
        var distance = symbols.count
        masks.withUnsafeMutableBufferPointer { masks in
            carries.withUnsafeMutableBufferPointer { carries in
                places.withUnsafeBufferPointer { places in
                    for start in stride(from: 0, to: symbols.count, by: 64) {
                        let length = min(64, symbols.count - start)
                        for bit in 0..<length { masks[Int(symbols[start + bit])] |= 1 << UInt64(bit) }
                        // No symbol of the pattern has the number 0.
                        masks[0] = 0
                        let isLast = start + 64 >= symbols.count
                        let lastBit = UInt64(length - 1)
                        var rise = ~UInt64(0), fall: UInt64 = 0
                        for column in places.indices {
                            let carry = carries[column]
                            let riseIn = UInt64(carry & 1), fallIn = UInt64(carry >> 1)
                            var equal = masks[Int(places[column])]
                            let vertical = equal | fall
                            equal |= fallIn
                            let horizontal = (((equal & rise) &+ rise) ^ rise) | equal
                            var up = fall | ~(horizontal | rise)
                            var down = rise & horizontal
                            if isLast {
                                distance += Int((up >> lastBit) & 1)
                                distance -= Int((down >> lastBit) & 1)
                            }
                            carries[column] = UInt8(up >> 63) | UInt8(down >> 63) << 1
                            up = (up << 1) | riseIn
                            down = (down << 1) | fallIn
                            rise = down | ~(vertical | up)
                            fall = up & vertical
                        }
                        for bit in 0..<length { masks[Int(symbols[start + bit])] = 0 }
                    }
                }
            }
        }
        return distance
    }
}

/// Numbers for the symbols of two sequences.
enum SymbolNumbers {
    /// The symbols of the pattern as numbers from 1, those of the text as the same numbers, or as 0 where the pattern
    /// lacks them, and the number of numbers.
    static func numbered(
        pattern: ArraySlice<UInt32>, text: ArraySlice<UInt32>
    ) -> (pattern: [Int32], text: [Int32], kinds: Int) {
        var small = [Int32](repeating: 0, count: 0x100)
        var large: [UInt32: Int32] = [:]
        var kinds: Int32 = 0
        let symbols = pattern.map { symbol -> Int32 in
            let known = symbol < 0x100 ? small[Int(symbol)] : large[symbol] ?? 0
            if known > 0 { return known }
            kinds += 1
            if symbol < 0x100 { small[Int(symbol)] = kinds } else { large[symbol] = kinds }
            return kinds
        }
        let places = text.map { $0 < 0x100 ? small[Int($0)] : large[$0] ?? 0 }
        return (symbols, places, Int(kinds) + 1)
    }
}
