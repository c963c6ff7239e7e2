// Batches, fine-tuning jobs and models: paths, bodies, pages.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import ProviderKit
import TestServer
import Testing

@Suite struct JobClientsTests {
    struct SurfaceCase: CustomTestStringConvertible, Sendable {
        let id: String
        let base: String
        let surface: ProviderEndpoint.Surface
        let batches: String
        let chat: String
        var testDescription: String { id }
    }

    static let surfaces = [
        SurfaceCase(
            id: "azure", base: "", surface: .azure(apiVersion: "2025-04-01-preview"),
            batches: "/openai/batches?api-version=2025-04-01-preview",
            chat: "/openai/deployments/my%20gpt/chat/completions?api-version=2025-04-01-preview"),
        SurfaceCase(
            id: "azure with a slash and its own path", base: "/openai/", surface: .azure(apiVersion: "2024-10-21"),
            batches: "/openai/batches?api-version=2024-10-21",
            chat: "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"),
        SurfaceCase(
            id: "azure v1", base: "/openai/v1/", surface: .azureV1(apiVersion: nil), batches: "/openai/v1/batches",
            chat: "/openai/v1/chat/completions"),
        SurfaceCase(
            id: "azure v1 preview", base: "", surface: .azureV1(apiVersion: "preview"),
            batches: "/openai/v1/batches?api-version=preview",
            chat: "/openai/v1/chat/completions?api-version=preview"),
        SurfaceCase(
            id: "openai", base: "/v1", surface: .openAI, batches: "/v1/batches", chat: "/v1/chat/completions"),
    ]

    @Test(arguments: surfaces)
    func paths(_ surface: SurfaceCase) async throws {
        let server = try TestServer { request, _ in
            request.path.hasSuffix("completions") ? .json(200, chatJSON) : .json(200, batchJSON)
        }
        defer { server.stop() }
        let endpoint = ProviderEndpoint(baseURL: server.url + surface.base, surface: surface.surface)
        let client = ProviderClient(endpoint: endpoint, connection: connection())
        _ = try await client.batches.create(
            BatchCreateRequest(
                inputFileID: "file-1", endpoint: client.batches.chatEndpoint, metadata: ["assay": "0123"]))
        _ = try await client.chat.complete(
            ChatCompletionRequest(model: nil, messages: [.system("Hi")]), deployment: "my gpt")
        #expect(server.requests.map(\.target) == [surface.batches, surface.chat])
        let expected: JSONValue = [
            "input_file_id": "file-1", "completion_window": "24h", "metadata": ["assay": "0123"],
            "endpoint": .string(surface.surface == .openAI ? "/v1/chat/completions" : "/chat/completions"),
        ]
        #expect(try JSONValue(parsing: server.requests[0].body) == expected)
        #expect(try JSONValue(parsing: server.requests[1].body)["model"] == "my gpt")
        #expect(server.requests[0]["content-type"] == "application/json")
    }

    @Test func listsBatchesUntilOneIsFound() async throws {
        let server = try TestServer { request, _ in
            let start = request.target.contains("after=batch_12") ? 13 : request.target.contains("after") ? 11 : 9
            let batches = (start..<start + 2).map { batchJSON.replacing("batch_1", with: "batch_\($0)") }
            return .json(
                200,
                #"{"object":"list","data":[\#(batches.joined(separator: ","))],"has_more":true,"#
                    + #""last_id":"batch_\#(start + 1)"}"#)
        }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        let found = try await client.list(until: { $0.id == "batch_11" })
        #expect(found.map(\.id) == ["batch_9", "batch_10", "batch_11", "batch_12"])
        #expect(
            server.requests.map(\.target) == [
                "/openai/batches?limit=100&api-version=2024-10-21",
                "/openai/batches?limit=100&after=batch_10&api-version=2024-10-21",
            ])
    }

    /// Pages that always name another one were asked for without end.
    @Test func aListWithoutEndIsRefused() async throws {
        let server = try TestServer { _, index in
            .json(200, #"{"object":"list","data":[{"id":"b\#(index)","status":"completed"}],"has_more":true}"#)
        }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) { try await client.list() }
        #expect("\(error)".contains("does not end"), "\(error)")
    }

