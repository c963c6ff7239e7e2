// A question has the same body online, as a line of a batch, and as that line sent online.

import AzureOpenAI
import Basics
import Foundation
import Planning
import Platform
import ProviderKit
import Specification
import Steps
import TestServer
import Testing

@testable import Providers

@Suite struct SameBodyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let id: String
        var request: RequestSpec
        var shots = false
        var testDescription: String { id }
    }

    private static func request(_ change: (inout RequestSpec) -> Void) -> RequestSpec {
        var request = RequestSpec(prompt: "p")
        change(&request)
        return request
    }

    private func connection() -> ProviderConnection {
        ProviderConnection(
            credential: .none, transport: CurlTransport(connectTimeout: 2, silence: 20), clock: SystemWallClock(),
            random: SeededRandom(seed: 1), errors: OpenAIErrors(), retry: .never)
    }

    /// Guards: the online request was rendered, decoded into a type and written again, so that a parameter that the type
    /// did not support was in the key and not on the wire.
    @Test(arguments: [
        Case(id: "plain", request: request { _ in }),
        Case(
            id: "every parameter",
            request: request {
                $0.detail = .high
                $0.answer = .json(property: "breed \u{e9}\"", name: "Breed")
                $0.maxTokens = 50
                $0.temperature = 0.1
                $0.topP = 0.25
                $0.seed = 42
                $0.reasoningEffort = .minimal
            }),
        Case(id: "reasoning", request: request { $0.maxCompletionTokens = 900 }),
        Case(id: "examples", request: request { $0.temperature = 0 }, shots: true),
    ])
    func bodies(_ test: Case) async throws {
        let folder = try TestFolder()
        func image(_ name: String) throws -> ImageFile {
            let data = Data([0xFF, 0xD8, 0xFF]) + Data(name.utf8)
            return ImageFile(path: try folder.write(name, data), digest: Digest(of: data), bytes: data.count)
        }
        let shots = test.shots ? [RequestTemplate.Shot(images: [try image("shot")], label: "cat \u{1F408}")] : []
        let template = RequestTemplate(
            PreparedRequest(test.request, prompt: PromptSpec(system: "One of [{{ labels }}]. \u{e4}/\\")),
            labels: ["cat \u{1F408}", "dog"], shots: shots, dialect: OpenAIDialect())
        let asked = try image("asked")
        let line = try template.batchLine(customID: "1", model: "batch-model", images: [asked]).rendered()

        let server = try TestServer { _, _ in
            .json(
                200, #"{"id":"c","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"cat"}}]}"#)
        }
        defer { server.stop() }
        let client = ChatClient(
            connection: connection(), endpoint: ProviderEndpoint(baseURL: server.url + "/v1", surface: .openAI))
        let answering = ChatAnswering(client: client)
        let reply = try await answering.ask(template.question(about: [asked]), of: "online-model", settling: 0)
        #expect(reply.reply == .answered(ModelText("cat", finishReason: "stop")))
        _ = try await answering.ask(batchLine: line, of: "online-model", settling: 0)

        guard case .object(var body)? = try JSONValue(parsing: line)["body"] else {
            Issue.record("the line has no body")
            return
        }
        body["model"] = "online-model"
        let sent = try server.requests.map { try JSONValue(parsing: $0.body) }
        #expect(sent == [.object(body), .object(body)])
        // The fingerprint in keys and journals is computed from the same members.
        let parameters = Set(body.keys).subtracting(["model"])
        #expect(template.fingerprint(images: [asked]) == Digest(of: try bytes(without: "model", of: template, asked)))
        #expect(parameters.isSuperset(of: ["messages"]))
    }

    /// The input of a fingerprint: the body without its model, images by their digests.
    private func bytes(without key: String, of template: RequestTemplate, _ image: ImageFile) throws -> [UInt8] {
        guard case .members(let members) = template.body(model: "m", images: [image]) else { return [] }
        return PythonJSON.members(members.filter { $0.key != key }).textWithImageDigests
    }
}
