// HTTP over libcurl: bodies stream from and to files, so memory use does not depend on their size.

import Basics
import CCurl
import Foundation
import Glibc
import Synchronization

/// The HTTP/1.1 transport for the network. Connections are kept for a few seconds and shared by all requests of one
/// transport. The first request starts a thread, which ends with the transport.
package final class CurlTransport: HTTPTransport {
    private let connectTimeout: Double
    private let silence: Double
    private let loop = Mutex<CurlLoop?>(nil)
    private let proxies: ProxySettings
    /// The file of trusted certificates, or the reason why https cannot be used.
    private let certificates: Result<String, CurlProblem>
    private static let redirectLimit = 5

    /// - Parameters:
    ///   - connectTimeout: seconds for name resolution, connection and TLS handshake together.
    ///   - silence: seconds without a byte in either direction after which a connection counts as lost.
    ///   - environment: variables for proxies (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) and
    /// `SSL_CERT_FILE`, a file of certificates to trust instead of the system's. An empty dictionary means direct
    /// connections.
    package init(
        connectTimeout: Double = 10, silence: Double = 300,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.connectTimeout = connectTimeout
        self.silence = silence
        proxies = ProxySettings(environment)
        certificates = CurlTransport.certificates(environment)
    }

    /// The reason why no request can be sent on this machine; `nil` if libcurl can be loaded. Loads libcurl.
    package static var libraryProblem: String? { CurlLoop.libraryProblem }

    deinit { loop.withLock { $0 }?.stop() }

    /// The system certificate files of Linux distributions: Debian, Fedora, openSUSE, Alpine.
    private static let systemCertificates = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    private static func certificates(_ environment: [String: String]) -> Result<String, CurlProblem> {
        if let file = environment["SSL_CERT_FILE"], !file.isEmpty {
            guard let content = FileManager.default.contents(atPath: file) else {
                return .failure(CurlProblem(message: "SSL_CERT_FILE: '\(file)' cannot be read"))
            }
            let holdsOne = ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"]
                .contains { content.range(of: Data($0.utf8)) != nil }
            return holdsOne
                ? .success(file)
                : .failure(CurlProblem(message: "SSL_CERT_FILE: '\(file)' does not contain a certificate in PEM form"))
        }
        if let file = systemCertificates.first(where: { access($0, R_OK) == 0 }) { return .success(file) }
        return .failure(
            CurlProblem(
                message: "this system has no list of trusted certificates: install ca-certificates, or set SSL_CERT_FILE"))
    }

    /// The loop, created when first needed.
    private func runningLoop() throws(CurlProblem) -> CurlLoop {
        try loop.withLock { loop throws(CurlProblem) in
            if let loop { return loop }
            let new = try CurlLoop(silence: silence)
            loop = new
            return new
        }
    }

    /// The connection settings for the server of a request.
    private func connection(for request: HTTPRequestValue) throws -> CurlExchange.Connection {
        func failure(_ reason: HTTPTransportError.Reason, _ detail: String) -> HTTPTransportError {
            HTTPTransportError(reason, outcome: .surelyNotDone, request: request.description, detail: detail)
        }
        // Foundation encodes characters that an address must not contain; the server part is parsed strictly.
        guard let url = URL(string: request.url), url.host != nil else { throw failure(.invalidURL, "") }
        let address: ServerAddress
        do throws(BadServerAddress) { address = try ServerAddress(request.url) } catch {
            throw failure(.invalidURL, error.explanation)
        }
        let proxy: ProxyAddress?
        do throws(ProxyError) { proxy = try proxies.proxy(for: address) } catch {
            throw failure(.couldNotConnect, "\(error)")
        }
        let server = (address.isSecure ? "https://" : "http://") + "\(address)"
        let parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
        let path = parts?.percentEncodedPath ?? ""
        let target = (path.isEmpty ? "/" : path) + (parts?.percentEncodedQuery.map { "?" + $0 } ?? "")
        var connection = CurlExchange.Connection(
            url: server + target, proxy: proxy, certificates: nil, connectTimeout: connectTimeout,
            origin: server + (proxy.map { " \($0.host):\($0.port)" } ?? ""))
        if address.isSecure {
            do throws(CurlProblem) { connection.certificates = try certificates.get() } catch {
                throw failure(.couldNotConnect, error.message)
            }
        }
        return connection
    }

    /// Sends a request, follows the redirects that it allows, and returns a response of any status.
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
        for _ in 0...CurlTransport.redirectLimit {
            let answer = try await sendOnce(request, upload: upload)
            guard let next = request.following(answer) else { return answer }
            request = next
        }
        throw HTTPTransportError(.tooManyRedirects, outcome: .unknown, request: request.description)
    }

    private func sendOnce(_ request: HTTPRequestValue, upload: UploadState) async throws -> HTTPResponseValue {
        let connection = try connection(for: request)
        let start = ContinuousClock.now
        do {
            let loop = try runningLoop()
            let exchange = CurlExchange(request, connection: connection, upload: upload, silence: silence)
            var answer = try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    exchange.begin(continuation)
                    loop.add(exchange)
                }
            } onCancel: {
                loop.cancel(exchange)
            }
            answer.seconds = (ContinuousClock.now - start) / .seconds(1)
            return answer
        } catch {
            throw translate(error, request: request, upload: upload)
        }
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
        case let error as InvalidField: return make(.invalidField(name: error.name), .surelyNotDone, "")
        case let error as CurlProblem: return make(.couldNotConnect, .surelyNotDone, error.message)
        case let error as StalledAnswer:
            return make(
                .timedOut(seconds: nil), outcome,
                "only \(error.bytes) bytes arrived in \(Int(saturating: error.seconds)) s")
        case let error as SilentExchange:
            return make(.timedOut(seconds: nil), outcome, "no data was transferred for \(Int(saturating: error.seconds)) s")
        case let error as TooLongAnswer: return make(.tooLong(limit: error.limit), .unknown, "")
        case is TooLongHead: return make(.connectionLost, outcome, "the response's header does not end")
        case let error as TruncatedAnswer:
            return make(.connectionLost, outcome, "\(error.received) of \(error.expected) bytes arrived")
        case let error as CurlExchange.Ending where !error.wasConnected:
            return make(.couldNotConnect, .surelyNotDone, message(for: error))
        case let error as CurlExchange.Ending: return make(.connectionLost, outcome, error.message)
        default: return make(.connectionLost, outcome, "\(error)")
        }
    }

    /// The reason why the connection failed.
    private func message(for ending: CurlExchange.Ending) -> String {
        if ending.proxyStatus >= 300 { return "the proxy returned status \(ending.proxyStatus)" }
        switch ending.code {
        case CURLE_OPERATION_TIMEDOUT: return "timed out"
        case CURLE_COULDNT_RESOLVE_HOST: return "no such host"
        case CURLE_COULDNT_RESOLVE_PROXY: return "unknown host: the proxy's"
        case CURLE_SSL_CACERT_BADFILE: return "SSL_CERT_FILE: not certificates in PEM form: \(ending.message)"
        case CURLE_COULDNT_CONNECT where ending.systemError != 0:
            return String(cString: strerror(ending.systemError)).lowercased()
        default: return ending.message
        }
    }
}

