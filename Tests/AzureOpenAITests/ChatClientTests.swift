// Chat: answers, refusals by the content filter, deployments that are not ready yet, pacing.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import ProviderKit
import TestServer
import Testing

private let question = ChatCompletionRequest(
    model: nil,
    messages: [
        .system("Name the animal."),
        .user([.image(ImageURL(url: "data:image/jpeg;base64,AA/+", detail: .low))]),
    ],
    responseFormat: .jsonSchema(
        JSONSchemaFormat(name: "Breed", schema: ["type": "object", "properties": ["breed": ["type": "string"]]])),
    maxTokens: 50, temperature: 0, seed: 42)

@Suite struct ChatClientTests {
    @Test func answer() async throws {
        let server = try TestServer { _, _ in
            .json(200, chatJSON, ["apim-request-id": "r-1", "x-ratelimit-remaining-tokens": "900"])
        }
        defer { server.stop() }
        let client = ChatClient(connection: connection(), endpoint: server.classic)
        let answer = try await client.complete(question, deployment: "gpt-4o")
        guard case .completed(let completion) = answer.result else {
            Issue.record("\(answer)")
            return
        }
        #expect(completion.choices.first?.message.content == "Cat")
        #expect(answer.attempts == 1 && answer.seconds > 0 && answer.requestID == "r-1")
        #expect(answer.rateLimit.remainingTokens == 900)
        let expected: JSONValue = [
            "model": "gpt-4o", "max_tokens": 50, "temperature": 0, "seed": 42,
            "messages": [
                ["role": "system", "content": "Name the animal."],
                [
                    "role": "user",
                    "content": [
                        [
                            "type": "image_url",
                            "image_url": ["url": "data:image/jpeg;base64,AA/+", "detail": "low"],
                        ]
                    ],
                ],
            ],
            "response_format": [
                "type": "json_schema",
                "json_schema": [
                    "name": "Breed", "strict": true,
                    "schema": ["type": "object", "properties": ["breed": ["type": "string"]]],
                ],
            ],
        ]
        #expect(try JSONValue(parsing: #require(server.requests.first).body) == expected)
    }

