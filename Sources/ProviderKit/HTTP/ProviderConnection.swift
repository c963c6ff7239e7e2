// Sends calls to one provider: authentication, retries and decoding. Plug-ins build their clients on it.

package import Basics
package import Foundation
package import Platform
import Synchronization

/// Passed to `onRetry` before a call is repeated.
package struct RetryNotice: Sendable {
    /// The failure that caused the retry.
    package var error: ProviderError
    /// The failed attempt, from 1.
    package var attempt: Int
    /// Seconds until the next attempt.
    package var delay: Double
}

/// The resources that all clients of one provider share. Creating it opens no connection.
package struct ProviderConnection: Sendable {
    /// Added to every attempt.
    package let credential: ProviderCredential
    /// Sends the requests; redirects stay within the same origin by default.
    package let transport: any HTTPTransport
    /// The provider's time, for waits and dates.
    package let clock: any WallClock
    /// Applies to every call.
    package let retry: RetryPolicy
    /// Parses the provider's errors.
    package let errors: any ErrorDialect
    /// Header fields sent with every request, such as the billed project.
    package let fields: [String: String]
    /// Called before the wait for another attempt.
    package let onRetry: (@Sendable (RetryNotice) -> Void)?
    private let random: SharedRandom

    /// - Parameter random: for jitter and form boundaries.
    package init(
        credential: ProviderCredential, transport: any HTTPTransport, clock: any WallClock, random: SeededRandom,
        errors: any ErrorDialect, retry: RetryPolicy = RetryPolicy(), fields: [String: String] = [:],
        onRetry: (@Sendable (RetryNotice) -> Void)? = nil
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

    /// A random number in 0..<1, for jitter.
    func unit() -> Double { random.unit() }

    /// A form boundary that occurs in a file with a probability of at most 2^-128.
    package func boundary() -> String { "assay-\(random.hex())\(random.hex())" }

    /// A response and the number of attempts it took.
    package struct Answer: Sendable {
        /// The last response, with secrets redacted.
        package var response: HTTPResponseValue
        /// From 1.
        package var attempts: Int
    }

    /// Makes a call until it succeeds, fails permanently or exhausts the retry policy. Throws `ProviderError` or
    /// `CancellationError`.
    /// - Parameters:
    ///   - before: called before each attempt, to wait for capacity.
    ///   - after: receives each response, including errors.
    ///   - check: inspects a response with a success status; an error that it returns is treated like any other
    ///     failure.
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

    /// Makes a call and decodes its response. Throws `ProviderError` or `CancellationError`.
    package func call<Value: Decodable>(
        _ operation: String, _ kind: CallKind, audience: TokenAudience = .dataPlane, _ request: HTTPRequestValue,
        as type: Value.Type = Value.self
    ) async throws -> Value {
        let answer = try await call(operation, kind, audience: audience, request)
        return try await decode(answer.response, operation)
    }

    /// Decodes the body of a response.
    /// - Throws: `ProviderError.unreadable` with the beginning of the body.
    package func decode<Value: Decodable>(
        _ response: HTTPResponseValue, _ operation: String, as type: Value.Type = Value.self
    ) async throws -> Value {
        do {
            return try type.init(received: response.body)
        } catch {
            throw ProviderError.unreadable(
                operation: operation, status: response.status, reason: await beginning(of: response))
        }
    }

    /// Builds the error of a response, with secrets redacted and advice added.
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
            reply = ErrorReply(message: "the server redirects to \(address), which must not receive the key")
        } else {
            let text = await beginning(of: response)
            reply = ErrorReply(message: text.isEmpty ? nil : text)
        }
        if let code = reply.code { reply.code = await credential.redacted(code) }
        if let parameter = reply.parameter { reply.parameter = await credential.redacted(parameter) }
        var failure = ProviderFailure(
            operation: operation, status: response.status, error: reply.cleaned(),
            requestID: await shownRequestID(of: response),
            retryAfter: RateLimit.retryAfter(response.fields, now: now) ?? reply.retryAfter,
            request: await credential.redacted(request.description), isWebPage: isWebPage)
        failure.hint = errors.hint(for: failure)
        return failure
    }

    /// A readable summary of a body that cannot be interpreted. Secrets are removed before the text is cut, because
    /// cutting could leave part of one.
    package func beginning(of response: HTTPResponseValue) async -> String {
        let body = Data(await credential.redacted(String(decoding: response.body.prefix(100_000), as: UTF8.self)).utf8)
        let isText = !response.body.prefix(1000).contains(0)
        return ProviderText.summary(ofBody: isText ? body : response.body, fields: response.fields["content-type"])
    }

    private func shownRequestID(of response: HTTPResponseValue) async -> String? {
        guard let id = requestID(of: response) else { return nil }
        return ProviderText.line(await credential.redacted(id), limit: ProviderText.wordLimit)
    }

    /// A provider's text for display: secrets redacted, on one line, bounded.
    package func shown(_ text: String) async -> String { ProviderText.line(await credential.redacted(text)) }

    /// The id of a request, for the provider's support; untrusted text.
    package func requestID(of response: HTTPResponseValue) -> String? {
        errors.requestIDFields.lazy.compactMap { response.fields[$0] }.first
    }

    /// A request with a JSON body with sorted keys. `timeout` is in seconds.
    package func json(
        _ method: HTTPMethod, _ url: String, body: some Encodable, timeout: Double? = 60
    ) throws
        -> HTTPRequestValue
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return HTTPRequestValue(
            method, url, fields: ["content-type": "application/json", "accept": "application/json"],
            body: [.bytes(try encoder.encode(body))], timeout: timeout)
    }

    /// A GET request for a JSON document.
    package func get(_ url: String) -> HTTPRequestValue { HTTPRequestValue(.get, url, fields: ["accept": "application/json"]) }

    /// A POST request without a body, such as a cancellation.
    package func post(_ url: String) -> HTTPRequestValue {
        HTTPRequestValue(.post, url, fields: ["accept": "application/json", "content-length": "0"])
    }
}

extension HTTPResponseValue {
    /// The maximum decompressed size of a response in memory, in bytes.
    private static let unpackedLimit = 256 << 20

    /// The response with its body decompressed, for servers that compress unasked. A body that cannot be decompressed
    /// is returned unchanged and then fails to decode.
    fileprivate func unpacked() -> HTTPResponseValue {
        guard Gzip.isGzip(body), let plain = try? Gzip.unpacked(body, limit: HTTPResponseValue.unpackedLimit) else {
            return self
        }
        var answer = self
        answer.body = plain
        return answer
    }
}

/// The random numbers of all calls of a connection.
private final class SharedRandom: Sendable {
    private let generator: Mutex<SeededRandom>

    init(_ random: SeededRandom) { generator = Mutex(random) }

    func unit() -> Double { generator.withLock { $0.unit() } }
    func hex() -> String {
        let text = String(generator.withLock { $0.next() }, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
