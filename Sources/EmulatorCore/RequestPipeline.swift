// The HTTP front end of an emulator: callers, faults, replies and logging.

import Basics
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The channel of a request, so that a fault can cut the connection.
struct PipelineContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Answers every request of one account.
struct RequestPipeline: HTTPResponder {
    typealias Context = PipelineContext

    let service: any EmulatedService
    let log: RequestLog
    let faults: FaultInjector
    let recordsBodies: Bool

    private static let chunk = 256 << 10
    private static let maxRecordedBytes = 512 << 20

    func respond(to request: Request, context: PipelineContext) async throws -> Response {
        let started = ContinuousClock.now
        let now = await service.clock.now()
        let id = UUID().uuidString.lowercased()
        var received = ReceivedRequest(request)
        let own = EmulatorPath(received)
        let operation = own?.rawValue ?? service.operation(of: received)
        var fault: Fault?
        var requestBody: Data?
        var reply: Reply
        do {
            try Self.checkCaller(request, needsKey: own == nil)
            if own == nil {
                try await service.admit(received)
                if let operation { fault = await faults.fault(for: operation) }
            }
            if recordsBodies, received.headers["content-type"]?.hasPrefix("application/json") == true {
                let bytes = try await received.body.bytes(limit: Self.maxRecordedBytes)
                requestBody = bytes
                received.body = ReceivedBody(bytes)
            }
            reply = try await carryOut(received, own, fault, context)
        } catch {
            reply = try service.reply(to: error, of: received)
        }
        reply.headers.merge(service.fields(id: id)) { $1 }
        try? await log.add(
            RequestLogEntry(
                method: received.method, path: received.path, operation: operation,
                status: reply.status, time: now.timeIntervalSince1970,
                seconds: (ContinuousClock.now - started) / .seconds(1), fault: fault.map(Self.summary), id: id))
        if recordsBodies {
            var responseBody: Data?
            if case .json(let data) = reply.body { responseBody = data }
            try? await log.record(
                Recording(
                    method: received.method, path: received.path, query: received.queryText,
                    contentType: received.headers["content-type"],
                    request: requestBody.map { String(decoding: $0, as: UTF8.self) }, status: reply.status,
                    headers: reply.headers, response: responseBody.map { String(decoding: $0, as: UTF8.self) }))
        }
        return try response(reply, to: request, fault, context)
    }

    private func carryOut(
        _ request: ReceivedRequest, _ own: EmulatorPath?, _ fault: Fault?, _ context: PipelineContext
    ) async throws -> Reply {
        if let delay = fault?.delay { try await Task.sleep(for: .waiting(seconds: delay)) }
        if fault?.cut == .request {
            try await context.channel.close()
            return Reply(499)
        }
        if let fault, let status = fault.status { throw service.error(of: fault, status: status) }
        if own == .log {
            let entries = try await log.entries(
                operation: request.query["operation"], method: request.query["method"], path: request.query["path"])
            return try Reply(200, ["requests": entries])
        }
        if let own { return try await service.answer(own, request) }
        return try await service.answer(request, fault: fault)
    }

    /// Rejects requests from web pages: through a host name that resolves to 127.0.0.1, or cross-site. Programs
    /// address this machine and send no origin.
    /// - Parameter needsKey: whether the request must also carry the key. Without it, pages of other servers on this
    ///   machine are rejected too: they could move the clock.
    private static func checkCaller(_ request: Request, needsKey: Bool) throws(RequestRefusal) {
        let host = request.head.authority ?? ""
        guard let address = try? ServerAddress("http://" + host), address.isLoopback else {
            throw RequestRefusal(421, "MisdirectedRequest", "The Host of the request is not this machine.")
        }
        if let origin = request.headers[.origin] {
            guard let page = try? ServerAddress(origin), needsKey ? page.isLoopback : page == address else {
                throw RequestRefusal(403, "Forbidden", "Requests from web pages are rejected.")
            }
        }
        let site = HTTPField.Name("sec-fetch-site").flatMap { request.headers[$0] }
        if site == "cross-site" || !needsKey && site == "same-site" {
            throw RequestRefusal(403, "Forbidden", "Requests from web pages are rejected.")
        }
    }

    private static func summary(_ fault: Fault) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(fault)).map { String(decoding: $0, as: UTF8.self) } ?? fault.on
    }

    private func response(
        _ reply: Reply, to request: Request, _ fault: Fault?, _ context: PipelineContext
    ) throws -> Response {
        var fields = HTTPFields()
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let length: Int
        switch reply.body {
        case .none: length = 0
        case .json(let data):
            length = data.count
            fields[.contentType] = "application/json"
        case .events(let data):
            length = data.count
            fields[.contentType] = "text/event-stream; charset=utf-8"
        case .bytes(let data): length = data.count
        case .file(_, let range): length = range.count
        }
        let cut = fault?.cut
        if cut == .before || cut == .request {
            context.channel.close(mode: .all, promise: nil)
            return Response(status: .init(code: 500))
        }
        let statedLength = max(0, length + (fault?.wrongLength ?? 0))
        if reply.status == 204 { return Response(status: .noContent, headers: fields) }
        fields[.contentLength] = String(statedLength)
        let isCutAfter = cut == .after || statedLength != length
        if isCutAfter || request.headers[.connection] == "close" { fields[.connection] = "close" }
        let most = cut == .during ? length / 2 : min(length, statedLength)
        let pause = fault?.slowBody.map { $0 / Double(Self.slowPieces) }
        let body = ResponseBody(contentLength: statedLength) { writer in
            let piece = pause == nil ? Self.chunk : max(1, length / Self.slowPieces)
            var source = try ReplySource(reply.body)
            var sent = 0
            while sent < most, let bytes = try source.next(min(piece, most - sent)) {
                if let pause { try await Task.sleep(for: .waiting(seconds: pause)) }
                try await writer.write(ByteBuffer(bytes: bytes))
                sent += bytes.count
            }
            if cut == .during || statedLength > length {
                try await context.channel.close()
                return
            }
            try await writer.finish(nil)
            if isCutAfter { try await context.channel.close() }
        }
        return Response(status: .init(code: reply.status), headers: fields, body: body)
    }

    private static let slowPieces = 20
}

/// The bytes of a reply, in pieces.
private struct ReplySource {
    private var rest: Data
    private let file: FileHandle?

    init(_ body: Reply.Body) throws {
        switch body {
        case .none: (rest, file) = (Data(), nil)
        case .json(let data), .events(let data), .bytes(let data): (rest, file) = (data, nil)
        case .file(let place, let range):
            let handle = try FileHandle(forReadingFrom: place)
            try handle.seek(toOffset: UInt64(range.lowerBound))
            (rest, file) = (Data(), handle)
        }
    }

    mutating func next(_ count: Int) throws -> Data? {
        if let file {
            let piece = try file.read(upToCount: count)
            return piece?.isEmpty == false ? piece : nil
        }
        guard !rest.isEmpty else { return nil }
        let piece = rest.prefix(count)
        rest = Data(rest.dropFirst(count))
        return Data(piece)
    }
}
