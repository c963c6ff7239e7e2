// A loopback server for tests that can cut connections, stall and send wrong lengths on demand.

package import Foundation
import Glibc
import Synchronization

/// Answers requests by a script and remembers them.
package final class TestServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// Path and query as they were sent.
        package var target: String
        package var fields: [(name: String, value: String)]
        /// The first mebibytes of the body, up to `recordLimit`.
        package var body: Data
        package var bodyCount: Int

        package subscript(field: String) -> String? {
            fields.first { $0.name.lowercased() == field.lowercased() }?.value
        }
        package var path: String { String(target.prefix { $0 != "?" }) }
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package enum Reply: Sendable {
        case answer(Int, [String: String] = [:], body: Data = Data())
        /// Closes the connection without a word.
        case cut
        /// Promises this many bytes more than it sends, then closes.
        case short(Int, [String: String] = [:], body: Data, missing: Int)
        /// Sends nothing for a time, then closes.
        case stall(seconds: Double)
        /// Sends a body of unstated length in pieces with pauses between them, without end.
        case trickle(piece: Int, pause: Double)
        /// Sends fields of the head without end.
        case endlessHead
        /// Sends bytes that are not HTTP.
        case garbage
        /// Sends this text unchanged, then closes.
        case raw(String)

        package static func json(_ status: Int, _ text: String, _ fields: [String: String] = [:]) -> Reply {
            .answer(
                status, fields.merging(["Content-Type": "application/json"]) { mine, _ in mine },
                body: Data(text.utf8))
        }
    }

    private struct State {
        var requests: [Request] = []
        var open: Set<Int32> = []
        var connections = 0
        var stopped = false
    }

    private static let recordLimit = 4 << 20

    package let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let cutUpload: @Sendable (Int) -> Int?
    private let handler: @Sendable (Request, Int) -> Reply

    /// - Parameters:
    ///   - cutUpload: after how many bytes of its body the request with this number is cut off.
    ///   - handler: answers a request; requests are numbered from 0.
    package init(
        cutUpload: @escaping @Sendable (Int) -> Int? = { _ in nil },
        _ handler: @escaping @Sendable (Request, Int) -> Reply
    ) throws {
        let (socket, number) = try TestServer.listen()
        listener = socket
        port = number
        self.cutUpload = cutUpload
        self.handler = handler
        Thread.detachNewThread { [self] in accept() }
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { state.withLock(\.requests) }
    /// The number of connections so far.
    package var connections: Int { state.withLock(\.connections) }

    package func stop() {
        let open = state.withLock { state in
            state.stopped = true
            return state.open
        }
        for socket in open { shutdown(socket, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// A port without a listener.
    package static func freePort() throws -> Int {
        let (socket, number) = try listen()
        close(socket)
        return number
    }

    private static func listen() throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && Glibc.listen(listener, 1024) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            if connection < 0 {
                if errno == EINTR { continue }
                close(listener)
                return
            }
            let stopped = state.withLock { state in
                state.open.insert(connection)
                state.connections += 1
                return state.stopped
            }
            if stopped {
                finish(connection)
                continue
            }
            Thread.detachNewThread { [self] in
                serve(connection)
                finish(connection)
            }
        }
    }

    private func finish(_ connection: Int32) {
        state.withLock { _ = $0.open.remove(connection) }
        shutdown(connection, Int32(SHUT_RDWR))
        close(connection)
    }

    /// Answers requests on one connection until either side has enough.
    private func serve(_ connection: Int32) {
        var buffer = Data()
        while true {
            guard let end = readHead(connection, &buffer) else { return }
            let head = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
            buffer.removeSubrange(buffer.startIndex..<(end + 4))
            var lines = head.components(separatedBy: "\r\n")
            let first = lines.removeFirst().split(separator: " ")
            guard first.count == 3 else { return }
            var request = Request(
                method: String(first[0]), target: String(first[1]),
                fields: lines.map { line in
                    let parts = line.split(separator: ":", maxSplits: 1)
                    return (
                        String(parts[0]),
                        parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
                    )
                }, body: Data(), bodyCount: 0)
            let index = state.withLock { state in
                state.requests.append(request)
                return state.requests.count - 1
            }
            let length = request["content-length"].flatMap { Int($0) } ?? 0
            let limit = cutUpload(index) ?? .max
            while request.bodyCount < length {
                // The whole body may have come with the head: it is cut all the same.
                if request.bodyCount >= limit { return }
                if buffer.isEmpty, !receive(connection, &buffer) { return }
                let taken = buffer.prefix(min(length, limit) - request.bodyCount)
                request.bodyCount += taken.count
                if request.body.count < TestServer.recordLimit { request.body.append(taken) }
                buffer = Data(buffer.dropFirst(taken.count))
            }
            let complete = request
            state.withLock { $0.requests[index] = complete }
            guard send(handler(request, index), on: connection, isHead: request.method == "HEAD") else { return }
        }
    }

    private func readHead(_ connection: Int32, _ buffer: inout Data) -> Data.Index? {
        while true {
            if let range = buffer.range(of: Data("\r\n\r\n".utf8)) { return range.lowerBound }
            guard buffer.count < 1 << 20, receive(connection, &buffer) else { return nil }
        }
    }

    private func receive(_ connection: Int32, _ buffer: inout Data) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let count = read(connection, &bytes, bytes.count)
        guard count > 0 else { return false }
        buffer.append(contentsOf: bytes[..<count])
        return true
    }

    /// Whether the other side still listens.
    private func isOpen(_ connection: Int32) -> Bool {
        // POLLRDHUP, which Glibc's module lacks.
        var watched = pollfd(fd: connection, events: 0x2000, revents: 0)
        return poll(&watched, 1, 0) == 0
    }

    /// Whether the connection stays.
    private func send(_ reply: Reply, on connection: Int32, isHead: Bool) -> Bool {
        func put(_ data: Data) {
            data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
                var rest = bytes
                while !rest.isEmpty {
                    let count = Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                    guard count > 0 else { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
            }
        }
        func head(_ status: Int, _ fields: [String: String], length: Int) -> Data {
            var text = "HTTP/1.1 \(status) Status\r\n"
            for (name, value) in fields { text += "\(name): \(value)\r\n" }
            if status != 204 { text += "Content-Length: \(length)\r\n" }
            return Data((text + "\r\n").utf8)
        }
        switch reply {
        case .answer(let status, let fields, let body):
            put(head(status, fields, length: body.count) + (isHead ? Data() : body))
            return true
        case .short(let status, let fields, let body, let missing):
            put(head(status, fields, length: body.count + missing) + body)
            return false
        case .cut:
            return false
        case .stall(let seconds):
            let end = Date() + seconds
            while Date() < end, !state.withLock(\.stopped) { Thread.sleep(forTimeInterval: 0.02) }
            return false
        case .trickle(let piece, let pause):
            put(Data("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
            let chunk = Data((String(piece, radix: 16) + "\r\n").utf8) + Data(count: piece) + Data("\r\n".utf8)
            while !state.withLock(\.stopped), isOpen(connection) {
                put(chunk)
                Thread.sleep(forTimeInterval: pause)
            }
            return false
        case .endlessHead:
            put(Data("HTTP/1.1 200 OK\r\n".utf8))
            let field = Data("X-Field: \(String(repeating: "x", count: 1000))\r\n".utf8)
            while !state.withLock(\.stopped), isOpen(connection) { put(field) }
            return false
        case .garbage:
            put(Data("I am no HTTP server.\r\n\r\n".utf8))
            return false
        case .raw(let text):
            put(Data(text.utf8))
            return false
        }
    }
}
