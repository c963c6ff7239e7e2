// Receives the body of a response.

import Foundation
import Glibc

/// Writes a body to memory, up to a limit, or to a file.
struct HTTPSink {
    private(set) var memory = Data()
    private let limit: Int
    private var file: OpenFile?
    private var fileLimit: Int64 = 0
    private var written: Int64 = 0

    /// The maximum size in bytes of an error response that is kept in memory although a file was requested.
    private static let errorLimit = 1 << 20

    init(_ destination: HTTPDestination, status: Int) throws {
        switch destination {
        case .memory(let limit):
            self.limit = limit
        case .file(let path, let offset, let most):
            limit = HTTPSink.errorLimit
            guard status == 200 || status == 206 else { return }
            let opened = try OpenFile(path, O_WRONLY | O_CREAT)
            let start = status == 206 ? off_t(offset) : 0
            guard ftruncate(opened.descriptor, start) == 0, lseek(opened.descriptor, start, SEEK_SET) == start else {
                let code = errno
                opened.close()
                throw FileError("truncate", path, errno: code)
            }
            file = opened
            fileLimit = most
            written = Int64(start)
        }
    }

    /// Appends bytes.
    /// - Throws: `TooLongAnswer`; `FileError`.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        if let file {
            written += Int64(bytes.count)
            guard written <= fileLimit else { throw TooLongAnswer(limit: Int(fileLimit)) }
            try file.write(bytes)
        } else {
            guard memory.count + bytes.count <= limit else { throw TooLongAnswer(limit: limit) }
            memory.append(contentsOf: bytes)
        }
    }

    mutating func close() {
        file?.close()
        file = nil
    }
}
