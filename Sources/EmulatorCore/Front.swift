// The emulator's HTTP front end: routing, credentials, faults, replies and logging.

import AzureWire
import Basics
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The channel of a request, so that a fault can cut the connection.
struct FrontContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Answers every request of one account.
struct Front: HTTPResponder {
    typealias Context = FrontContext

    let account: EmulatedAccount
    let log: RequestLog
    let settings: EmulatorSettings

    private static let chunk = 256 << 10

    func respond(to request: Request, context: FrontContext) async throws -> Response {
        let started = ContinuousClock.now
        let now = await account.clock.now()
        let id = UUID().uuidString.lowercased()
        let path = request.uri.path
        let route = Route(method: request.method.rawValue, path: path)
        let surface = route?.surface ?? .authoring
        var fault: Fault?
        var requestBody: Data?
        var reply: Reply
        do {
            try Self.checkCaller(request)
            guard let route else {
                throw path.hasSuffix("/responses") ? ServiceError.noResponses : ServiceError.noSuchPath
            }
            var call = Call(
                route: route, query: Self.query(of: request), headers: Self.headers(of: request),
                body: request.body, origin: "http://" + (request.head.authority ?? "127.0.0.1"))
            try checkHeaders(call)
            try authorize(call)
            try checkVersion(call)
            if route.surface != .emulator { fault = await account.faults.fault(for: route.operation.rawValue) }
            if settings.recordsBodies, call.headers["content-type"]?.hasPrefix("application/json") == true {
                let bytes = try await call.bytes()
                requestBody = bytes
                call.body = RequestBody(buffer: ByteBuffer(bytes: bytes))
            }
            reply = try await carryOut(call, fault, context)
        } catch let error as ServiceError {
            reply = try Reply(error.status, error.body(for: surface), headers: error.headers)
        } catch {
            let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
            let failure = ServiceError(
                500, "InternalServerError", isFull ? "The disk of the emulator's state is full." : "\(error)")
            reply = try Reply(500, failure.body(for: surface))
        }
        reply.headers["apim-request-id"] = id
        reply.headers["x-ms-region"] = "emulator"
        try? await log.add(
            RequestLogEntry(
                method: request.method.rawValue, path: path, operation: route?.operation.rawValue,
                status: reply.status, time: now.timeIntervalSince1970,
                seconds: (ContinuousClock.now - started) / .seconds(1), fault: fault.map(Self.summary), id: id))
        if settings.recordsBodies {
            var responseBody: Data?
            if case .json(let data) = reply.body { responseBody = data }
            try? await log.record(
                Recording(
                    method: request.method.rawValue, path: path, query: request.uri.query ?? "",
                    contentType: Self.headers(of: request)["content-type"],
                    request: requestBody.map { String(decoding: $0, as: UTF8.self) }, status: reply.status,
                    headers: reply.headers, response: responseBody.map { String(decoding: $0, as: UTF8.self) }))
        }
        return try response(reply, to: request, fault, context)
    }

    private func carryOut(_ call: Call, _ fault: Fault?, _ context: FrontContext) async throws -> Reply {
        if let delay = fault?.delay { try await Task.sleep(for: .waiting(seconds: delay)) }
        if fault?.cut == .request {
            try await context.channel.close()
            return Reply(499)
        }
        if let fault, let status = fault.status {
            let message = fault.message ?? "A scripted fault."
            var error =
                fault.code == "content_filter"
                ? ServiceError.contentFilter(message) : ServiceError(status, fault.code ?? String(status), message)
            error.status = status
            error.headers = fault.headers ?? [:]
            throw error
        }
        if call.route.operation == .emulatorLog {
            let entries = try await log.entries(
                operation: call.query["operation"], method: call.query["method"], path: call.query["path"])
            return try Reply(200, ["requests": entries])
        }
        return try await account.handle(call, fault: fault)
    }

    // MARK: Checks

    /// Rejects requests from web pages: through a host name that resolves to 127.0.0.1, or cross-site. Programs
    /// address this machine and send no origin.
    private static func checkCaller(_ request: Request) throws(ServiceError) {
        let host = request.head.authority ?? ""
        guard let address = try? ServerAddress("http://" + host), address.isLoopback else {
            throw ServiceError(421, "MisdirectedRequest", "The Host of the request is not this machine.")
        }
        if let origin = request.headers[.origin] {
            guard let page = try? ServerAddress(origin), page.isLoopback else {
                throw ServiceError(403, "Forbidden", "Requests of web pages are not answered.")
            }
        }
        if let name = HTTPField.Name("sec-fetch-site"), request.headers[name] == "cross-site" {
            throw ServiceError(403, "Forbidden", "Requests of web pages are not answered.")
        }
    }

