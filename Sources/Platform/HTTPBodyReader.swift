// Reads a request's body in pieces.

import Foundation
import Glibc

/// The bytes of a body, read from its segments as the connection asks for them. A file is opened when its segment
/// begins.
struct HTTPBodyReader {
    private let upload: UploadState
    private var rest: ArraySlice<HTTPBodySegment>
    private var position: Int64 = 0
    private var file: OpenFile?
    private var sent: Int64 = 0
    private let total: Int64
    private var meter: ProgressMeter

    init(request: HTTPRequestValue, upload: UploadState) {
        self.upload = upload
        rest = request.body[...].drop { $0.count == 0 }
        total = request.bodyCount
        meter = ProgressMeter(request: request)
    }

    /// Fills a buffer up to the end of the current segment; 0 at the end of the body.
    /// - Throws: `FileError`, also for a file that has become shorter.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let segment = rest.first else { return 0 }
        upload.start()
        let count = Int(min(segment.count - position, Int64(buffer.count)))
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        switch segment {
        case .bytes(let data):
            let start = data.startIndex + Int(position)
            data.copyBytes(to: piece, from: start..<start + count)
        case .file(let path, let offset, _):
            let opened = try file ?? OpenFile(path, O_RDONLY)
            file = opened
            try opened.read(piece, at: offset + position)
        }
        position += Int64(count)
        if position == segment.count {
            rest = rest.dropFirst().drop { $0.count == 0 }
            position = 0
            close()
        }
        sent += Int64(count)
        if sent == total { upload.finish() }
        meter.sent(sent)
        return count
    }

    /// Closes the file that is being read, if any.
    mutating func close() {
        file?.close()
        file = nil
    }
}

extension OpenFile {
    /// Reads exactly as many bytes as the buffer holds; a file that ends earlier is an error.
    fileprivate func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
        var done = 0
        while done < buffer.count {
            let place = buffer.baseAddress.map { $0 + done }
            let got = pread(descriptor, place, buffer.count - done, off_t(offset) + off_t(done))
            if got > 0 {
                done += got
            } else if got == 0 {
                throw FileError("read (the file has become shorter)", path, errno: EIO)
            } else if errno != EINTR {
                throw FileError("read", path)
            }
        }
    }
}