/// Tracks how much of a request's body has been passed to the connection. The body is requested once the connection
/// is established and the head is sent; a server that has not received the end of the body cannot have acted on it.
final class UploadState: Sendable {
    private struct Flags {
        var started = false
        var whole = false
    }
    private let flags = Mutex(Flags())

    func start() { flags.withLock { $0.started = true } }
    func finish() { flags.withLock { $0.whole = true } }

    /// The outcome of a failed request. Without a body, the server may have acted as soon as the connection existed, which
    /// is not recorded here.
    func outcome(of request: HTTPRequestValue) -> CallOutcome {
        if request.bodyCount == 0 { return .unknown }
        return flags.withLock(\.whole) ? .unknown : .surelyNotDone
    }
}

struct TooLongAnswer: Error { var limit: Int }
struct TruncatedAnswer: Error { var expected: Int64, received: Int64 }
struct StalledAnswer: Error { var bytes: Int64, seconds: Double }

/// Ends a transfer that is too slow to finish; a server that sends occasional bytes is never silent.
struct TransferPace {
    /// The minimum rate in bytes per second, averaged over the allowed time of silence.
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

/// Reports progress at most ten times per second.
struct ProgressMeter {
    private let report: (@Sendable (HTTPProgress) -> Void)?
    private let toSend: Int64
    private var last: ContinuousClock.Instant?

    init(request: HTTPRequestValue) {
        report = request.onProgress
        toSend = request.bodyCount
    }

    mutating func sent(_ count: Int64) { report(HTTPProgress(sent: count, toSend: toSend), now: count == toSend) }

    mutating func received(_ count: Int64, of expected: Int64?) {
        report(HTTPProgress(sent: toSend, toSend: toSend, received: count, toReceive: expected), now: false)
    }

    mutating func finish(_ count: Int64, of expected: Int64?) {
        report(HTTPProgress(sent: toSend, toSend: toSend, received: count, toReceive: expected ?? count), now: true)
    }

    private mutating func report(_ progress: HTTPProgress, now: Bool) {
        guard let report else { return }
        let time = ContinuousClock.now
        if !now, let last, time - last < .milliseconds(100) { return }
        last = time
        report(progress)
    }
}
