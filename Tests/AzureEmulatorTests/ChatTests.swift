// Chat completions: answer formats, tokens, and rejections.

import AzureEmulator
import Basics
import EmulatorCore
import Foundation
import Platform
import Testing

struct ChatTests {
    private static let path = "/openai/deployments/base/chat/completions"

    private static func schema(_ properties: JSONValue, required: JSONValue = ["breed"]) -> JSONValue {
        [
            "type": "json_schema",
            "json_schema": [
                "name": "Answer", "strict": true,
                "schema": [
                    "type": "object", "properties": properties, "required": required, "additionalProperties": false,
                ],
            ],
        ]
    }

    @Test func answersAsTextAndAsJSON() async throws {
        let rig = try await Rig.start()
        let text = try await rig.json(.post, Self.path, ["messages": Rig.messages("dog")])
        #expect(text["choices"]?.array?.first?["message"]?["content"] == "dog")
        #expect(text["choices"]?.array?.first?["finish_reason"] == "stop")
        #expect(text["usage"]?["prompt_tokens"] == 97)
        #expect(text["usage"]?["completion_tokens"] == 1)
        #expect(text["system_fingerprint"] == "emulated: FAKE, knows 3 of 3 labels")
        let json = try await rig.json(
            .post, Self.path,
            [
                "messages": Rig.messages("dog"),
                "response_format": Self.schema(["breed": ["type": "string"]]),
            ])
        #expect(json["choices"]?.array?.first?["message"]?["content"] == #"{"breed":"dog"}"#)
        let chosen = try await rig.json(
            .post, Self.path,
            [
                "messages": Rig.messages("dog"),
                "response_format": Self.schema(["breed": ["type": "string", "enum": ["yak", "ox"]]]),
            ])
        #expect(chosen["choices"]?.array?.first?["message"]?["content"] == #"{"breed":"yak"}"#)
        await rig.close()
    }

    /// Guards: schemas as Python's libraries write them for enumerations, optional and constant values.
    @Test(
        arguments: [
            ("definition", ["$ref": "#/$defs/Breed"], "yak"),
            ("optional", ["anyOf": [["$ref": "#/$defs/Breed"], ["type": "null"]]], "yak"),
            ("constant", ["const": "ox"], "ox"), ("types", ["type": ["string", "null"]], "dog"),
            ("itself", ["$ref": "#/$defs/Loop"], nil),
            ("nowhere", ["$ref": "#/$defs/None"], nil),
        ] as [(id: String, property: JSONValue, answer: String?)])
    func fillsSchemasWithDefinitions(id: String, property: JSONValue, answer: String?) async throws {
        let rig = try await Rig.start()
        let definitions: JSONValue = [
            "Breed": ["type": "string", "enum": ["yak", "ox"], "title": "Breed"], "Loop": ["$ref": "#/$defs/Loop"],
        ]
        let schema: JSONValue = [
            "type": "object", "properties": ["breed": property], "required": ["breed"], "additionalProperties": false,
            "$defs": definitions, "title": "Answer",
        ]
        let response = try await rig.send(
            .post, Self.path,
            json: [
                "messages": Rig.messages("dog"),
                "response_format": ["type": "json_schema", "json_schema": ["name": "Answer", "strict": true, "schema": schema]],
            ])
        #expect(response.status == (answer == nil ? 400 : 200), "\(id)")
        let content = try JSONValue(parsing: response.body)["choices"]?.array?.first?["message"]?["content"]?.string
        #expect(content == answer.map { #"{"breed":"\#($0)"}"# }, "\(id)")
        await rig.close()
    }

    @Test func v1NamesTheDeploymentAsTheModel() async throws {
        let rig = try await Rig.start()
        let answer = try await rig.json(
            .post, "/openai/v1/chat/completions", ["model": "base", "messages": Rig.messages("eel")])
        #expect(answer["choices"]?.array?.first?["message"]?["content"] == "eel")
        await rig.close()
    }

