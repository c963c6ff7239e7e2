// Serves requests from standard input in sequence and answers on standard output.

package import Foundation
import Synchronization
package import VisionProtocol

/// The worker's request handlers by name, and the loop that serves them.
package struct VisionServer: Sendable {
    private typealias Handler = @Sendable (Data, @escaping @Sendable (Data) -> Void) async -> Void
    private var handlers: [String: Handler] = [:]

    /// Creates a server without handlers; see ``on(_:eventsEvery:_:)``.
    package init() {}

    /// Serves requests of this kind with `body`. An error that it throws is sent back as a `VisionFailure`.
    /// - Parameter interval: minimum interval between events; earlier ones are dropped, because progress need not
    ///   report every image. `nil` sends every event.
    package mutating func on<Call: VisionCall>(
        _ kind: Call.Type, eventsEvery interval: Duration? = .milliseconds(100),
        _ body: @escaping @Sendable (Call, @escaping @Sendable (Call.Event) -> Void) async throws -> Call.Result
    ) {
        handlers[Call.name] = { line, send in
            typealias Reply = VisionReplyLine<Call.Event, Call.Result>
            var id = 0
            @Sendable func reply(_ line: Reply) {
                if let data = try? VisionLine.encode(line) { send(data) }
            }
            do {
                let request = try VisionLine.decode(VisionRequestLine<Call>.self, from: line)
                id = request.id
                guard let call = request.request[Call.name] else { return }
                let requestID = request.id
                let last = Mutex<ContinuousClock.Instant?>(nil)
                let result = try await body(call) { event in
                    let isDue = last.withLock { last in
                        let now = ContinuousClock.now
                        if let interval, let last, now - last < interval { return false }
                        last = now
                        return true
                    }
                    if isDue { reply(Reply(id: requestID, event: event)) }
                }
                reply(Reply(id: id, result: result))
            } catch {
                reply(Reply(id: id, error: VisionFailure(describing: error)))
            }
        }
    }

    /// Answers one request line. `send` receives each line of the answer, without the line break.
    package func answer(_ line: Data, send: @escaping @Sendable (Data) -> Void) async {
        func refuse(id: Int, _ message: String) {
            let failure = VisionFailure(code: .badRequest, message: message)
            let reply = VisionReplyLine<NoEvent, NoEvent>(id: id, error: failure)
            if let data = try? VisionLine.encode(reply) { send(data) }
        }
        guard let head = try? VisionLine.decode(VisionRequestHead.self, from: line) else {
            return refuse(id: 0, "a line that is not a request: \(String(decoding: line.prefix(200), as: UTF8.self))")
        }
        guard let handler = handlers[head.name] else {
            return refuse(id: head.id, "there is no request '\(head.name)'")
        }
        await handler(line, send)
    }

    /// Serves until standard input closes. Then the process ends immediately, even during a request, because the client
    /// is gone.
    package func run() async {
        // Libraries that print to standard output must not corrupt the protocol.
        let output = dup(STDOUT_FILENO)
        dup2(STDERR_FILENO, STDOUT_FILENO)
        let replies = FileHandle(fileDescriptor: output)
        let lock = NSLock()
        let (lines, continuation) = AsyncStream.makeStream(of: Data.self)
        let reader = Thread {
            while let line = readLine(strippingNewline: true) { continuation.yield(Data(line.utf8)) }
            exit(0)
        }
        reader.start()
        for await line in lines where !line.isEmpty {
            await answer(line) { reply in
                lock.withLock { try? replies.write(contentsOf: reply + Data([UInt8(ascii: "\n")])) }
            }
        }
    }
}
