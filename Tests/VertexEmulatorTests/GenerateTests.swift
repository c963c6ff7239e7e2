// generateContent, countTokens and streams.

import Basics
import EmulatorCore
import Foundation
import Platform
import Testing
import VertexEmulator

struct GenerateTests {
    private func path(_ model: String = VertexRig.model, _ verb: String = "generateContent") -> String {
        "/v1/projects/p/locations/global/publishers/google/models/\(model):\(verb)"
    }

    private func config(_ config: JSONValue, part: JSONValue = VertexRig.inline("dog")) -> JSONValue {
        VertexRig.request(part, ["generationConfig": config])
    }

    private static let schema: JSONValue = ["type": "object", "properties": ["label": ["type": "string"]], "required": ["label"]]

    @Test(arguments: [
        ("text", [:], "dog"),
        ("JSON schema", ["responseMimeType": "application/json", "responseJsonSchema": schema], "{\"label\":\"dog\"}"),
        ("Google's schema", [
            "response_mime_type": "application/json",
            "responseSchema": ["type": "OBJECT", "properties": ["x": ["type": "STRING", "enum": ["dog", "elk"]]]],
        ], "{\"x\":\"dog\"}"),
        ("enum", ["responseMimeType": "text/x.enum", "responseSchema": ["type": "STRING", "enum": ["dog", "elk"]]], "dog"),
    ] as [(String, JSONValue, String)])
    func answersTakeTheAskedForm(id: String, config: JSONValue, text: String) async throws {
        let rig = try await VertexRig.start()
        let answer = try await rig.json(.post, path(), self.config(config))
        let candidate = answer["candidates"]?.array?.first
        #expect(candidate?["content"]?["parts"]?.array?.first?["text"]?.string == text)
        #expect(candidate?["finishReason"] == "STOP")
        let usage = answer["usageMetadata"]
        #expect(usage?["promptTokensDetails"] == [["modality": "IMAGE", "tokenCount": 1120], ["modality": "TEXT", "tokenCount": 12]])
        #expect(usage?["promptTokenCount"] == 1132)
        await rig.close()
    }

    @Test func partsInEverySpellingAreRead() async throws {
        let rig = try await VertexRig.start()
        try await rig.put("a.png", VertexRig.picture("eel"), type: "image/png")
        // Bytes whose Base64 needs both special characters of the URL-safe alphabet.
        let parts: [(id: String, part: JSONValue, text: String, tokens: JSONValue)] = [
            ("snake case, URL-safe", ["inline_data": ["mime_type": "image/png", "data": .string(VertexRig.picture("dog").base64EncodedString().replacing("=", with: ""))]], "dog", 1120),
            ("stored", VertexRig.stored("a.png"), "eel", 1120),
            ("resolution", ["fileData": ["fileUri": "gs://test/a.png", "mimeType": "image/png"], "media_resolution": ["level": "MEDIA_RESOLUTION_LOW"]], "eel", 280),
        ]
        for item in parts {
            let answer = try await rig.json(.post, path(), VertexRig.request(item.part))
            #expect(answer["candidates"]?.array?.first?["content"]?["parts"]?.array?.first?["text"]?.string == item.text, "\(item.id)")
            #expect(answer["usageMetadata"]?["promptTokensDetails"]?.array?.first?["tokenCount"] == item.tokens, "\(item.id)")
        }
        await rig.close()
    }