    /// The service forwards up to ten custom header fields and rejects more. The emulator counts `x-…` fields, except
    /// the platform's `x-ms-…` and the `x-stainless-…` fields of the provider's SDK.
    private func checkHeaders(_ call: Call) throws(ServiceError) {
        let own = call.headers.keys.filter { name in
            name.hasPrefix("x-") && !name.hasPrefix("x-ms-") && !name.hasPrefix("x-stainless-")
        }
        guard own.count > settings.limits.customHeaders else { return }
        throw ServiceError(
            431, "431", "The request has \(own.count) custom headers; at most \(settings.limits.customHeaders) are taken.")
    }

    /// Accepts a key in `api-key`, or a key or token as Bearer; the control plane accepts tokens only.
    private func authorize(_ call: Call) throws(ServiceError) {
        if call.route.surface == .emulator { return }
        let bearer = call.headers["authorization"].flatMap { header in
            header.lowercased().hasPrefix("bearer ") ? String(header.dropFirst(7)) : nil
        }
        let takesKey = call.route.surface != .resourceManager && call.route.surface != .openAI
        let key = takesKey ? call.headers["api-key"] ?? bearer : bearer
        guard let key, !key.trimmingCharacters(in: .whitespaces).isEmpty else {
            if call.route.surface == .resourceManager {
                throw ServiceError(
                    401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
            }
            throw .unauthorized
        }
        guard let expected = settings.apiKey else { return }
        // Compares digests, so that the timing reveals nothing about the key.
        guard Digest(of: key) == Digest(of: expected) else { throw .unauthorized }
    }

    /// Classic paths require `api-version`; v1 takes none, `v1` or `preview`.
    private func checkVersion(_ call: Call) throws(ServiceError) {
        switch call.route.surface {
        case .authoring, .inference:
            guard call.hasDatedVersion else { throw .noSuchPath }
        case .v1:
            guard ["v1", "preview"].contains(call.apiVersion) else {
                throw ServiceError(
                    400, "BadRequest", "api-version query parameter is not allowed when using /v1 path")
            }
        case .openAI, .resourceManager, .emulator: break
        }
    }

    // MARK: Reading and writing

    private static func headers(of request: Request) -> [String: String] {
        Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    private static func query(of request: Request) -> [String: String] {
        var query: [String: String] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]).replacing("+", with: " ") : ""
            query[String(parts[0]).removingPercentEncoding ?? ""] = value.removingPercentEncoding ?? value
        }
        return query
    }

    private static func summary(_ fault: Fault) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(fault)).map { String(decoding: $0, as: UTF8.self) } ?? fault.on
    }

    private func response(
        _ reply: Reply, to request: Request, _ fault: Fault?, _ context: FrontContext
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
        case .file(_, let bytes): length = bytes
        }
        let cut = fault?.cut
        if cut == .before || cut == .request {
            context.channel.close(mode: .all, promise: nil)
            return Response(status: .init(code: 500))
        }
        let told = max(0, length + (fault?.wrongLength ?? 0))
        if reply.status == 204 { return Response(status: .noContent, headers: fields) }
        fields[.contentLength] = String(told)
        let isCutAfter = cut == .after || told != length
        if isCutAfter || request.headers[.connection] == "close" { fields[.connection] = "close" }
        let most = cut == .during ? length / 2 : min(length, told)
        let pause = fault?.slowBody.map { $0 / Double(Self.slowPieces) }
        let body = ResponseBody(contentLength: told) { writer in
            let piece = pause == nil ? Self.chunk : max(1, length / Self.slowPieces)
            var source = try ReplySource(reply.body)
            var sent = 0
            while sent < most, let bytes = try source.next(min(piece, most - sent)) {
                if let pause { try await Task.sleep(for: .waiting(seconds: pause)) }
                try await writer.write(ByteBuffer(bytes: bytes))
                sent += bytes.count
            }
            if cut == .during || told > length {
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
        case .json(let data), .events(let data): (rest, file) = (data, nil)
        case .file(let place, _): (rest, file) = (Data(), try FileHandle(forReadingFrom: place))
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
