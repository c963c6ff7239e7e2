// Sends calls to one provider: authentication, attempts, decoding. The clients of the resources are made of it.

import AzureWire
package import Basics
import Foundation
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
    /// Sent with every request, such as OpenAI's organisation and project.
    package let fields: [String: String]
    package let onRetry: (@Sendable (RetryNotice) -> Void)?
    private let random: SharedRandom

    package init(
        credential: ProviderCredential, transport: any HTTPTransport, clock: any WallClock, random: SeededRandom,
        retry: RetryPolicy = RetryPolicy(), fields: [String: String] = [:], onRetry: (@Sendable (RetryNotice) -> Void)? = nil
    ) {
        self.credential = credential
        self.transport = transport
        self.clock = clock
        self.retry = retry
        self.fields = fields
        self.onRetry = onRetry
        self.random = SharedRandom(random)
    }

    func unit() -> Double { random.unit() }

    /// A text that stands in no file but by chance in 2^128.
    func boundary() -> String { "assay-\(random.hex())\(random.hex())" }

    /// An answer and how many attempts it took.
    struct Answer {
        var response: HTTPResponseValue
        var attempts: Int
    }

    /// Makes a call until it succeeds, surely fails or the policy gives up. Throws `ProviderError`, or
    /// `CancellationError`.
    /// - Parameters:
    ///   - before: waits for a turn before each attempt.
    ///   - after: sees each answer, failed ones too.
    ///   - check: looks into a response with a success status; what it returns is a failure like any other.
    func call(
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
    func call<Value: Decodable>(
        _ operation: String, _ kind: CallKind, audience: TokenAudience = .dataPlane, _ request: HTTPRequestValue,
        as type: Value.Type = Value.self
    ) async throws -> Value {
        let answer = try await call(operation, kind, audience: audience, request)
        return try await decode(answer.response, operation)
    }

    func decode<Value: Decodable>(
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
        var detail: ErrorDetail
        let isWebPage = ProviderText.isHTML(response.body, response.fields["content-type"])
        if let body = try? ErrorBody(json: response.body.withoutByteOrderMark) {
            detail = body.error
            if let message = detail.message { detail.message = await credential.redacted(message) }
        } else if let target = HTTPRequestValue.redirectTarget(of: response, from: request.url) {
            let address = await credential.redacted(HTTPRequestValue.withoutSecrets(target.absoluteString))
            detail = ErrorDetail(code: nil, message: "the server redirects to \(address), which gets no key")
        } else {
            let text = await beginning(of: response)
            detail = ErrorDetail(code: nil, message: text.isEmpty ? nil : text)
        }
        if let code = detail.code { detail.code = await credential.redacted(code) }
        if let param = detail.param { detail.param = await credential.redacted(param) }
        if let type = detail.type { detail.type = await credential.redacted(type) }
        return ProviderFailure(
            operation: operation, status: response.status, error: detail.cleaned(),
            requestID: await shownRequestID(of: response), retryAfter: RateLimit.retryAfter(response.fields, now: now),
            request: await credential.redacted(request.description), isWebPage: isWebPage)
    }

    /// What a body says that makes no sense, for people. What is secret goes before the text is cut, which would leave a
    /// part of it.
    func beginning(of response: HTTPResponseValue) async -> String {
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

    func requestID(of response: HTTPResponseValue) -> String? {
        ["apim-request-id", "x-request-id", "x-ms-request-id"].lazy.compactMap { response.fields[$0] }.first
    }

    /// A request with a JSON body.
    func json(_ method: HTTPMethod, _ url: String, body: some Encodable, timeout: Double? = 60) throws
        -> HTTPRequestValue
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return HTTPRequestValue(
            method, url, fields: ["content-type": "application/json", "accept": "application/json"],
            body: [.bytes(try encoder.encode(body))], timeout: timeout)
    }

    func get(_ url: String) -> HTTPRequestValue { HTTPRequestValue(.get, url, fields: ["accept": "application/json"]) }

    /// A POST without a body, such as a cancellation.
    func post(_ url: String) -> HTTPRequestValue {
        HTTPRequestValue(.post, url, fields: ["accept": "application/json", "content-length": "0"])
    }

    /// The most pages of a list, and the most bytes of all of them: a server may send pages without end.
    private static let mostPages = 2000
    private static let mostListBytes = 256 << 20

    /// All items of a list, page by page, each once; stops early after an item for which `last` is true. Throws
    /// `ProviderError.unreadable` beyond the most pages or bytes of a list: part of one is never taken for all of it.
    func pages<Item: Codable & Sendable>(
        _ operation: String, limit: Int?, id: (Item) -> String,
        last: (Item) -> Bool = { _ in false }, url: ([(String, String)]) throws -> String
    ) async throws -> [Item] {
        var items: [Item] = []
        var seen: Set<String> = []
        var after: String?
        var pages = 0
        var bytes = 0
        while true {
            pages += 1
            guard pages <= ProviderConnection.mostPages, bytes <= ProviderConnection.mostListBytes else {
                throw ProviderError.unreadable(
                    operation: operation, status: 200,
                    reason: "the list does not end: \(items.count) items in \(pages - 1) pages")
            }
            var query: [(String, String)] = []
            if let limit { query.append(("limit", String(limit))) }
            if let after { query.append(("after", after)) }
            let answer = try await call(operation, .repeatable, get(try url(query)))
            bytes += answer.response.body.count
            let page: ListPage<Item> = try await decode(answer.response, operation)
            let new = page.data.filter { seen.insert(id($0)).inserted }
            items += new
            // A page with nothing new would be asked for again and again.
            guard page.hasMore == true, !new.isEmpty, !new.contains(where: last), let end = page.data.last else {
                return items
            }
            after = page.lastID ?? id(end)
        }
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
    var withoutByteOrderMark: Data { starts(with: [0xEF, 0xBB, 0xBF]) ? dropFirst(3) : self }
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
