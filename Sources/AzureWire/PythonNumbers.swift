// Reads JSON as Python's `json` writes it, including `NaN` and `Infinity`, which JSON does not allow.

package import Foundation

extension Data {
    /// The document with `NaN`, `Infinity` and `-Infinity` outside of strings replaced by `null`; `nil` if it
    /// contains none.
    package var withoutNonFiniteNumbers: Data? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        let all = [UInt8](self)
        var isText = false, isReplaced = false
        var at = 0
        while at < all.count {
            let byte = all[at]
            if isText {
                bytes.append(byte)
                if byte == UInt8(ascii: "\\"), at + 1 < all.count {
                    at += 1
                    bytes.append(all[at])
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                at += 1
                continue
            }
            if byte == UInt8(ascii: "\"") { isText = true }
            let word = ["-Infinity", "Infinity", "NaN"].first { all[at...].starts(with: $0.utf8) }
            if let word {
                bytes += Array("null".utf8)
                at += word.utf8.count
                isReplaced = true
            } else {
                bytes.append(byte)
                at += 1
            }
        }
        return isReplaced ? Data(bytes) : nil
    }
}
