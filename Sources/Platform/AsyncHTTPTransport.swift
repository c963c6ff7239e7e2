// HTTP over async-http-client: bodies stream from and to files, so that memory stays flat whatever their size.

import AsyncHTTPClient
import Basics
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The real network. Connections are kept for a few seconds and shared by all requests of one transport.
package final class AsyncHTTPTransport: HTTPTransport {
    /// The way to a server. Each has connections of its own.
    private enum Route: Hashable {
        case direct
        /// A tunnel through a proxy: `CONNECT`, or SOCKS 5.
        case tunnel(ProxyAddress)
        /// Whole addresses sent to a proxy, for plain http.
        case forward(ProxyAddress)
    }

    private let silence: Double
    private let configuration: HTTPClient.Configuration
    private let clients = Mutex<[Route: HTTPClient]>([:])
    private let proxies: ProxySettings
    /// Why no https server can be checked; `nil` where there is nothing wrong.
    private let certificateProblem: String?
    private static let redirectLimit = 5

    /// - Parameters:
    ///   - connectTimeout: seconds until a connection must stand.
    ///   - silence: seconds without a byte in either direction after which a connection counts as lost.
    ///   - environment: looked into for proxies (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) and for
    ///     `SSL_CERT_FILE`, a file with the certificates that are trusted in place of the system's. An empty one stands for
    ///     direct connections.
    package init(
        connectTimeout: Double = 10, silence: Double = 300,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.silence = silence
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(
            connect: .milliseconds(Int64(connectTimeout * 1000)), read: .milliseconds(Int64(silence * 1000)),
            write: .milliseconds(Int64(silence * 1000)))
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // Below the time after which servers drop a silent connection: a request into a connection that is just
        // being dropped has an unknown outcome.
        configuration.connectionPool.idleTimeout = .seconds(15)
        // Whether to try again is decided above, where the meaning of a request is known.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Nobody reads traces of that kind here: a run's own say where its time goes.
        configuration.tracing.tracer = nil
        proxies = ProxySettings(environment)
        var problem: String?
        if let file = environment["SSL_CERT_FILE"], !file.isEmpty {
            do {
                var tls = TLSConfiguration.makeClientConfiguration()
                let certificates = try NIOSSLCertificate.fromPEMFile(file)
                if certificates.isEmpty { problem = "SSL_CERT_FILE: '\(file)' holds no certificate" }
                tls.trustRoots = .certificates(certificates)
                configuration.tlsConfiguration = tls
            } catch {
                problem = "SSL_CERT_FILE: '\(file)' cannot be read as certificates in PEM"
            }
        }
        certificateProblem = problem
        self.configuration = configuration
    }

    deinit {
        for client in clients.withLock({ Array($0.values) }) { client.shutdown { _ in } }
    }

    /// The client of a route, made when it is first taken.
    private func client(_ route: Route) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[route] { return client }
            var configuration = self.configuration
            switch route {
            case .direct: break
            case .tunnel(let proxy):
                switch proxy.kind {
                case .socks5: configuration.proxy = .socksServer(host: proxy.host, port: proxy.port)
                case .http:
                    configuration.proxy = .server(
                        host: proxy.host, port: proxy.port,
                        authorization: proxy.credentials.map { .basic(credentials: $0) })
                }
            case .forward(let proxy):
                configuration.http1_1ConnectionDebugInitializer = {
                    AbsoluteTargetHandler.add(to: $0, credentials: proxy.credentials)
                }
            }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[route] = client
            return client
        }
    }

    /// The client for an address, and the request as it goes to that client's server.
    private func way(of request: HTTPRequestValue) throws -> (client: HTTPClient, wire: HTTPClientRequest) {
        func failure(_ reason: HTTPTransportError.Reason, _ detail: String) -> HTTPTransportError {
            HTTPTransportError(reason, outcome: .surelyNotDone, request: request.description, detail: detail)
        }
        let address: ServerAddress
        do throws(BadServerAddress) { address = try ServerAddress(request.url) } catch {
            throw failure(.invalidURL, error.explanation)
        }
        if address.isSecure, let certificateProblem { throw failure(.couldNotConnect, certificateProblem) }
        var wire = HTTPClientRequest(url: request.url)
        let chosen: ProxyAddress?
        do throws(ProxyError) { chosen = try proxies.proxy(for: address) } catch {
            throw failure(.couldNotConnect, "\(error)")
        }
        guard let proxy = chosen else { return (client(.direct), wire) }
        if address.isSecure || proxy.kind == .socks5 { return (client(.tunnel(proxy)), wire) }
        let rest = request.url.dropFirst("http://".count).drop { $0 != "/" && $0 != "?" }
        let host = proxy.host.contains(":") ? "[\(proxy.host)]" : proxy.host
        wire.url = "http://\(host):\(proxy.port)" + (rest.hasPrefix("/") ? "" : "/") + rest
        wire.headers.add(name: "host", value: "\(address)")
        return (client(.forward(proxy)), wire)
    }

    package func send(_ request: HTTPRequestValue) async throws -> HTTPResponseValue {
        guard let seconds = request.timeout else { return try await sendFollowing(request) }
        let upload = UploadState()
        return try await withThrowingTaskGroup(of: HTTPResponseValue.self) { group in
            group.addTask { try await self.sendFollowing(request, upload: upload) }
            group.addTask {
                try await Task.sleep(for: .waiting(seconds: seconds))
                throw HTTPTransportError(
                    .timedOut(seconds: seconds), outcome: upload.outcome(of: request), request: request.description)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private func sendFollowing(
        _ request: HTTPRequestValue, upload: UploadState = UploadState()
    ) async throws -> HTTPResponseValue {
        var request = request
        for _ in 0...AsyncHTTPTransport.redirectLimit {
            let answer = try await sendOnce(request, upload: upload)
            guard let next = request.following(answer) else { return answer }
            request = next
        }
        throw HTTPTransportError(.tooManyRedirects, outcome: .unknown, request: request.description)
    }

    private func sendOnce(_ request: HTTPRequestValue, upload: UploadState) async throws -> HTTPResponseValue {
        guard let url = URL(string: request.url), url.scheme == "http" || url.scheme == "https", url.host != nil else {
            throw HTTPTransportError(.invalidURL, outcome: .surelyNotDone, request: request.description)
        }
        let way = try self.way(of: request)
        var wire = way.wire
        wire.method = NIOHTTP1.HTTPMethod(rawValue: request.method.rawValue)
        for field in request.fields.fields { wire.headers.add(name: field.name, value: field.value) }
        if !request.body.isEmpty {
            wire.body = .stream(
                HTTPBodyChunks(request: request, upload: upload), length: .known(request.bodyCount))
        }
        let start = ContinuousClock.now
        do {
            let response = try await way.client.execute(wire, deadline: .distantFuture)
            var answer = HTTPResponseValue(status: Int(response.status.code))
            for header in response.headers { answer.fields.append(header.name, header.value) }
            let expected = response.headers.first(name: "content-length").flatMap { Int64($0) }
            try await receive(response.body, of: request, expected: expected, into: &answer)
            let elapsed = ContinuousClock.now - start
            answer.seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
            return answer
        } catch {
            throw translate(error, request: request, upload: upload)
        }
    }

    private func receive(
        _ body: HTTPClientResponse.Body, of request: HTTPRequestValue, expected: Int64?,
        into answer: inout HTTPResponseValue
    ) async throws {
        var sink = try HTTPSink(request.destination, status: answer.status)
        defer { sink.close() }
        var meter = ProgressMeter(request: request)
        var pace = TransferPace(silence: silence)
        for try await buffer in body {
            answer.received += Int64(buffer.readableBytes)
            // With a limit on the whole exchange a slow one ends anyway.
            if request.timeout == nil { try pace.check(answer.received, now: .now) }
            try sink.write(buffer)
            meter.received(answer.received, of: expected)
        }
        // A cut in the middle of a body can look like its end; the length tells them apart.
        if let expected, request.method != .head, answer.received != expected {
            throw TruncatedAnswer(expected: expected, received: answer.received)
        }
        meter.finish(answer.received, of: expected)
        answer.body = sink.memory
    }

    private func translate(
        _ error: any Error, request: HTTPRequestValue, upload: UploadState
    ) -> any Error {
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        let outcome = upload.outcome(of: request)
        func make(_ reason: HTTPTransportError.Reason, _ outcome: CallOutcome, _ detail: String) -> HTTPTransportError {
            HTTPTransportError(reason, outcome: outcome, request: request.description, detail: detail)
        }
        switch error {
        case let error as HTTPTransportError: return error
        case let error as FileError: return make(.file(error), outcome, "")
        case let error as StalledAnswer:
            return make(
                .timedOut(seconds: nil), outcome,
                "only \(error.bytes) bytes came in \(Int(saturating: error.seconds)) s")
        case let error as TooLongAnswer: return make(.tooLong(limit: error.limit), .unknown, "")
        case let error as TruncatedAnswer:
            return make(.connectionLost, outcome, "\(error.received) of \(error.expected) bytes came")
        case let error as HTTPClientError where error == .connectTimeout:
            return make(.couldNotConnect, .surelyNotDone, "timed out")
        case let error as HTTPClientError where error == .readTimeout || error == .writeTimeout:
            return make(.timedOut(seconds: nil), outcome, "\(error)")
        case let error as HTTPClientError where error == .invalidURL || error == .emptyHost || error == .emptyScheme:
            return make(.invalidURL, .surelyNotDone, "")
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first?.error as? IOError
            let words = cause.map { String(cString: strerror($0.errnoCode)).lowercased() }
            return make(.couldNotConnect, .surelyNotDone, words ?? "\(error)")
        case let error as IOError
        where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL].contains(error.errnoCode):
            return make(.couldNotConnect, .surelyNotDone, "\(error)")
        case let error as HTTPClientError
        where [.proxyAuthenticationRequired, .invalidProxyResponse, .httpProxyHandshakeTimeout].contains(error):
            return make(.couldNotConnect, .surelyNotDone, "the proxy: \(error)")
        case is HTTPClientError: return make(.connectionLost, outcome, "\(error)")
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE:
            return make(.connectionLost, outcome, "\(error)")
        default:
            // What is left: a secure connection that did not come about, before a byte of the request went out,
            // and an answer that is no HTTP, after it.
            let unsent = request.bodyCount > 0 && !upload.hasStarted
            return make(unsent ? .couldNotConnect : .connectionLost, outcome, "\(error)")
        }
    }
}

/// Which part of a request's body has been handed to the connection. The body is asked for once the connection
/// stands and the head is out; a server that lacks the end of it cannot have acted on it.
final class UploadState: Sendable {
    private struct Flags {
        var started = false
        var whole = false
    }
    private let flags = Mutex(Flags())

    var hasStarted: Bool { flags.withLock(\.started) }
    func start() { flags.withLock { $0.started = true } }
    func finish() { flags.withLock { $0.whole = true } }

    /// A request without a body may have been acted on as soon as a connection stood, which is not seen here.
    func outcome(of request: HTTPRequestValue) -> CallOutcome {
        if request.bodyCount == 0 { return .unknown }
        return flags.withLock(\.whole) ? .unknown : .surelyNotDone
    }
}

struct TooLongAnswer: Error { var limit: Int }
struct TruncatedAnswer: Error { var expected: Int64, received: Int64 }
struct StalledAnswer: Error { var bytes: Int64, seconds: Double }

/// Ends a transfer that moves too little to ever finish: a server that sends a byte now and then is never silent.
struct TransferPace {
    /// The fewest bytes a second, on average over as much time as silence may last.
    private static let slowest = 1024.0
    private let silence: Double
    private var since = ContinuousClock.now
    private var receivedThen: Int64 = 0

    init(silence: Double) { self.silence = silence }

    mutating func check(_ received: Int64, now: ContinuousClock.Instant) throws {
        let elapsed = (now - since) / .seconds(1)
        guard elapsed >= silence else { return }
        let bytes = received - receivedThen
        guard Double(bytes) >= elapsed * TransferPace.slowest else { throw StalledAnswer(bytes: bytes, seconds: elapsed) }
        since = now
        receivedThen = received
    }
}

/// Reports progress at most ten times a second.
struct ProgressMeter {
    private let report: (@Sendable (HTTPProgress) -> Void)?
    private let toSend: Int64
    private var last: ContinuousClock.Instant?

    init(request: HTTPRequestValue) {
        report = request.onProgress
        toSend = request.bodyCount
    }

    mutating func sent(_ count: Int64) { tell(HTTPProgress(sent: count, toSend: toSend), now: count == toSend) }

    mutating func received(_ count: Int64, of expected: Int64?) {
        tell(HTTPProgress(sent: toSend, toSend: toSend, received: count, toReceive: expected), now: false)
    }

    mutating func finish(_ count: Int64, of expected: Int64?) {
        tell(HTTPProgress(sent: toSend, toSend: toSend, received: count, toReceive: expected ?? count), now: true)
    }

    private mutating func tell(_ progress: HTTPProgress, now: Bool) {
        guard let report else { return }
        let time = ContinuousClock.now
        if !now, let last, time - last < .milliseconds(100) { return }
        last = time
        report(progress)
    }
}