    /// Guards: a list with a page without new items counted as complete, although it announced another page.
    @Test(arguments: [
        ("an empty page leads on", #""data":[],"has_more":true,"last_id":"b9""#, true),
        ("an empty page leads nowhere", #""data":[],"has_more":true"#, false),
        ("the same page again", #""data":[{"id":"b1","status":"completed"}],"has_more":true"#, false),
        ("the end", #""data":[],"has_more":false"#, true),
    ])
    func aListThatDoesNotContinue(_ id: String, _ second: String, _ isComplete: Bool) async throws {
        let server = try TestServer { _, index in
            switch index {
            case 0: .json(200, #"{"object":"list","data":[{"id":"b1","status":"completed"}],"has_more":true}"#)
            case 1: .json(200, #"{"object":"list",\#(second)}"#)
            default: .json(200, #"{"object":"list","data":[{"id":"b2","status":"completed"}],"has_more":false}"#)
            }
        }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        if isComplete {
            #expect(try await client.list().map(\.id) == (second.contains("b9") ? ["b1", "b2"] : ["b1"]))
        } else {
            let error = try await #require(throws: ProviderError.self) { try await client.list() }
            #expect("\(error)".contains("has no new items"), "\(error)")
        }
    }

    @Test func cancels() async throws {
        let server = try TestServer { request, _ in
            .json(200, request.path.contains("batches") ? batchJSON : jobJSON)
        }
        defer { server.stop() }
        let client = ProviderClient(endpoint: server.classic, connection: connection())
        _ = try await client.batches.cancel("batch_1")
        _ = try await client.fineTuning.cancel("ftjob-1")
        _ = try await client.fineTuning.pause("ftjob-1")
        _ = try await client.fineTuning.resume("ftjob-1")
        #expect(server.requests.map(\.method) == ["POST", "POST", "POST", "POST"])
        #expect(
            server.requests.map(\.path) == [
                "/openai/batches/batch_1/cancel", "/openai/fine_tuning/jobs/ftjob-1/cancel",
                "/openai/fine_tuning/jobs/ftjob-1/pause", "/openai/fine_tuning/jobs/ftjob-1/resume",
            ])
        #expect(server.requests.allSatisfy { $0["content-length"] == "0" })
    }

    @Test func createsAJob() async throws {
        let server = try TestServer { _, _ in .json(201, jobJSON) }
        defer { server.stop() }
        let client = FineTuningClient(connection: connection(), endpoint: server.classic)
        let job = try await client.create(
            FineTuningJobCreateRequest(
                model: "gpt-4o-2024-08-06", trainingFile: "file-1", validationFile: "file-2",
                hyperparameters: Hyperparameters(
                    nEpochs: .value(2), batchSize: .value(6), learningRateMultiplier: .value(0.5)),
                suffix: "dogs-0123456789abcdef", seed: 42, trainingType: .globalStandard))
        #expect(job.status == .pending)
        let expected: JSONValue = [
            "model": "gpt-4o-2024-08-06", "training_file": "file-1", "validation_file": "file-2",
            "hyperparameters": ["n_epochs": 2, "batch_size": 6, "learning_rate_multiplier": 0.5],
            "suffix": "dogs-0123456789abcdef", "seed": 42, "trainingType": "globalStandard",
        ]
        #expect(try JSONValue(parsing: #require(server.requests.first).body) == expected)
    }

    @Test(arguments: [true, false])
    func eventsAreOldestFirst(_ newestFirst: Bool) async throws {
        let times = [5, 6, 6, 9]
        var events = times.enumerated().map { index, time in
            #"{"id":"ftevent-\#(index)","created_at":\#(time),"level":"info","message":"\#(index)","type":"message"}"#
        }
        if newestFirst { events.reverse() }
        let body = events.joined(separator: ",")
        let server = try TestServer { _, _ in .json(200, #"{"object":"list","data":[\#(body)],"has_more":false}"#) }
        defer { server.stop() }
        let client = FineTuningClient(connection: connection(), endpoint: server.classic)
        #expect(try await client.events(of: "ftjob-1").map(\.message) == ["0", "1", "2", "3"])
    }

    @Test(arguments: ["plain", "base64", "html"])
    func results(_ form: String) async throws {
        let csv = "step,train_loss\n1,0.5\n"
        let content: Data
        switch form {
        case "plain": content = Data(csv.utf8)
        case "base64": content = Data(csv.utf8).base64EncodedData()
        default: content = Data("<html></html>".utf8)
        }
        let server = try TestServer { _, _ in .answer(200, body: content) }
        defer { server.stop() }
        let client = FineTuningClient(connection: connection(), endpoint: server.classic)
        var job = FineTuningJob(id: "ftjob-1", createdAt: 1, status: .succeeded, model: "m", trainingFile: "f")
        #expect(try await client.results(of: job) == nil)
        job.resultFiles = ["file-9"]
        if form == "html" {
            await #expect(throws: ProviderError.self) { try await client.results(of: job) }
        } else {
            #expect(try await client.results(of: job)?.rows.map(\.trainLoss) == [0.5])
        }
    }

    @Test func models() async throws {
        let server = try TestServer { _, _ in
            .json(200, #"{"object":"list","data":[{"id":"gpt-4o","object":"model","created":1,"owned_by":"x"}]}"#)
        }
        defer { server.stop() }
        let client = ModelsClient(
            connection: connection(), endpoint: ProviderEndpoint(baseURL: server.url + "/v1", surface: .openAI))
        #expect(try await client.list().map(\.id) == ["gpt-4o"])
        #expect(server.requests.first?.target == "/v1/models")
    }
}
