// Random access to the few bytes of a file that its header refers to, without reading the rest.

import Foundation

/// Random access to a file's bytes. Every access is bounds-checked: `nil` means past the end of the file.
struct HeadBytes {
    let count: Int
    private let read: (_ start: Int, _ count: Int) -> [UInt8]
    private var window: [UInt8] = []
    private var windowStart = 0

    private static let stretch = 4096

    init(_ data: Data) {
        count = data.count
        read = { start, count in
            [UInt8](data[(data.startIndex + start)..<(data.startIndex + min(start + count, data.count))])
        }
    }

    /// - Throws: the file handle's errors. A later read that fails counts as the end of the file.
    init(_ file: FileHandle) throws {
        count = Int(clamping: try file.seekToEnd())
        read = { start, count in
            do {
                try file.seek(toOffset: UInt64(start))
                return [UInt8](try file.read(upToCount: count) ?? Data())
            } catch {
                return []
            }
        }
    }

    mutating func byte(_ at: Int) -> UInt8? {
        guard at >= 0, at < count else { return nil }
        if at < windowStart || at >= windowStart + window.count {
            window = read(at, Self.stretch)
            windowStart = at
        }
        return at - windowStart < window.count ? window[at - windowStart] : nil
    }

    /// `length` bytes at offset `at`; `nil` if the file has fewer.
    mutating func bytes(_ at: Int, _ length: Int) -> [UInt8]? {
        guard at >= 0, length >= 0, at <= count, length <= count - at else { return nil }
        if at < windowStart || at + length > windowStart + window.count {
            window = read(at, max(length, Self.stretch))
            windowStart = at
        }
        guard at - windowStart + length <= window.count else { return nil }
        return Array(window[(at - windowStart)..<(at - windowStart + length)])
    }

    mutating func big(_ at: Int, _ length: Int) -> Int? {
        bytes(at, length).flatMap { Int(exactly: $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
    }

    mutating func little(_ at: Int, _ length: Int) -> Int? {
        bytes(at, length).flatMap { Int(exactly: $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
    }

    mutating func has(_ text: String, at: Int) -> Bool { bytes(at, text.utf8.count).map { $0.elementsEqual(text.utf8) } ?? false }
}
