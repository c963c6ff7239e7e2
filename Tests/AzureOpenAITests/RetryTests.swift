// Retries: calls that may be repeated, calls that may not, and delays.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit
import TestServer
import Testing

private let creation = BatchCreateRequest(inputFileID: "file-1", endpoint: .azureChat)

@Suite struct RetryTests {
    struct CreateCase: CustomTestStringConvertible, Sendable {
        let id: String
        let reply: TestServer.Reply
        let attempts: Int
        /// The final error; `nil` when a later attempt succeeds.
        let outcome: CallOutcome?
        var testDescription: String { id }
    }

    /// The server fails twice in the same way, then creates.
    @Test(arguments: [
        CreateCase(id: "429", reply: .json(429, #"{"error":{"code":"429","message":"slow"}}"#), attempts: 3, outcome: nil),
        CreateCase(id: "500", reply: .json(500, "{}"), attempts: 1, outcome: .unknown),
        CreateCase(id: "502 without JSON", reply: .answer(502, body: Data("<html>".utf8)), attempts: 1, outcome: .unknown),
        CreateCase(id: "503", reply: .json(503, "{}", ["Retry-After": "1"]), attempts: 1, outcome: .unknown),
        CreateCase(id: "408", reply: .json(408, "{}"), attempts: 1, outcome: .unknown),
        CreateCase(id: "cut", reply: .cut, attempts: 1, outcome: .unknown),
        CreateCase(
            id: "reply cut in the middle", reply: .short(201, body: Data("{".utf8), missing: 99), attempts: 1, outcome: .unknown),
        CreateCase(
            id: "400", reply: .json(400, #"{"error":{"code":"token_limit_exceeded","message":"m"}}"#), attempts: 1,
            outcome: .surelyNotDone),
        CreateCase(id: "404", reply: .json(404, #"{"error":{"code":"notFound"}}"#), attempts: 1, outcome: .surelyNotDone),
        CreateCase(id: "200 that is no batch", reply: .json(200, "[]"), attempts: 1, outcome: .unknown),
    ])
    func createsAreNotRepeatedBlindly(_ fault: CreateCase) async throws {
        let server = try TestServer { _, index in index < 2 ? fault.reply : .json(201, batchJSON) }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        if let outcome = fault.outcome {
            let error = try await #require(throws: ProviderError.self) { try await client.create(creation) }
            #expect(error.outcome == outcome)
        } else {
            #expect(try await client.create(creation).id == "batch_1")
        }
        #expect(server.requests.count == fault.attempts)
    }

    struct ReadCase: CustomTestStringConvertible, Sendable {
        let id: String
        let reply: TestServer.Reply
        let succeeds: Bool
        var testDescription: String { id }
    }

    @Test(arguments: [
        ReadCase(id: "429", reply: .json(429, "{}"), succeeds: true),
        ReadCase(id: "500", reply: .json(500, "{}"), succeeds: true),
        ReadCase(id: "503", reply: .answer(503), succeeds: true),
        ReadCase(id: "408", reply: .json(408, "{}"), succeeds: true),
        ReadCase(id: "cut", reply: .cut, succeeds: true),
        ReadCase(id: "short", reply: .short(200, body: Data(batchJSON.utf8), missing: 4), succeeds: true),
        ReadCase(id: "409", reply: .json(409, #"{"error":{"message":"conflict, retry"}}"#), succeeds: true),
        ReadCase(
            id: "409 that no waiting changes", reply: .json(409, #"{"error":{"code":"itemDoesAlreadyExist"}}"#), succeeds: false),
        ReadCase(id: "425", reply: .json(425, "{}"), succeeds: true),
        ReadCase(id: "529", reply: .json(529, #"{"error":{"type":"overloaded_error"}}"#), succeeds: true),
        ReadCase(id: "501", reply: .json(501, "{}"), succeeds: false),
        ReadCase(id: "400", reply: .json(400, "{}"), succeeds: false),
        ReadCase(id: "401", reply: .json(401, "{}"), succeeds: false),
        ReadCase(id: "404", reply: .json(404, "{}"), succeeds: false),
        ReadCase(
            id: "429 because the money is used up", reply: .json(429, #"{"error":{"code":"insufficient_quota"}}"#),
            succeeds: false),
    ])
    func readingIsRepeated(_ fault: ReadCase) async throws {
        let server = try TestServer { _, index in index < 2 ? fault.reply : .json(200, batchJSON) }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        if fault.succeeds {
            #expect(try await client.get("batch_1").id == "batch_1")
            #expect(server.requests.count == 3)
        } else {
            await #expect(throws: ProviderError.self) { try await client.get("batch_1") }
            #expect(server.requests.count == 1)
        }
    }

    @Test func aRefusedConnectionSurelyDidNothing() async throws {
        let endpoint = ProviderEndpoint(
            baseURL: "http://127.0.0.1:\(try TestServer.freePort())", surface: .azure(apiVersion: "v"))
        let clock = JumpingClock()
        let client = BatchesClient(connection: connection(clock), endpoint: endpoint)
        let error = try await #require(throws: ProviderError.self) { try await client.create(creation) }
        #expect(error.outcome == .surelyNotDone)
        #expect(clock.waits.count == RetryPolicy().attempts - 1)
    }

    struct WaitCase: CustomTestStringConvertible, Sendable {
        let id: String
        let fields: [String: String]
        /// The wait before the second attempt.
        let wait: ClosedRange<Double>
        var testDescription: String { id }
    }

    // The clock is stopped at Fri, 15 Jan 2027 08:00:00 GMT.
    @Test(arguments: [
        WaitCase(id: "milliseconds first", fields: ["retry-after-ms": "1500", "Retry-After": "9"], wait: 1.5...2.5),
        WaitCase(id: "seconds", fields: ["Retry-After": "9"], wait: 9...10),
        WaitCase(id: "a fraction of seconds", fields: ["Retry-After": "0.5"], wait: 0.5...0.6),
        WaitCase(id: "a date", fields: ["Retry-After": "Fri, 15 Jan 2027 08:00:30 GMT"], wait: 30...31),
        WaitCase(id: "a date that is over", fields: ["Retry-After": "Fri, 15 Jan 2027 07:00:30 GMT"], wait: 0...0.05),
        WaitCase(id: "no word", fields: [:], wait: 0.25...0.5),
        WaitCase(id: "minus one", fields: ["Retry-After": "-1", "retry-after-ms": "-1"], wait: 0.25...0.5),
        WaitCase(id: "nonsense", fields: ["Retry-After": "later"], wait: 0.25...0.5),
        WaitCase(id: "the shorter of two", fields: ["retry-after-ms": "20000", "Retry-After": "9"], wait: 9...10),
        WaitCase(id: "a date as RFC 850 has it", fields: ["Retry-After": "Friday, 15-Jan-27 08:00:30 GMT"], wait: 30...31),
        WaitCase(id: "a date as asctime writes it", fields: ["Retry-After": "Fri Jan 15 08:00:30 2027"], wait: 30...31),
        WaitCase(
            id: "a date by the server's own clock",
            fields: ["Date": "Fri, 15 Jan 2027 09:00:00 GMT", "Retry-After": "Fri, 15 Jan 2027 09:00:30 GMT"], wait: 30...31),
        WaitCase(id: "a duration", fields: ["Retry-After": "1m30s"], wait: 90...91),
        WaitCase(
            id: "the reset of the limit that is used up",
            fields: [
                "x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "50s",
                "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2s",
            ], wait: 2...3),
        WaitCase(id: "more than a number holds", fields: ["Retry-After": "1e300", "retry-after-ms": "1e300"], wait: 0.25...0.5),
        WaitCase(id: "no number", fields: ["Retry-After": "nan", "retry-after-ms": "inf"], wait: 0.25...0.5),
        WaitCase(id: "years", fields: ["Retry-After": "99999999999999999999"], wait: 0.25...0.5),
        WaitCase(id: "a date that is none", fields: ["Retry-After": "Fri, 99 Jan 2027 99:99:99 GMT"], wait: 0.25...0.5),
        // A very long one is reported, and the call tried earlier: see below.
        WaitCase(id: "a whole day", fields: ["Retry-After": "86400"], wait: 60...61),
    ])
    func waitsAsLongAsTheServerAsks(_ wait: WaitCase) async throws {
        let server = try TestServer { _, index in
            index == 0 ? .json(429, "{}", wait.fields) : .json(200, batchJSON)
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let client = BatchesClient(connection: connection(clock), endpoint: server.classic)
        _ = try await client.get("batch_1")
        #expect(clock.waits.count == 1)
        #expect(wait.wait.contains(clock.waits.first ?? -1), "waited \(clock.waits)")
    }

    /// Guards: a wait of a day failed the call immediately, without stating its length.
    @Test func aVeryLongWaitIsNamed() async throws {
        let server = try TestServer { _, _ in .json(429, #"{"error":{"message":"daily limit"}}"#, ["Retry-After": "86400"]) }
        defer { server.stop() }
        let clock = JumpingClock()
        let client = BatchesClient(connection: connection(clock), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) { try await client.get("batch_1") }
        #expect(error.retryAfter == 86400)
        #expect("\(error)".contains("daily limit (the server requested a wait of 24 h)"))
        #expect(clock.waits.map { Int($0) } == [60, 120, 240, 480, 600, 600])
    }

    @Test func backsOffAndGivesUp() async throws {
        let server = try TestServer { _, _ in .json(500, #"{"error":{"code":"internalFailure","message":"m"}}"#) }
        defer { server.stop() }
        let clock = JumpingClock()
        let policy = RetryPolicy(attempts: 7, firstDelay: 1, maxDelay: 10)
        let client = BatchesClient(connection: connection(clock, retry: policy), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) { try await client.get("batch_1") }
        #expect(error.status == 500 && error.code == "internalFailure")
        let ceilings = [1.0, 2, 4, 8, 10, 10]
        #expect(clock.waits.count == ceilings.count)
        for (wait, ceiling) in zip(clock.waits, ceilings) { #expect(wait <= ceiling && wait >= ceiling / 2) }
        #expect(Set(clock.waits.map { $0 / 10 }).count == clock.waits.count, "all waits differ by chance")
    }
}

@Suite struct RateLimitTests {
    @Test func reads() {
        let limit = RateLimit([
            "x-ratelimit-remaining-requests": "12", "X-RateLimit-Remaining-Tokens": "-1",
            "x-ratelimit-limit-tokens": "50000", "x-rate-limit-reset-tokens": "17", "x-ratelimit-reset-requests": "20ms",
        ])
        #expect(limit.remainingRequests == 12)
        #expect(limit.remainingTokens == nil)
        #expect(limit.limitTokens == 50000 && limit.limitRequests == nil)
        #expect(limit.resetTokens == 17 && limit.resetRequests == 0.02)
    }

    @Test(
        arguments: [
            ("6m0s", 360.0), ("1h2m3.5s", 3723.5), ("150ms", 0.15), ("1s", 1), ("2.5", 2.5), ("soon", nil), ("-1", nil),
            ("5", 5), ("1x", nil), ("", nil),
        ] as [(String, Double?)])
    func durations(_ text: String, _ seconds: Double?) {
        #expect(RateLimit(["x-ratelimit-reset-tokens": text]).resetTokens == seconds)
    }
}
