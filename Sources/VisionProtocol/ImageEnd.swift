// Recognizes image files that were cut off, by their size and last bytes, without decoding them.

import Basics
package import Foundation

/// A quick check of an image file's end. It misses damage in the middle, and a file with other data after the image may
/// raise a false alarm: only decoding is certain.
package enum ImageEnd {
    /// The number of last bytes that are searched.
    package static let count = 4096

    /// The reason why a file seems truncated, as a phrase that follows its name; `nil` if it seems complete.
    /// - Parameters:
    ///   - start: at least the file's first 64 bytes, or all of them.
    ///   - end: the file's last ``count`` bytes, or all of them.
    ///   - size: the file's length in bytes.
    package static func problem(_ format: ImageFormat, start: Data, end: Data, size: Int) -> String? {
        let head = [UInt8](start.prefix(64))
        func number(_ at: Int, _ length: Int) -> Int? {
            guard at + length <= head.count else { return nil }
            return head[at..<(at + length)].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        func lacks(_ mark: [UInt8]) -> Bool { end.range(of: Data(mark)) == nil }
        switch format {
        case .jpeg: return lacks([0xFF, 0xD9]) ? "has no end marker (EOI)" : nil
        case .png: return lacks(Array("IEND".utf8)) ? "has no end marker (IEND)" : nil
        case .gif: return lacks([0x3B]) ? "has no end marker" : nil
        case .webp:
            guard let stated = number(4, 4), stated > 0, stated + 8 > size else { return nil }
            return "has \(size) of \(stated + 8) bytes"
        case .bmp:
            // Without the first header, nothing states where the pixels begin.
            guard head.starts(with: Array("BM".utf8)), let offset = number(10, 4), let header = number(14, 4), header >= 40,
                let width = number(18, 4),
                let height = number(22, 4).map({ $0 > 0x7FFF_FFFF ? 0x1_0000_0000 - $0 : $0 }), let bits = number(28, 2),
                let compression = number(30, 4), compression == 0 || compression == 3
            else { return nil }
            let row = (width.saturatingMultiplied(by: bits) / 8).saturatingAdding(3) / 4 * 4
            let needed = offset.saturatingAdding(row.saturatingMultiplied(by: height))
            return needed > size ? "has \(size) of \(needed) bytes" : nil
        case .tiff: return nil
        }
    }
}
