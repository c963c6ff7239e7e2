// The EXIF orientation of an image file, wherever its format keeps it.

enum ImageOrientation {
    /// Tag 274 of the file's EXIF data or of a TIFF's first directory: 1 to 8, and 1 where there is none.
    static func of(_ bytes: [UInt8]) -> Int {
        guard let value = (exif(in: bytes).flatMap(TIFFDirectory.init))?[274], (1...8).contains(value) else { return 1 }
        return value
    }

    private static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        if bytes.starts(with: [0x49, 0x49, 0x2A, 0]) || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) { return bytes[...] }
        if bytes.starts(with: [0xFF, 0xD8]) { return jpeg(bytes) }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            return chunk(bytes, from: 8, name: "eXIf", lengthFirst: true, bigEndian: true)
        }
        if bytes.starts(with: Array("RIFF".utf8)) {
            return chunk(bytes, from: 12, name: "EXIF", lengthFirst: false, bigEndian: false).map(withoutPrefix)
        }
        return nil
    }

    private static let prefix = Array("Exif\0\0".utf8)

    private static func withoutPrefix(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.starts(with: prefix) ? bytes.dropFirst(prefix.count) : bytes
    }

    private static func jpeg(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var at = 2
        while at + 4 <= bytes.count {
            guard bytes[at] == 0xFF, bytes[at + 1] != 0xFF else {
                at += 1
                continue
            }
            let marker = bytes[at + 1]
            if marker == 0xDA || marker == 0xD9 { return nil }
            if marker == 0 || marker == 1 || (0xD0...0xD7).contains(marker) {
                at += 2
                continue
            }
            let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
            let end = min(at + 2 + max(2, length), bytes.count)
            let content = bytes[min(at + 4, end)..<end]
            if marker == 0xE1, content.starts(with: prefix) { return content.dropFirst(prefix.count) }
            at += 2 + max(2, length)
        }
        return nil
    }

    /// A chunk of a PNG (length, name, data, checksum) or a RIFF file (name, length, data to an even length).
    private static func chunk(
        _ bytes: [UInt8], from start: Int, name: String, lengthFirst: Bool, bigEndian: Bool
    ) -> ArraySlice<UInt8>? {
        var at = start
        while at + 8 <= bytes.count {
            let field = bytes[(lengthFirst ? at : at + 4)..<(lengthFirst ? at + 4 : at + 8)]
            let length = (bigEndian ? Array(field) : field.reversed()).reduce(0) { $0 << 8 | Int($1) }
            let title = bytes[(lengthFirst ? at + 4 : at)..<(lengthFirst ? at + 8 : at + 4)]
            let end = min(at + 8 + length, bytes.count)
            if title.elementsEqual(name.utf8) { return bytes[(at + 8)..<end] }
            at += 8 + length + (lengthFirst ? 4 : length & 1)
        }
        return nil
    }
}

/// The first directory of TIFF data, as EXIF uses it too.
struct TIFFDirectory {
    private var values: [Int: Int] = [:]

    /// - Returns: `nil` where the bytes are no TIFF data, or end before the directory.
    init?(_ bytes: ArraySlice<UInt8>) {
        let start = bytes.startIndex
        let isLittle: Bool
        if bytes.starts(with: [0x49, 0x49, 0x2A, 0]) {
            isLittle = true
        } else if bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
            isLittle = false
        } else {
            return nil
        }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - count else { return nil }
            let field = bytes[(start + offset)..<(start + offset + count)]
            return (isLittle ? field.reversed() : Array(field)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + index * 12
            guard let tag = number(entry, 2), let type = number(entry + 2, 2) else { break }
            // Values of one SHORT or LONG are in the entry itself.
            switch type {
            case 3: values[tag] = number(entry + 8, 2)
            case 4: values[tag] = number(entry + 8, 4)
            default: continue
            }
        }
    }

    /// The first value of a tag.
    subscript(tag: Int) -> Int? { values[tag] }
}