    @Test func maxTokensCutTheAnswer() async throws {
        let rig = try await Rig.start()
        let long = "Chihuahua"
        let answer = try await rig.json(
            .post, Self.path,
            [
                "max_tokens": 1,
                "messages": [
                    ["role": "system", "content": .string("One of [\(long), Pug].")],
                    ["role": "user", "content": [Rig.image(long)]],
                ],
            ])
        #expect(answer["choices"]?.array?.first?["message"]?["content"] == "Chih")
        #expect(answer["choices"]?.array?.first?["finish_reason"] == "length")
        await rig.close()
    }

    struct Refusal: CustomTestStringConvertible {
        var id: String
        var path = ChatTests.path
        var body: JSONValue
        var status = 400
        var code: String
        var testDescription: String { id }
    }

    private static func user(_ part: JSONValue) -> JSONValue {
        ["messages": [["role": "user", "content": [part]]]]
    }

    /// Keys that the service or the emulator does not support are not ignored.
    private static let unserved: [(String, JSONValue)] = [
        ("temprature", 0), ("tools", [["type": "function", "function": ["name": "answer"]]]), ("tool_choice", "required"),
        ("functions", [["name": "answer"]]), ("logprobs", true), ("top_logprobs", 3), ("logit_bias", ["1": 5]),
        ("modalities", ["text", "audio"]), ("frequency_penalty", 3), ("stop", ["a", "b", "c", "d", "e"]), ("n", 2),
        ("reasoning_effort", "huge"), ("top_p", 2), ("stream_options", ["include_usage": true]),
        ("response_format", ["type": "json_object"]),
    ]

    static let refusals: [Refusal] =
        [
            Refusal(
                id: "image from the network",
                body: user(["type": "image_url", "image_url": ["url": "https://example.com/a.jpg"]]),
                code: "invalid_image_url"),
            Refusal(
                id: "picture that does not decode",
                body: [
                    "messages": [
                        ["role": "system", "content": "[a, b]"],
                        [
                            "role": "user",
                            "content": [
                                [
                                    "type": "image_url",
                                    "image_url": ["url": "data:image/png;base64,AAAA", "detail": "low"],
                                ]
                            ],
                        ],
                    ]
                ], code: "invalid_image_format"),
            Refusal(
                id: "data of another kind",
                body: user(["type": "image_url", "image_url": ["url": "data:image/tiff;base64,AAAA", "detail": "low"]]),
                code: "invalid_image_format"),
            Refusal(
                id: "image of the system",
                body: ["messages": [["role": "system", "content": [Rig.image("cat")]]]], code: "invalid_request_error"),
            Refusal(
                id: "tool without a call", body: ["messages": [["role": "tool", "content": "42"]]], code: "invalid_request_error"),
            Refusal(
                id: "Responses API", path: "/openai/v1/responses", body: ["model": "base", "input": "?"], status: 404, code: "404"
            ),
            Refusal(
                id: "unknown detail",
                body: user(["type": "image_url", "image_url": ["url": "data:image/png;base64,AAAA", "detail": "tiny"]]),
                code: "invalid_request_error"),
            Refusal(id: "no messages", body: ["messages": []], code: "invalid_request_error"),
            Refusal(
                id: "loose schema",
                body: [
                    "messages": Rig.messages("cat"),
                    "response_format": schema(["breed": ["type": "string"]], required: []),
                ], code: "invalid_request_error"),
        ]
        + unserved.map { key, value in
            Refusal(
                id: "unserved \(key)", body: .object(["messages": Rig.messages("cat"), key: value]), code: "invalid_request_error"
            )
        } + [
            Refusal(
                id: "batch deployment", path: "/openai/deployments/base-batch/chat/completions",
                body: ["messages": Rig.messages("cat")], code: "OperationNotSupported"),
            Refusal(
                id: "no such deployment", path: "/openai/deployments/none/chat/completions",
                body: ["messages": Rig.messages("cat")], status: 404, code: "DeploymentNotFound"),
        ]