    @Test func secondsLeaveOutWhatWentBefore() async throws {
        let server = try TestServer { _, index in
            index == 0 ? .json(429, "{}", ["retry-after-ms": "20"]) : .json(200, chatJSON)
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        let answer = try await client.complete(question, deployment: "d")
        #expect(answer.attempts == 2)
        #expect(answer.seconds < 5)
        #expect(clock.waits.allSatisfy { $0 < 0.1 })
    }

    @Test func aRefusalOfTheFilterIsAResult() async throws {
        let server = try TestServer { _, _ in
            .json(
                400,
                """
                {"error":{"message":"filtered","code":"content_filter","param":"prompt","status":400,"innererror":
                {"code":"ResponsibleAIPolicyViolation","content_filter_result":{"violence":
                {"filtered":true,"severity":"medium"}}}}}
                """)
        }
        defer { server.stop() }
        let client = ChatClient(connection: connection(), endpoint: server.classic)
        let answer = try await client.complete(question, deployment: "d")
        guard case .filtered(let detail) = answer.result else {
            Issue.record("\(answer)")
            return
        }
        #expect(detail.filteredCategories == ["violence"])
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        (404, #"{"error":{"code":"DeploymentNotFound","message":"m"}}"#),
        (400, #"{"error":{"code":"DeploymentNotReady","message":"m"}}"#),
        (400, #"{"error":{"code":"BadRequestForDependentService","message":"m"}}"#),
    ])
    func aNewDeploymentIsGivenTime(_ status: Int, _ body: String) async throws {
        let server = try TestServer { _, index in index < 4 ? .json(status, body) : .json(200, chatJSON) }
        defer { server.stop() }
        let clock = JumpingClock()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) {
            try await client.complete(question, deployment: "d")
        }
        #expect(error.isDeploymentNotReady)
        _ = try await client.complete(question, deployment: "d", settling: 60)
        #expect(clock.waits == [5, 5, 5])
    }

    @Test func whoSharesADeploymentWaitsAfterARefusal() async throws {
        let server = try TestServer { _, index in
            index == 0
                ? .json(200, chatJSON, ["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "8"])
                : .json(200, chatJSON)
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let client = ChatClient(connection: connection(clock), endpoint: server.classic)
        _ = try await client.complete(question, deployment: "d")
        #expect(clock.waits.isEmpty)
        _ = try await client.complete(question, deployment: "d")
        #expect(clock.waits == [8])
        _ = try await client.complete(question, deployment: "d")
        #expect(clock.waits == [8])
    }

    /// Guards responses without an answer: they were scored as empty answers, or failed the step immediately.
    /// Guards: servers that send an empty error with every answer had no answers.
    @Test(arguments: ["{}", "\"\"", "null", "false", "[]", "{\"code\": 0, \"message\": \"\"}", "{\"code\": null}"])
    func anEmptyErrorBesideAnAnswerIsNone(_ error: String) async throws {
        let body = #"{"choices": [{"message": {"content": "Cat"}, "error": \#(error)}], "error": \#(error)}"#
        let server = try TestServer { _, _ in .json(200, body) }
        defer { server.stop() }
        let answer = try await ChatClient(connection: connection(JumpingClock()), endpoint: server.classic)
            .complete(question, deployment: "d")
        #expect(answer.attempts == 1)
        guard case .completed(let completion) = answer.result else {
            Issue.record("\(answer)")
            return
        }
        #expect(completion.choices.first?.message.content == "Cat")
    }

    @Test(arguments: [
        "", "<html><body>Welcome to the portal</body></html>", #"{"choices": []}"#, #"{"error": {"message": "loading"}}"#,
        #"{"choices": [{"message": {"content": "Ca"#, #"{"status": "pending"}"#,
        #"{"choices": [{"error": {"message": "boom"}, "message": {"content": ""}}]}"#,
    ])
    func aResponseWithoutAnAnswerIsSentAgain(_ body: String) async throws {
        let server = try TestServer { _, index in index < 2 ? .json(200, body) : .json(200, chatJSON) }
        defer { server.stop() }
        let client = ChatClient(connection: connection(JumpingClock()), endpoint: server.classic)
        let answer = try await client.complete(question, deployment: "d")
        #expect(answer.attempts == 3)
        guard case .completed(let completion) = answer.result else {
            Issue.record("\(answer)")
            return
        }
        #expect(completion.choices.first?.message.content == "Cat")
    }

    /// Guards: a whole completion that contradicts itself was requested 21 times, and none of them counted as paid.
    @Test(arguments: [
        ("content", #"{"choices": [{"message": {"content": "Cat", "content": "Dog"}}]}"#),
        ("choices", #"{"choices": [{"message": {"content": "Cat"}}], "choices": [{"message": {"content": "Dog"}}]}"#),
    ])
    func aContradictoryAnswerIsPaidForOnce(_ name: String, _ body: String) async throws {
        let server = try TestServer { _, _ in .json(200, body) }
        defer { server.stop() }
        let answer = try await ChatClient(connection: connection(JumpingClock()), endpoint: server.classic)
            .complete(question, deployment: "d")
        #expect(answer.result == .unreadable("it has '\(name)' twice, with different values"))
        #expect(server.requests.count == 1)
    }

    /// Guards: an error after generated tokens was requested 21 times, and none of them counted as paid.
    @Test(arguments: [
        (#"{"error": {"message": "boom"}, "usage": {"prompt_tokens": 9, "completion_tokens": 4}}"#, "boom"),
        (#"{"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}"#, "the list of choices is empty"),
        (
            #"{"choices": [{"finish_reason": "error", "message": {"content": "Ca"}}], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}"#,
            "the finish reason is 'error'"
        ),
    ])
    func anErrorAfterGeneratedTokensIsPaidForOnce(_ body: String, _ reason: String) async throws {
        let server = try TestServer { _, _ in .json(200, body) }
        defer { server.stop() }
        let answer = try await ChatClient(connection: connection(JumpingClock()), endpoint: server.classic)
            .complete(question, deployment: "d")
        #expect(answer.result == .unreadable(reason))
        #expect(server.requests.count == 1)
    }

    /// Guards: of two counts of tokens the last one was billed.
    @Test(arguments: [
        (#""usage": {"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens": 10}"#, true),
        (#""usage": {"prompt_tokens": 1000000, "completion_tokens": 1, "prompt_tokens": 1}"#, false),
        (#""usage": {"prompt_tokens": 9, "completion_tokens": 1}, "usage": {"prompt_tokens": 1, "completion_tokens": 1}"#, false),
    ])
    func contradictoryCountsAreUnknown(_ usage: String, _ isKnown: Bool) async throws {
        let server = try TestServer { _, _ in .json(200, #"{"choices": [{"message": {"content": "Cat"}}], \#(usage)}"#) }
        defer { server.stop() }
        let answer = try await ChatClient(connection: connection(JumpingClock()), endpoint: server.classic)
            .complete(question, deployment: "d")
        guard case .completed(let completion) = answer.result else {
            Issue.record("\(answer)")
            return
        }
        #expect((completion.usage != nil) == isKnown)
    }

    @Test func aResponseWithoutAnAnswerIsAnErrorInTheEnd() async throws {
        let server = try TestServer { _, _ in .json(200, #"{"error": {"message": "no vision", "code": 500}}"#) }
        defer { server.stop() }
        let client = ChatClient(connection: connection(JumpingClock()), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) {
            try await client.complete(question, deployment: "d")
        }
        #expect("\(error)".contains("HTTP 200 without an answer: 500: no vision"), "\(error)")
        #expect(server.requests.count > 1)
    }

    @Test func aFilteredPromptWithASuccessStatusIsFiltered() async throws {
        let server = try TestServer { _, _ in .json(200, #"{"error": {"message": "m", "code": "content_filter"}}"#) }
        defer { server.stop() }
        let client = ChatClient(connection: connection(), endpoint: server.classic)
        guard case .filtered = try await client.complete(question, deployment: "d").result else {
            Issue.record("not filtered")
            return
        }
    }
}