    @Test func badRequestsAreRefused() async throws {
        let rig = try await VertexRig.start()
        let cases: [(id: String, model: String, body: JSONValue, code: Int, says: String)] = [
            ("unknown field", VertexRig.model, VertexRig.request(VertexRig.inline("dog"), ["temprature": 1]), 400, "Unknown name \"temprature\""),
            ("unknown nested field", VertexRig.model, config(["temprature": 1]), 400, "at 'generation_config'"),
            ("wrong type", VertexRig.model, config(["maxOutputTokens": "many"]), 400, "TYPE_INT32"),
            ("unknown resolution", VertexRig.model, config(["mediaResolution": "HUGE"]), 400, "TYPE_ENUM"),
            ("range", VertexRig.model, config(["temperature": 3]), 400, "temperature"),
            ("both schemas", VertexRig.model, config(["responseMimeType": "application/json", "responseSchema": ["type": "OBJECT"], "responseJsonSchema": Self.schema]), 400, "Only one"),
            ("penalty", VertexRig.model, config(["frequencyPenalty": 1]), 400, "Penalty"),
            ("level of an older model", "gemini-2.5-flash", config(["thinkingConfig": ["thinkingLevel": "LOW"]]), 400, "Thinking level"),
            ("no contents", VertexRig.model, ["contents": []], 400, "contents"),
            ("bad image", VertexRig.model, VertexRig.request(["inlineData": ["mimeType": "image/png", "data": "bm8="]]), 400, "Unable to process input image"),
            ("bad Base64", VertexRig.model, VertexRig.request(["inlineData": ["mimeType": "image/png", "data": "%%"]]), 400, "TYPE_BYTES"),
            ("type", VertexRig.model, VertexRig.request(["inlineData": ["mimeType": "image/tiff", "data": "bm8="]]), 400, "image/tiff"),
            ("web address", VertexRig.model, VertexRig.request(["fileData": ["mimeType": "image/png", "fileUri": "https://example.com/a.png"]]), 400, "fetches nothing"),
            ("two kinds of data", VertexRig.model, VertexRig.request(["text": "x", "fileData": ["mimeType": "image/png", "fileUri": "gs://test/a"]]), 400, "exactly one"),
            ("tools", VertexRig.model, VertexRig.request(VertexRig.inline("dog"), ["tools": [["googleSearch": [:]]]]), 400, "tools"),
            ("label", VertexRig.model, VertexRig.request(VertexRig.inline("dog"), ["labels": ["1": "x"]]), 400, "label"),
            ("model", "gemini-9", VertexRig.request(VertexRig.inline("dog")), 404, "gemini-9"),
            ("last turn", VertexRig.model, ["contents": [["role": "model", "parts": [["text": "x"]]]]], 400, "last turn"),
        ]
        for item in cases {
            let response = try await rig.send(.post, path(item.model), json: item.body)
            #expect(response.status == item.code, "\(item.id)")
            #expect(rig.message(response).contains(item.says), "\(item.id): \(rig.message(response))")
        }
        await rig.close()
    }

    @Test func faultsEndBlockAndRefuse() async throws {
        let operation = "generateContent"
        let rig = try await VertexRig.start {
            $0.faults = FaultScript(faults: [
                Fault.make(on: operation) { $0.blocks = "PROHIBITED_CONTENT" },
                Fault.make(on: operation) { $0.finishes = "RECITATION" },
                Fault.make(on: operation) { $0.finishes = "MAX_TOKENS" },
                Fault.make(on: operation) {
                    $0.status = 429
                    $0.retryDelay = 2.5
                    $0.message = "Resource exhausted."
                },
            ])
        }
        let body = config(["maxOutputTokens": 40])
        let blocked = try await rig.json(.post, path(), body)
        #expect(blocked["promptFeedback"]?["blockReason"] == "PROHIBITED_CONTENT" && blocked["candidates"] == nil)
        let recited = try await rig.json(.post, path(), body)
        #expect(recited["candidates"] == [["finishReason": "RECITATION"]])
        let empty = try await rig.json(.post, path(), body)
        #expect(empty["candidates"] == [["finishReason": "MAX_TOKENS"]])
        #expect(empty["usageMetadata"]?["thoughtsTokenCount"] == 40)
        let refused = try await rig.send(.post, path(), json: body)
        #expect(refused.status == 429 && rig.status(refused) == "RESOURCE_EXHAUSTED")
        #expect(try JSONValue(parsing: refused.body)["error"]?["details"] == [
            ["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.5s"]
        ])
        #expect(try await rig.send(.post, path(), json: body).status == 200)
        await rig.close()
    }

    @Test func tokensAreCountedAndAnswersStreamed() async throws {
        let rig = try await VertexRig.start()
        let counted = try await rig.json(.post, path(VertexRig.model, "countTokens"), [
            "contents": [["role": "user", "parts": [VertexRig.inline("dog"), ["text": "what is it"]]]]
        ])
        #expect(counted["totalTokens"] == 1123)
        let body = VertexRig.request(VertexRig.inline("dog"))
        let list = try await rig.json(.post, path(VertexRig.model, "streamGenerateContent"), body)
        #expect(list.array?.count == 1)
        let events = try await rig.send(.post, path(VertexRig.model, "streamGenerateContent") + "?alt=sse", json: body)
        #expect(events.fields["content-type"]?.hasPrefix("text/event-stream") == true)
        #expect(String(decoding: events.body, as: UTF8.self).hasPrefix("data: {"))
        #expect(await rig.emulator.bill()?.online.first?.requests == 2)
        await rig.close()
    }
}