    @Test(arguments: refusals)
    func refuses(_ refusal: Refusal) async throws {
        let rig = try await Rig.start()
        let response = try await rig.send(.post, refusal.path, json: refusal.body)
        #expect(response.status == refusal.status)
        #expect(rig.errorCode(response) == refusal.code)
        await rig.close()
    }

    @Test(
        arguments: [
            (
                "harmless",
                ["user": "me", "metadata": [:], "store": false, "tools": [], "logprobs": false, "presence_penalty": 0.5],
                "Chihuahua"
            ),
            ("null", ["tools": .null, "unheard_of": .null], "Chihuahua"), ("stop", ["stop": "hu"], "Chi"),
            ("stops", ["stop": ["zzz", "a"]], "Chihu"),
        ] as [(String, [String: JSONValue], String)])
    func keysWithoutEffectAreTaken(id: String, keys: [String: JSONValue], answer: String) async throws {
        let rig = try await Rig.start()
        let messages: JSONValue = [
            ["role": "system", "content": "One of [Chihuahua, Pug]."],
            ["role": "user", "content": [Rig.image("Chihuahua")]],
        ]
        let reply = try await rig.json(.post, Self.path, .object(keys.merging(["messages": messages]) { first, _ in first }))
        #expect(reply["choices"]?.array?.first?["message"]?["content"] == .string(answer), "\(id)")
        await rig.close()
    }

    /// Azure's stream begins with the filter's verdict on the prompt, in an event without choices that many clients trip over;
    /// OpenAI's has no verdicts.
    @Test(arguments: [
        (ChatTests.path, false), (ChatTests.path, true), ("/openai/v1/chat/completions", true), ("/v1/chat/completions", true),
    ])
    func streams(path: String, withUsage: Bool) async throws {
        let rig = try await Rig.start()
        let isAzure = path != "/v1/chat/completions"
        var body: [String: JSONValue] = [
            "model": isAzure ? "base" : "shapes-base", "messages": Rig.messages("dog"), "stream": true,
        ]
        if withUsage { body["stream_options"] = ["include_usage": true] }
        let response = try await rig.send(.post, path, json: .object(body))
        #expect(response.status == 200)
        let lines = String(decoding: response.body, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { $0.hasPrefix("data: ") } && lines.last == "data: [DONE]")
        let all = try lines.dropLast().map { try JSONValue(parsing: Data($0.dropFirst(6).utf8)) }
        #expect((all[0]["prompt_filter_results"] != nil) == isAzure)
        if isAzure { #expect(all[0]["choices"] == [] && all[0]["id"] == "" && all[0]["object"] == "") }
        let chunks = Array(all.dropFirst(isAzure ? 1 : 0))
        let choices = chunks.compactMap { $0["choices"]?.array?.first }
        #expect(choices.first?["delta"]?["role"] == "assistant")
        #expect(choices.allSatisfy { ($0["content_filter_results"] != nil) == isAzure })
        #expect(choices.compactMap { $0["delta"]?["content"]?.string }.joined() == "dog")
        #expect(choices.compactMap { $0["finish_reason"]?.string } == ["stop"])
        #expect(chunks.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["id"] == chunks[0]["id"] })
        #expect((chunks.last?["usage"]?["total_tokens"] == 98) == withUsage)
        await rig.close()
    }

    @Test func imagesCostTilesAtHighDetail() async throws {
        let rig = try await Rig.start()
        // The head of a PNG of 2048 by 4096 pixels, which the provider's own example counts as 1105 tokens.
        let png: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
            + [0, 0, 8, 0, 0, 0, 16, 0, 8, 2]
        let url = "data:image/png;base64," + Data(png).base64EncodedString()
        let answer = try await rig.json(
            .post, Self.path,
            Self.user(["type": "image_url", "image_url": ["url": .string(url), "detail": "high"]]))
        #expect(answer["usage"]?["prompt_tokens"] == 1105)
        await rig.close()
    }
}
