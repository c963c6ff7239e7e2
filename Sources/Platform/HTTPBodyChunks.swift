// A request's body as chunks of bounded size.

import Foundation
import Glibc
import NIOCore

/// The chunks of a body, read from its segments as the connection asks for them.
struct HTTPBodyChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    static let chunkSize = 256 << 10

    let request: HTTPRequestValue
    let upload: UploadState

    func makeAsyncIterator() -> Iterator { Iterator(request: request, upload: upload) }

    struct Iterator: AsyncIteratorProtocol {
        private let upload: UploadState
        private var rest: ArraySlice<HTTPBodySegment>
        private var position: Int64 = 0
        private var file: OwnedFile?
        private var sent: Int64 = 0
        private let total: Int64
        private var meter: ProgressMeter

        init(request: HTTPRequestValue, upload: UploadState) {
            self.upload = upload
            rest = request.body[...].drop { $0.count == 0 }
            total = request.bodyCount
            meter = ProgressMeter(request: request)
        }

        mutating func next() async throws -> ByteBuffer? {
            upload.start()
            guard let segment = rest.first else { return nil }
            let count = Int(Swift.min(segment.count - position, Int64(HTTPBodyChunks.chunkSize)))
            let chunk: ByteBuffer
            switch segment {
            case .bytes(let data):
                let start = data.startIndex + Int(position)
                chunk = ByteBuffer(bytes: data[start..<start + count])
            case .file(let path, let offset, _):
                let opened = try file ?? OwnedFile(OpenFile(path, O_RDONLY))
                file = opened
                chunk = try opened.read(count, at: offset + position)
            }
            position += Int64(count)
            if position == segment.count {
                rest = rest.dropFirst().drop { $0.count == 0 }
                position = 0
                file = nil
            }
            sent += Int64(count)
            if sent == total { upload.finish() }
            meter.sent(sent)
            return chunk
        }
    }
}

/// A file that is closed when nobody holds it any more.
private final class OwnedFile: Sendable {
    private let file: OpenFile

    init(_ file: OpenFile) { self.file = file }
    deinit { file.close() }

    /// Exactly `count` bytes; a file that ends before is an error.
    func read(_ count: Int, at offset: Int64) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            var done = 0
            while done < count {
                let place = bytes.baseAddress.map { $0 + done }
                let got = pread(file.descriptor, place, count - done, off_t(offset) + off_t(done))
                if got > 0 {
                    done += got
                } else if got == 0 {
                    throw FileError("read (the file has become shorter)", file.path, errno: EIO)
                } else if errno != EINTR {
                    throw FileError("read", file.path)
                }
            }
            return count
        }
        return buffer
    }
}
