// Pacing within the tokens and requests per minute that a deployment reports.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit
import TestServer
import Testing

@Suite struct PacerTests {
    static let answer = #"""
        {"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":"a"}}],"usage":{"prompt_tokens":380,"completion_tokens":1,"total_tokens":381}}
        """#

    private let request = ChatCompletionRequest(model: nil, messages: [.system("a")], maxTokens: 20)

    /// A server that counts like the service: 1,000 tokens a minute, 400 per request, all reported in headers.
    @Test func waitsForTokensInsteadOfBeingRefused() async throws {
        let server = try TestServer { _, index in
            .json(
                200, Self.answer,
                [
                    "x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": String(max(0, 600 - 400 * index)),
                    "x-ratelimit-limit-requests": "6", "x-ratelimit-remaining-requests": String(max(0, 5 - index)),
                ])
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let start = await clock.now()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        for _ in 0..<2 { _ = try await client.complete(request, deployment: "d") }
        #expect(await clock.now() == start, "600 tokens are left after the first, 200 after the second")
        _ = try await client.complete(request, deployment: "d")
        // The missing 200 tokens become available after twelve seconds.
        let waited = await clock.now().timeIntervalSince(start)
        #expect(waited > 11 && waited < 14, "\(waited)")
        #expect(server.requests.count == 3)
    }

    @Test func uninformativeFieldsDoNotDelayRequests() async throws {
        let server = try TestServer { _, _ in
            .json(200, Self.answer, ["x-ratelimit-limit-tokens": "-1", "x-ratelimit-remaining-tokens": "-1"])
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let start = await clock.now()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        for _ in 0..<5 { _ = try await client.complete(request, deployment: "d") }
        #expect(await clock.now() == start)
    }

    /// Guards: the client waited for a reset of the whole limit although one request and its tokens were available sooner.
    @Test func theShortestSufficientWaitIsTaken() async throws {
        let server = try TestServer { _, _ in
            .json(
                200, Self.answer,
                [
                    "x-ratelimit-limit-requests": "100", "x-ratelimit-remaining-requests": "0",
                    "x-ratelimit-reset-requests": "30s", "x-ratelimit-limit-tokens": "1000",
                    "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6ms",
                ])
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let start = await clock.now()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        for _ in 0..<4 { _ = try await client.complete(request, deployment: "d") }
        // A hundred requests a minute are one in 0.6 seconds.
        let waited = await clock.now().timeIntervalSince(start)
        #expect(waited > 1.5 && waited < 3, "\(waited)")
    }

    @Test(arguments: ["1e300", "nan", "-5", "inf", "99999999999999999999999999s"])
    func invalidLimitsDoNotDelayRequests(_ text: String) async throws {
        let server = try TestServer { _, _ in
            .json(200, Self.answer, ["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": text])
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let start = await clock.now()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        for _ in 0..<3 { _ = try await client.complete(request, deployment: "d") }
        #expect(await clock.now() == start)
    }

    @Test func aRefusalHoldsAllBack() async throws {
        let server = try TestServer { _, index in
            index == 0
                ? .json(429, #"{"error":{"code":"429","message":"slow down"}}"#, ["retry-after": "7"])
                : .json(200, Self.answer)
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let start = await clock.now()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        let answer = try await client.complete(request, deployment: "d")
        #expect(answer.attempts == 2)
        #expect(await clock.now().timeIntervalSince(start) >= 7)
    }
}
