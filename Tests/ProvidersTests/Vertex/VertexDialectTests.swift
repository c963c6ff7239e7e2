// Requests to Gemini, and the meaning of its answers.

import Basics
import Foundation
import ProviderKit
import TestServer
import Testing
import VertexWire

@testable import Providers

@Suite struct VertexDialectTests {
    private static let png = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3])

    private static func image(_ folder: TestFolder) throws -> ImageFile {
        let path = try folder.write("a.png", png)
        return ImageFile(path: path, digest: Digest(of: png), bytes: png.count)
    }

    private static let form = QuestionForm(
        system: "Classify.", answer: .json(name: "label", schema: .object(["type": "object"])),
        sampling: Sampling(maxTokens: 64, temperature: 0, topP: 0.5, seed: 42, reasoningEffort: "low"))

    @Test func aRequest() throws {
        let folder = try TestFolder()
        let turns = [Turn(.user, [.image(try Self.image(folder), detail: "low"), .text("What is it?")])]
        let body = try JSONValue(parsing: GeminiWriter(Self.form).body(turns, model: "gemini-3.5-flash").rendered())
        #expect(
            body == [
                "contents": [
                    [
                        "role": "user",
                        "parts": [
                            ["inlineData": ["mimeType": "image/png", "data": .string(Self.png.base64EncodedString())]],
                            ["text": "What is it?"],
                        ],
                    ]
                ],
                "systemInstruction": ["parts": [["text": "Classify."]]],
                "generationConfig": [
                    "temperature": 0, "topP": 0.5, "maxOutputTokens": 64, "seed": 42, "responseMimeType": "application/json",
                    "responseJsonSchema": ["type": "object"], "mediaResolution": "MEDIA_RESOLUTION_LOW",
                    "thinkingConfig": ["thinkingLevel": "LOW"],
                ],
            ])
        #expect(GenerateContentRequest.unknownField(in: body) == nil)
    }

    /// The table in docs/vertex.md.
    @Test(arguments: [("low", "MEDIA_RESOLUTION_LOW"), ("high", "MEDIA_RESOLUTION_HIGH"), ("auto", nil)] as [(String, String?)])
    func detailBecomesMediaResolution(detail: String, resolution: String?) throws {
        let folder = try TestFolder()
        let turns = [Turn(.user, [.image(try Self.image(folder), detail: detail)])]
        let writer = GeminiWriter(QuestionForm(system: nil))
        let body = try JSONValue(parsing: writer.body(turns, model: "m").rendered())
        #expect(body["generationConfig"]?["mediaResolution"]?.string == resolution)
        let line = try JSONValue(parsing: writer.trainingLine(turns, teaching: .supervised(answer: "cat")).rendered())
        #expect(line["generationConfig"]?["mediaResolution"]?.string == resolution)
        #expect(line["contents"]?.array?.last == ["role": "model", "parts": [["text": "cat"]]])
        #expect(line["request"] == nil)
    }

    /// Written to a file, a line has the same bytes as in memory.
    @Test func aBatchLineIsStreamed() async throws {
        let folder = try TestFolder()
        let turns = [Turn(.user, [.image(try Self.image(folder), detail: "auto"), .text("?")])]
        let line = GeminiWriter(QuestionForm(system: nil)).batchLine(turns, id: "17", model: "m", path: nil)
        let shards = try await JSONLWriter(folder: folder.url, name: "lines").write(count: 1) { _ in line }
        let written = try Data(contentsOf: folder.url.appending(path: try #require(shards.first).name))
        #expect(written == (try line.rendered()) + Data("\n".utf8))
        let value = try JSONValue(parsing: written)
        #expect(value.object?.keys.sorted() == ["request"])
        #expect(value["request"]?["labels"] == ["assay-id": "17"])
        #expect(value["request"]?["contents"]?.array?.first?["parts"]?.array?.first?["inlineData"]?["mimeType"] == "image/png")
    }

    @Test(arguments: ["0", "17", "a_b-c", "With Space", "x-1", "ü", ""])
    func idsSurviveALabel(id: String) {
        let label = VertexDialect.label(id)
        #expect(label.wholeMatch(of: #/[a-z0-9_-]*/#) != nil)
        #expect(VertexDialect.id(label) == id)
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let id: String
        let json: String
        let reply: ModelReply
        var testDescription: String { id }
    }

    private static let usage =
        #""usageMetadata":{"promptTokenCount":1130,"candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":1142,"#
        + #""promptTokensDetails":[{"modality":"IMAGE","tokenCount":1120},{"modality":"TEXT","tokenCount":10}]}"#
    private static let counted = Usage(input: 1130, imageInput: 1120, output: 12, reasoning: 7)

    @Test(arguments: [
        Answer(
            id: "an answer",
            json: #"{"candidates":[{"content":{"parts":[{"text":"cat"}]},"finishReason":"STOP"}],\#(usage),"modelVersion":"m"}"#,
            reply: .answered(ModelText("cat", finishReason: "stop", usage: counted, model: "m"))),
        Answer(
            id: "thoughts apart",
            json: #"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"cat"}]},"finishReason":"STOP"}]}"#,
            reply: .answered(ModelText("cat", finishReason: "stop"))),
        Answer(
            id: "cut off", json: #"{"candidates":[{"content":{"parts":[{"text":"ca"}]},"finishReason":"MAX_TOKENS"}]}"#,
            reply: .truncated(ModelText("ca", finishReason: "max_tokens"))),
        Answer(
            id: "thinking used up the tokens", json: #"{"candidates":[{"finishReason":"MAX_TOKENS"}]}"#,
            reply: .truncated(ModelText("", finishReason: "max_tokens"))),
        Answer(
            id: "blocked answer", json: #"{"candidates":[{"finishReason":"SAFETY"}]}"#,
            reply: .filtered(ModelText("", finishReason: "safety"))),
        Answer(
            id: "recitation", json: #"{"candidates":[{"finishReason":"RECITATION"}]}"#,
            reply: .filtered(ModelText("", finishReason: "recitation"))),
        Answer(
            id: "blocked prompt",
            json: #"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":5}}"#,
            reply: .filtered(ModelText("", usage: Usage(input: 5, output: 0)))),
        Answer(
            id: "blocked prompt with a total",
            json: #"""
                {"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}
                """#, reply: .filtered(ModelText("", usage: Usage(input: 5, output: 0)))),
        Answer(
            id: "blocked prompt without counts", json: #"{"promptFeedback":{"blockReason":"SAFETY"}}"#, reply: .filtered(nil)),
        Answer(
            id: "nothing", json: "{}", reply: .failed("the reply has no candidates and no reason", isTransient: true)),
        Answer(
            id: "an unknown reason without text", json: #"{"candidates":[{"finishReason":"NEW_REASON"}]}"#,
            reply: .failed("no answer: NEW_REASON", isTransient: true)),
        Answer(
            id: "an unknown reason after generated tokens", json: #"{"candidates":[{"finishReason":"OTHER"}],\#(usage)}"#,
            reply: .unreadable("no answer: OTHER")),
        Answer(
            id: "an unknown reason with text",
            json: #"{"candidates":[{"content":{"parts":[{"text":"cat"}]},"finishReason":"NEW_REASON"}]}"#,
            reply: .answered(ModelText("cat", finishReason: "new_reason"))),
        Answer(
            id: "no count of the answer",
            json:
                #"{"candidates":[{"content":{"parts":[{"text":"c"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5}}"#,
            reply: .answered(ModelText("c", finishReason: "stop"))),
        Answer(
            id: "the count of the answer is the rest",
            json:
                #"{"candidates":[{"content":{"parts":[{"text":"c"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"totalTokenCount":9}}"#,
            reply: .answered(ModelText("c", finishReason: "stop", usage: Usage(input: 5, output: 4)))),
    ])
    func answers(_ test: Answer) throws { #expect(ModelReply(gemini: Data(test.json.utf8)) == test.reply) }

    /// Guards: of two members of one name, or of one name in two spellings, the last one was scored or billed.
    @Test(arguments: [
        Answer(
            id: "two texts", json: #"{"candidates":[{"content":{"parts":[{"text":"cat","text":"dog"}]},"finishReason":"STOP"}]}"#,
            reply: .unreadable("it has 'text' twice, with different values")),
        Answer(
            id: "two contents",
            json:
                #"{"candidates":[{"content":{"parts":[{"text":"cat"}]},"content":{"parts":[{"text":"dog"}]},"finishReason":"STOP"}]}"#,
            reply: .unreadable("it has 'content' twice, with different values")),
        Answer(
            id: "two spellings",
            json:
                #"{"candidates":[{"content":{"parts":[{"text":"cat"}]},"finishReason":"STOP","finish_reason":"SAFETY"}]}"#,
            reply: .unreadable("it has 'finishReason' twice, with different values")),
        Answer(
            id: "two equal ones",
            json:
                #"{"candidates":[{"content":{"parts":[{"text":"cat","text":"cat"}]},"finishReason":"STOP","finish_reason":"STOP"}]}"#,
            reply: .answered(ModelText("cat", finishReason: "stop"))),
        Answer(
            id: "two counts",
            json:
                #"{"candidates":[{"content":{"parts":[{"text":"c"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9000,"candidatesTokenCount":1,"promptTokenCount":5}}"#,
            reply: .answered(ModelText("c", finishReason: "stop"))),
        Answer(
            id: "a name that does not matter",
            json:
                #"{"responseId":"a","responseId":"b","candidates":[{"content":{"parts":[{"text":"c"}]},"finishReason":"MAX"}]}"#,
            reply: .answered(ModelText("c", finishReason: "max"))),
    ])
    func contradictions(_ test: Answer) throws {
        #expect(ModelReply(gemini: Data(test.json.utf8)) == test.reply)
        let line = ResultLine(
            gemini: Data(#"{"status":"","request":{"labels":{"assay-id":"3"}},"response":\#(test.json)}"#.utf8))
        #expect(line.id == "3")
        #expect(line.reply == test.reply)
    }

    @Test func aLineWithTwoIdsHasNone() {
        let line = ResultLine(
            gemini: Data(#"{"status":"","request":{"labels":{"assay-id":"3","assay-id":"4"}},"response":{}}"#.utf8))
        #expect(line.id == nil)
    }

    struct Line: Sendable, CustomTestStringConvertible {
        let id: String
        let json: String
        let reply: ModelReply
        var testDescription: String { id }
    }

    @Test(arguments: [
        Line(
            id: "a failed line",
            json:
                #"{"status":"Bad Request: {\"error\": {\"code\": 400, \"message\": \"Unable to process input image.\", \"status\": \"INVALID_ARGUMENT\"}}","request":{"labels":{"assay-id":"3"}},"response":{}}"#,
            reply: .rejected("HTTP 400 INVALID_ARGUMENT: Unable to process input image.")),
        Line(
            id: "capacity",
            json:
                #"{"status":"Too Many Requests: {\"error\": {\"code\": 429, \"message\": \"Resource exhausted.\", \"status\": \"RESOURCE_EXHAUSTED\"}}","request":{"labels":{"assay-id":"3"}},"response":{}}"#,
            reply: .failed("HTTP 429 RESOURCE_EXHAUSTED: Resource exhausted.", isTransient: true)),
        Line(
            id: "a setting that the model refuses",
            json:
                #"{"status":"Bad Request: {\"error\": {\"code\": 400, \"message\": \"frequencyPenalty is not supported\", \"status\": \"INVALID_ARGUMENT\"}}","request":{"labels":{"assay-id":"3"}},"response":{}}"#,
            reply: .failed("HTTP 400 INVALID_ARGUMENT: frequencyPenalty is not supported", isTransient: false)),
        Line(
            id: "a status of another form",
            json: #"{"status":"Unavailable","request":{"labels":{"assay-id":"3"}},"response":{}}"#,
            reply: .failed("Unavailable", isTransient: true)),
        Line(
            id: "a line before its answer", json: #"{"status":"","request":{"labels":{"assay-id":"3"}},"response":{}}"#,
            reply: .failed("the line has no answer yet", isTransient: true)),
        Line(
            id: "a blocked prompt",
            json: #"{"status":"","request":{"labels":{"assay-id":"3"}},"response":{"promptFeedback":{"blockReason":"SAFETY"}}}"#,
            reply: .filtered(nil)),
        Line(
            id: "an answer of another form",
            json: #"{"status":"","request":{"labels":{"assay-id":"3"}},"response":{"candidates":7}}"#,
            reply: .unreadable("the reply is not a Gemini response")),
    ])
    func resultLines(_ test: Line) {
        let line = ResultLine(gemini: Data(test.json.utf8))
        #expect(line.id == "3")
        #expect(line.reply == test.reply)
    }

    @Test func aLineThatIsNotJSONIsKept() {
        let line = ResultLine(gemini: Data("{".utf8))
        #expect(line.id == nil && line.reply == .unreadable("the line is not JSON"))
    }
}
