// The provider's reason reaches the user: method, address, status, request id, message, hint; bounded and without secrets.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit
import TestServer
import Testing

@Suite struct ProviderReasonTests {
    struct ReasonCase: CustomTestStringConvertible, Sendable {
        let id: String
        let status: Int
        var body: String
        var fields: [String: String] = ["Content-Type": "application/json"]
        /// Texts that the explanation contains.
        let says: [String]
        var testDescription: String { id }
    }

    /// Guards: the text of an error body reaches the user in every form that servers use.
    @Test(arguments: [
        ReasonCase(
            id: "OpenAI's", status: 400,
            body: #"{"error":{"message":"Invalid image data.","type":"invalid_request_error","code":"invalid_image"}}"#,
            says: ["HTTP 400 invalid_image: Invalid image data."]),
        ReasonCase(
            id: "a list of errors", status: 400,
            body: #"[{"error":{"code":400,"message":"Unknown name \"seed\"","status":"INVALID_ARGUMENT"}}]"#,
            says: [#"HTTP 400: Unknown name "seed""#, "remove it from the request"]),
        ReasonCase(
            id: "FastAPI's fields", status: 422,
            body: #"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}"#,
            says: ["seed: Extra inputs are not permitted", "'seed'"]),
        ReasonCase(id: "FastAPI's text", status: 422, body: #"{"detail":"no such thing"}"#, says: ["no such thing"]),
        ReasonCase(
            id: "a bare message", status: 400, body: #"{"object":"error","message":"seed is not supported","code":400}"#,
            says: ["seed is not supported", "'seed'"]),
        ReasonCase(id: "error as text", status: 400, body: #"{"error":"loading model"}"#, says: ["loading model"]),
        ReasonCase(id: "a byte order mark", status: 400, body: "\u{FEFF}{\"error\":{\"message\":\"why\"}}", says: [": why"]),
        ReasonCase(
            id: "a model that wants max_completion_tokens", status: 400,
            body:
                #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#,
            says: ["takes 'max_completion_tokens' instead of 'max_tokens'"]),
        ReasonCase(
            id: "a temperature that the model does not take", status: 400,
            body:
                #"{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model.","param":"temperature","code":"unsupported_value"}}"#,
            says: ["'temperature', or not this value: remove it"]),
        ReasonCase(
            id: "a gateway's page", status: 404, body: "<html><head><title>404 Not\n Found</title></head></html>",
            fields: ["Content-Type": "text/html"], says: ["a web page was returned instead of JSON: \"404 Not Found\"", "/v1"]),
        ReasonCase(id: "a wrong key", status: 401, body: #"{"error":{"message":"no"}}"#, says: ["check the key"]),
        ReasonCase(id: "binary data", status: 400, body: "\u{0}\u{1}\u{2}", says: ["HTTP 400"]),
        ReasonCase(
            id: "a request id", status: 400, body: #"{"error":{"message":"no"}}"#,
            fields: ["x-request-id": "r-17"], says: ["(request r-17)"]),
        ReasonCase(
            id: "another host", status: 307, body: "", fields: ["Location": "http://elsewhere.invalid/v1/batches?key=secret"],
            says: ["redirects to http://elsewhere.invalid/v1/batches, which must not receive the key"]),
    ])
    func theReasonIsShown(_ reason: ReasonCase) async throws {
        let server = try TestServer { _, _ in .answer(reason.status, reason.fields, body: Data(reason.body.utf8)) }
        defer { server.stop() }
        let endpoint = ProviderEndpoint(baseURL: server.url, surface: .openAI)
        let client = BatchesClient(connection: connection(), endpoint: endpoint)
        let error = try await #require(throws: ProviderError.self) {
            try await client.create(BatchCreateRequest(inputFileID: "f", endpoint: .openAIChat))
        }
        let text = explanation(of: error)
        #expect(text.hasPrefix("create batch: POST \(server.url)/batches: HTTP \(reason.status)"), "\(text)")
        for words in reason.says { #expect(text.contains(words), "\(text)") }
        #expect(!text.contains("secret") && !text.contains("\u{0}"))
    }

    struct HostileCase: CustomTestStringConvertible, Sendable {
        let id: String
        let body: String
        var testDescription: String { id }
    }

    /// Guards: a server's text is bounded, on one line, without control characters and without an echoed key.
    @Test(arguments: [
        HostileCase(id: "long", body: #"{"error":{"message":""# + String(repeating: "x", count: 200_000) + #""}}"#),
        HostileCase(id: "long page", body: "<html><body>" + String(repeating: "x ", count: 100_000)),
        HostileCase(
            id: "control characters",
            body: #"{"error":{"message":"\u001b[31mRED\u001b]0;owned\u0007 \r\nover\u202ewritten","code":"\u001bx"}}"#),
        HostileCase(
            id: "the key in a message",
            body: #"{"error":{"message":"Incorrect API key provided: key-1","code":"key-1","param":"key-1"}}"#),
        HostileCase(id: "the key in a page", body: "<p>headers: api-key: key-1</p>"),
        HostileCase(id: "the key where the text is cut", body: "<p>" + String(repeating: "y", count: 595) + "key-1</p>"),
    ])
    func whatAServerSendsIsTamed(_ hostile: HostileCase) async throws {
        let server = try TestServer { _, _ in
            .answer(400, ["x-request-id": "key-1"], body: Data(hostile.body.utf8))
        }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) { try await client.get("batch_1") }
        let text = explanation(of: error)
        #expect(text.count < 1500)
        #expect(!text.contains("key-1") && !text.hasSuffix("key-"))
        #expect(
            !text.unicodeScalars.contains {
                $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
            })
        var dumped = ""
        dump(error, to: &dumped)
        #expect(!dumped.contains("key-1"))
    }

    @Test(arguments: [
        ("http://h:1/chat/completions", "create batch", 404, "end 'endpoint' with /v1"),
        ("https://h.services.ai.azure.com/api/projects/p/openai/v1/files", "x", 404, "the address of a project"),
        ("https://h.openai.azure.com/openai/deployments/d/chat/completions", "ask", 404, "the name of the deployment"),
        ("https://h.openai.azure.com/v1/batches", "ask", 404, "kind: azure-openai"),
        ("http://127.0.0.1:1/v1/files", "upload", 404, "does not support files or batches"),
        ("http://127.0.0.1:1/v1/batches", "create batch", 405, "does not support files or batches"),
        ("http://127.0.0.1:1/v1/fine_tuning/jobs", "create fine-tuning job", 404, "does not support fine-tuning"),
        ("http://127.0.0.1:1/v1/batches", "list batches", 500, "check its log"),
    ])
    func addresses(_ address: String, _ operation: String, _ status: Int, _ hint: String) {
        let failure = ProviderFailure(
            operation: operation, status: status, error: ErrorDetail(code: nil, message: "Not found"),
            request: "POST " + address)
        #expect(ProviderError.http(failure).hint?.contains(hint) == true)
    }

    struct KindCase: CustomTestStringConvertible, Sendable {
        let id: String
        let status: Int
        let code: String?
        let message: String
        let isRejection: Bool
        var testDescription: String { id }
    }

    @Test(arguments: [
        KindCase(id: "a bad image", status: 400, code: "invalid_image", message: "Invalid image.", isRejection: true),
        KindCase(id: "too large", status: 413, code: nil, message: "too large", isRejection: true),
        KindCase(id: "unprocessable", status: 422, code: nil, message: "cannot read the image", isRejection: true),
        KindCase(id: "a parameter", status: 400, code: "unsupported_parameter", message: "'seed'", isRejection: false),
        KindCase(id: "a filter", status: 400, code: "content_filter", message: "filtered", isRejection: false),
        KindCase(id: "propagating", status: 400, code: "BadRequestForDependentService", message: "m", isRejection: false),
        KindCase(id: "a wrong key", status: 401, code: nil, message: "m", isRejection: false),
        KindCase(id: "no such model", status: 404, code: "model_not_found", message: "m", isRejection: false),
    ])
    func rejectionsOfOneRequest(_ kind: KindCase) {
        let error = ProviderError.http(
            ProviderFailure(
                operation: "ask", status: kind.status, error: ErrorDetail(code: kind.code, message: kind.message)))
        #expect(error.isRejection == kind.isRejection)
    }
}
