// Features of images as a matrix in NumPy's file format.

package import Foundation

/// A matrix of 32-bit floats: one row per image. Its file is `.npy`, version 1.0, which NumPy's `load` reads.
package struct FeatureTable: Hashable, Sendable {
    /// Number of images.
    package var rows: Int
    /// Number of features per image.
    package var columns: Int
    /// The values, row after row.
    package var values: [Float]

    /// - Parameter values: row after row; their number must be `rows * columns`.
    package init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "values do not fit the shape")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// Upper limit of a matrix side; larger numbers in a header are refused before anything is allocated.
    private static let maxSideLength = 1 << 31

    /// The file's bytes.
    package var encoded: Data {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
        // The values start at a multiple of 64 bytes.
        let used = FeatureTable.magic.count + 4 + header.utf8.count + 1
        header += String(repeating: " ", count: (64 - used % 64) % 64) + "\n"
        var data = Data(FeatureTable.magic + [1, 0])
        data.append(UInt8(header.utf8.count & 0xFF))
        data.append(UInt8(header.utf8.count >> 8))
        data.append(contentsOf: header.utf8)
        values.withUnsafeBytes { data.append(contentsOf: $0) }
        return data
    }

    /// Parses an `.npy` file with a two-dimensional array of little-endian 32- or 64-bit floats in C order.
    /// - Throws: `FeatureTableError` also for values that are not finite.
    package init(parsing data: Data) throws(FeatureTableError) {
        let bytes = [UInt8](data.prefix(12))
        guard bytes.count >= 10, Array(bytes[0..<6]) == FeatureTable.magic else { throw .malformed("not an .npy file") }
        let isShort = bytes[6] == 1
        guard isShort || bytes.count == 12 else { throw .malformed("the header is truncated") }
        let length =
            isShort
            ? Int(bytes[8]) | Int(bytes[9]) << 8
            : Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16 | Int(bytes[11]) << 24
        let start = (isShort ? 10 : 12) + length
        guard start <= data.count else { throw .malformed("the header is truncated") }
        let header = String(decoding: data.dropFirst(isShort ? 10 : 12).prefix(length), as: UTF8.self)
        guard let kind = header.firstMatch(of: #/'descr':\s*'([^']*)'/#)?.output.1,
            let order = header.firstMatch(of: #/'fortran_order':\s*(True|False)/#)?.output.1,
            let shape = header.firstMatch(of: #/'shape':\s*\(([0-9, ]*)\)/#)?.output.1
        else { throw .malformed("the header is not one of NumPy") }
        guard order == "False" else { throw .malformed("the array is in Fortran order; save it with np.ascontiguousarray") }
        let sides = shape.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard sides.count == 2, sides.allSatisfy({ $0 < FeatureTable.maxSideLength }) else {
            throw .malformed("the shape is (\(shape)); a matrix with one row per image is required")
        }
        let (count, overflows) = sides[0].multipliedReportingOverflow(by: sides[1])
        // No more values than bytes, so that their size in bytes cannot overflow either.
        let body = data.dropFirst(start)
        guard !overflows, count <= max(body.count, 1) else {
            throw .malformed("it has \(body.count) bytes of values, too few for the shape (\(shape))")
        }
        switch kind {
        case "<f4":
            guard body.count == count * 4 else { throw .malformed("it has \(body.count) bytes of values, not \(count * 4)") }
            values = [Float](unsafeUninitializedCapacity: count) { buffer, written in
                body.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
                written = count
            }
        case "<f8":
            guard body.count == count * 8 else { throw .malformed("it has \(body.count) bytes of values, not \(count * 8)") }
            let wide = [Double](unsafeUninitializedCapacity: count) { buffer, written in
                body.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
                written = count
            }
            values = wide.map { Float($0) }
        default: throw .malformed("its values have the type '\(kind)'; save them as float32")
        }
        rows = sides[0]
        columns = sides[1]
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw .malformed("the value in row \(bad / max(1, columns) + 1), column \(bad % max(1, columns) + 1) is not finite")
        }
    }
}

/// The reason why bytes are not a table of features.
package enum FeatureTableError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, which reads well after the file's name and a colon.
    case malformed(String)

    /// The reason.
    package var description: String {
        switch self {
        case .malformed(let reason): reason
        }
    }
}
