// Decodes the text of a table to UTF-8.

package import Foundation

/// Converts tables to UTF-8 and rejects files that are not text.
package enum TableText {
    /// The bytes as UTF-8 without a byte order mark. UTF-16 is detected by its byte order mark, or by the zero bytes
    /// next to ASCII characters.
    /// - Throws: `CSVError.notUTF8` with the first invalid line, or `CSVError.otherEncoding`.
    package static func utf8(_ data: Data) throws(CSVError) -> [UInt8] {
        let bytes = [UInt8](data)
        if let other = otherContent(bytes) { throw other }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return try validated(Array(bytes.dropFirst(3))) }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            throw .otherEncoding("UTF-32")
        }
        if bytes.starts(with: [0xFF, 0xFE]) { return try utf16(bytes.dropFirst(2), bigEndian: false) }
        if bytes.starts(with: [0xFE, 0xFF]) { return try utf16(bytes.dropFirst(2), bigEndian: true) }
        let head = bytes.prefix(512)
        if head.contains(0) {
            let even = head.indices.count { $0 % 2 == 0 && head[$0] == 0 }
            let odd = head.indices.count { $0 % 2 == 1 && head[$0] == 0 }
            // Names and separators in UTF-16 contain many zero bytes; a stray one does not indicate UTF-16.
            if bytes.count % 2 == 0, min(even, odd) == 0, max(even, odd) * 8 >= head.count {
                return try utf16(bytes[...], bigEndian: even > 0)
            }
            throw .otherEncoding("binary data")
        }
        return try validated(bytes)
    }

    /// Recognizes files that are often taken for a table; `nil` for everything else.
    private static func otherContent(_ bytes: [UInt8]) -> CSVError? {
        let export = "export it as CSV", unpack = "unpack it first", fetch = "fetch the file again"
        let convert = "convert it to Parquet or CSV, for example with pyarrow"
        let signatures: [(bytes: [UInt8], name: String, hint: String)] = [
            ([0x50, 0x4B, 0x03, 0x04], "a zip archive or an Excel workbook", export),
            ([0xD0, 0xCF, 0x11, 0xE0], "an Excel workbook", export),
            (Array("SQLite format 3".utf8), "an SQLite database", export),
            ([0x1F, 0x8B], "gzip data", unpack), (Array("BZh".utf8), "bzip2 data", unpack),
            ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard data", unpack),
            (Array("ARROW1".utf8), "an Arrow or Feather file", convert),
            ([0xFF, 0xFF, 0xFF, 0xFF], "an Arrow stream", convert),
            ([0x93] + Array("NUMPY".utf8), "a NumPy array", export), ([0x89] + Array("HDF".utf8), "an HDF5 file", export),
            (Array("version https://git-lfs".utf8), "a Git LFS pointer", "'git lfs pull' fetches the file"),
        ]
        if let found = signatures.first(where: { bytes.starts(with: $0.bytes) }) {
            return .otherContent(found.name, hint: found.hint)
        }
        let start = String(decoding: bytes.prefix(64), as: UTF8.self).trimmingPrefix(while: \.isWhitespace).lowercased()
        let isPage = start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
        return isPage ? .otherContent("an HTML page, probably of a failed download", hint: fetch) : nil
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) throws(CSVError) -> [UInt8] {
        guard bytes.count % 2 == 0 else { throw .otherEncoding("UTF-16 that ends in the middle of a character") }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { at -> UInt16 in
            let first = UInt16(bytes[at]), second = UInt16(bytes[at + 1])
            return bigEndian ? first << 8 | second : second << 8 | first
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw .otherEncoding("damaged UTF-16") }
        return Array(text.utf8)
    }

    private static func validated(_ bytes: [UInt8]) throws(CSVError) -> [UInt8] {
        if String(validating: bytes, as: UTF8.self) != nil { return bytes }
        var line = 1
        for text in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: text, as: UTF8.self) == nil { break }
            line += 1
        }
        throw .notUTF8(line: line)
    }
}
