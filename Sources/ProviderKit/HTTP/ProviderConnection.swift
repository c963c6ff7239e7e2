// Sends calls to one provider: authentication, attempts, decoding. Plug-ins build their clients on it.

package import Basics
package import Foundation
package import Platform
import Synchronization

/// Told when a call will be made again.
package struct RetryNotice: Sendable {
    package var error: ProviderError
    /// The attempt that failed, from 1.
    package var attempt: Int
    /// Seconds until the next.
    package var delay: Double
}

/// What all clients of one provider share.
package struct ProviderConnection: Sendable {
    package let credential: ProviderCredential
    package let transport: any HTTPTransport
    package let clock: any WallClock
    package let retry: RetryPolicy
    /// How the provider writes errors.
    package let errors: any ErrorDialect
    /// Sent with every request, such as the project that is billed.
    package let fields: [String: String]
    package let onRetry: (@Sendable (RetryNotice) -> Void)?
    private let random: SharedRandom

    package init(
        credential: ProviderCredential, transport: any HTTPTransport, clock: any WallClock, random: SeededRandom,
        errors: any ErrorDialect, retry: RetryPolicy = RetryPolicy(), fields: [String: String] = [:], onRetry: (@Sendable (RetryNotice) -> Void)? = nil
    ) {
        self.credential = credential
        self.transport = transport
        self.clock = clock
        self.retry = retry
        self.errors = errors
        self.fields = fields
        self.onRetry = onRetry
        self.random = SharedRandom(random)
    }

    func unit() -> Double { random.unit() }

    /// A text that stands in no file but by chance in 2^128.
    package func boundary() -> String { "assay-\(random.hex())\(random.hex())" }

    /// An answer and how many attempts it took.
    package struct Answer: Sendable {
        package var response: HTTPResponseValue
        package var attempts: Int
    }

    /// Makes a call until it succeeds, surely fails or the policy gives up. Throws `ProviderError`, or
    /// `CancellationError`.
    /// - Parameters:
    ///   - before: waits for a turn before each attempt.
    ///   - after: sees each answer, failed ones too.
    ///   - check: looks into a response with a success status; what it returns is a failure like any other.
    package func call(
        _ operation: String, _ kind: CallKind, audience: TokenAudience = .dataPlane, _ request: HTTPRequestValue,
        before: (() async throws -> Void)? = nil, after: ((HTTPResponseValue) async -> Void)? = nil,
        check: ((HTTPResponseValue) async -> ProviderError?)? = nil
    ) async throws -> Answer {
        var attempt = 0
        var renewed = false
        while true {
            attempt += 1
            try Task.checkCancellation()
            try await before?()
            var sent = request
            for (name, value) in fields { sent.fields[name] = value }
            if sent.redirects == .none { sent.redirects = .sameOrigin }
            let token = try await credential.authenticate(&sent.fields, for: audience)
            let failure: ProviderError
            do {
                let response = await credential.redacted(try await transport.send(sent).unpacked())
                await after?(response)
                if response.status == 401, let token, !renewed, case .tokens(let cache) = credential {
                    await cache.forget(token, for: audience)
                    renewed = true
                    continue
                }
                if response.isSuccess {
                    guard let found = await check?(response) else {
                        return Answer(response: response, attempts: attempt)
                    }
                    failure = found
                } else {
                    failure = .http(await self.failure(operation, sent, response))
                }
            } catch let error as HTTPTransportError {
                failure = .transport(operation: operation, error)
            }
            guard
                let delay = retry.delay(afterAttempt: attempt, error: failure, kind: kind, unit: random.unit())
            else { throw failure }
            onRetry?(RetryNotice(error: failure, attempt: attempt, delay: delay))
            try await clock.sleep(seconds: delay)
        }
    }

    /// Makes a call and decodes its answer.
    package func call<Value: Decodable>(
        _ operation: String, _ kind: CallKind, audience: TokenAudience = .dataPlane, _ request: HTTPRequestValue,
        as type: Value.Type = Value.self
    ) async throws -> Value {
        let answer = try await call(operation, kind, audience: audience, request)
        return try await decode(answer.response, operation)
    }

    /// Decodes the body of an answer.
    /// - Throws: `ProviderError.unreadable` with the beginning of the body.
    package func decode<Value: Decodable>(
        _ response: HTTPResponseValue, _ operation: String, as type: Value.Type = Value.self
    ) async throws -> Value {
        do {
            return try type.init(json: response.body.withoutByteOrderMark)
        } catch {
            throw ProviderError.unreadable(
                operation: operation, status: response.status, reason: await beginning(of: response))
        }
    }

    private func failure(
        _ operation: String, _ request: HTTPRequestValue, _ response: HTTPResponseValue
    ) async -> ProviderFailure {
        let now = await clock.now()
        var reply: ErrorReply
        let isWebPage = ProviderText.isHTML(response.body, response.fields["content-type"])
        if let found = errors.error(in: response.body, status: response.status) {
            reply = found
            if let message = reply.message { reply.message = await credential.redacted(message) }
        } else if let target = HTTPRequestValue.redirectTarget(of: response, from: request.url) {
            let address = await credential.redacted(HTTPRequestValue.withoutSecrets(target.absoluteString))
            reply = ErrorReply(message: "the server redirects to \(address), which gets no key")
        } else {
            let text = await beginning(of: response)
            reply = ErrorReply(message: text.isEmpty ? nil : text)
        }
        if let code = reply.code { reply.code = await credential.redacted(code) }
        if let parameter = reply.parameter { reply.parameter = await credential.redacted(parameter) }
        var failure = ProviderFailure(
            operation: operation, status: response.status, error: reply.cleaned(),
            requestID: await shownRequestID(of: response), retryAfter: RateLimit.retryAfter(response.fields, now: now),
            request: await credential.redacted(request.description), isWebPage: isWebPage)
        failure.hint = errors.hint(for: failure)
        return failure
    }

    /// What a body says that makes no sense, for people. What is secret goes before the text is cut, which would leave a
    /// part of it.
    package func beginning(of response: HTTPResponseValue) async -> String {
        let body = Data(await credential.redacted(String(decoding: response.body.prefix(100_000), as: UTF8.self)).utf8)
        let isText = !response.body.prefix(1000).contains(0)
        return ProviderText.summary(ofBody: isText ? body : response.body, fields: response.fields["content-type"])
    }

    private func shownRequestID(of response: HTTPResponseValue) async -> String? {
        guard let id = requestID(of: response) else { return nil }
        return ProviderText.line(await credential.redacted(id), limit: ProviderText.wordLimit)
    }

    /// A provider's text for people: without secrets, on one line, bounded.
    package func shown(_ text: String) async -> String { ProviderText.line(await credential.redacted(text)) }

    /// The id of a request, for the provider's support.
    package func requestID(of response: HTTPResponseValue) -> String? {
        errors.requestIDFields.lazy.compactMap { response.fields[$0] }.first
    }

    /// A request with a JSON body.
    package func json(_ method: HTTPMethod, _ url: String, body: some Encodable, timeout: Double? = 60) throws
        -> HTTPRequestValue
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return HTTPRequestValue(
            method, url, fields: ["content-type": "application/json", "accept": "application/json"],
            body: [.bytes(try encoder.encode(body))], timeout: timeout)
    }

    /// A GET of a JSON document.
    package func get(_ url: String) -> HTTPRequestValue { HTTPRequestValue(.get, url, fields: ["accept": "application/json"]) }

    /// A POST without a body, such as a cancellation.
    package func post(_ url: String) -> HTTPRequestValue {
        HTTPRequestValue(.post, url, fields: ["accept": "application/json", "content-length": "0"])
    }
}

extension HTTPResponseValue {
    /// The most bytes that a packed answer in memory may become.
    private static let unpackedLimit = 256 << 20

    /// The answer with its body unpacked where the server packed it without being asked. A body that cannot be unpacked
    /// stays as it is, and then cannot be read.
    fileprivate func unpacked() -> HTTPResponseValue {
        guard Gzip.isGzip(body), let plain = try? Gzip.unpacked(body, limit: HTTPResponseValue.unpackedLimit) else {
            return self
        }
        var answer = self
        answer.body = plain
        return answer
    }
}

extension Data {
    /// The data without the byte order mark of UTF-8 that some servers begin with.
    package var withoutByteOrderMark: Data { starts(with: [0xEF, 0xBB, 0xBF]) ? dropFirst(3) : self }
}

/// Random numbers for all calls of a connection.
private final class SharedRandom: Sendable {
    private let generator: Mutex<SeededRandom>

    init(_ random: SeededRandom) { generator = Mutex(random) }

    func unit() -> Double { generator.withLock { $0.unit() } }
    func hex() -> String {
        let text = String(generator.withLock { $0.next() }, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
