// Lenient parsing of the JSON form of protocol buffers.

import Basics
import Foundation
import Testing
import VertexWire

@Suite struct ProtoMessageTests {
    struct Number: CustomTestStringConvertible, Sendable {
        let json: String
        let value: Int?
        var testDescription: String { json }
    }

    @Test(arguments: [
        Number(json: "7", value: 7), Number(json: #""7""#, value: 7), Number(json: "7.0", value: 7),
        Number(json: #""9223372036854775807""#, value: .max), Number(json: "7.5", value: nil),
        Number(json: #""seven""#, value: nil), Number(json: "[]", value: nil), Number(json: "true", value: nil),
        Number(json: #""""#, value: nil),
    ])
    func anInteger(_ test: Number) throws {
        let json = #"{"tuningStepCount":\#(test.json)}"#
        let stats = try TuningJob.SupervisedStats(proto: Data(json.utf8))
        #expect(stats.tuningStepCount == ProtoInt64(test.value))
        let usage = try GenerateContentResponse.UsageMetadata(proto: Data(#"{"promptTokenCount":\#(test.json)}"#.utf8))
        #expect(usage.promptTokenCount == ProtoInt32(test.value))
    }

    @Test func integersAreWrittenAsTheServiceDoes() throws {
        let stats = TuningJob.SupervisedStats { $0.tuningStepCount = 18 }
        #expect(try JSONValue(encoding: stats) == ["tuningStepCount": "18"])
        let usage = GenerateContentResponse.UsageMetadata { $0.promptTokenCount = 18 }
        #expect(try JSONValue(encoding: usage) == ["promptTokenCount": 18])
    }

    struct Alphabet: CustomTestStringConvertible, Sendable {
        let text: String
        let bytes: [UInt8]?
        var testDescription: String { text }
    }

    @Test(arguments: [
        Alphabet(text: "+/+/", bytes: [0xFB, 0xFF, 0xBF]), Alphabet(text: "-_-_", bytes: [0xFB, 0xFF, 0xBF]),
        Alphabet(text: "YQ==", bytes: [0x61]), Alphabet(text: "YQ", bytes: [0x61]), Alphabet(text: "", bytes: []),
        Alphabet(text: "Y", bytes: nil), Alphabet(text: "*", bytes: nil),
    ])
    func bytes(_ test: Alphabet) {
        #expect(ProtoBytes(text: test.text).data.map { [UInt8]($0) } == test.bytes)
    }

    /// Labels, metadata and schemas are data: their members keep their spelling.
    @Test func onlyFieldNamesAreConverted() throws {
        let json = """
            {"system_instruction":{"parts":[{"text":"a_b"}]},"labels":{"assay_run":"k_1"},
             "generation_config":{"response_json_schema":{"properties":{"my_label":{"type":"string"}}},"top_p":0.5}}
            """
        let request = try GenerateContentRequest(proto: Data(json.utf8))
        #expect(request.systemInstruction?.parts?.first?.text == "a_b")
        #expect(request.labels == ["assay_run": "k_1"])
        #expect(request.generationConfig?.topP == 0.5)
        #expect(request.generationConfig?.responseJsonSchema?["properties"]?["my_label"] != nil)
    }

    @Test(arguments: [
        (#"{"displayName":"a","color":1}"#, "color"),
        (#"{"inputConfig":{"gcsSource":{"uris":["a"],"size":1}}}"#, "inputConfig.gcsSource.size"),
        (#"{"display_name":"a","labels":{"any":"thing"}}"#, nil),
        (#"{"color":null}"#, nil),
        (#"{"inputConfig":{"gcsSource":{"uris":"gs://b/a"}}}"#, nil),
    ])
    func unknownFields(json: String, field: String?) throws {
        #expect(BatchPredictionJob.unknownField(in: try JSONValue(parsing: Data(json.utf8))) == field)
    }

    @Test(
        arguments: [
            ("JOB_STATE_SUCCEEDED", true), ("JOB_STATE_PARTIALLY_SUCCEEDED", true), ("JOB_STATE_EXPIRED", true),
            ("JOB_STATE_FAILED", true), ("JOB_STATE_CANCELLED", true), ("JOB_STATE_CANCELLING", false),
            ("JOB_STATE_PAUSED", false), ("JOB_STATE_QUEUED", false), ("JOB_STATE_UPDATING", false),
            ("JOB_STATE_PENDING", false), ("JOB_STATE_RUNNING", false), ("JOB_STATE_NEW", nil), ("4", true), ("3", false),
        ] as [(String, Bool?)])
    func states(word: String, isEnd: Bool?) throws {
        let job = try TuningJob(proto: ["state": Int(word).map { .int(Int64($0)) } ?? .string(word)])
        #expect(job.state?.isEnd == isEnd)
    }

    struct Failure: CustomTestStringConvertible, Sendable {
        let id: String
        let body: String
        let message: String?
        let status: String?
        var delay: Double?
        var testDescription: String { id }
    }

    @Test(arguments: [
        Failure(
            id: "object", body: #"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}"#, message: "m",
            status: "INVALID_ARGUMENT"),
        Failure(
            id: "list of one", body: #"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#, message: "m",
            status: "INVALID_ARGUMENT"),
        Failure(
            id: "retry info",
            body: #"""
                {"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED",
                 "details":[{"@type":"type.googleapis.com/google.rpc.Help"},
                            {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7.5s"}]}}
                """#, message: "m", status: "RESOURCE_EXHAUSTED", delay: 7.5),
        Failure(
            id: "retry info in parts",
            body: #"""
                {"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED",
                 "details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{"seconds":"2","nanos":5e8}}]}}
                """#, message: "m", status: "RESOURCE_EXHAUSTED", delay: 2.5),
        Failure(
            id: "negative retry info",
            body: #"""
                {"error":{"message":"m","details":[{"@type":"google.rpc.RetryInfo","retryDelay":"-3s"}]}}
                """#, message: "m", status: nil),
        Failure(
            id: "negative retry info in parts",
            body: #"""
                {"error":{"message":"m","details":[{"@type":"google.rpc.RetryInfo","retryDelay":{"seconds":-5,"nanos":-3e8}}]}}
                """#, message: "m", status: nil),
        Failure(
            id: "storage", body: #"{"error":{"code":412,"message":"m","errors":[{"reason":"conditionNotMet"}]}}"#,
            message: "m", status: nil),
        Failure(id: "wrong types", body: #"{"error":{"code":"x","message":"m","details":7}}"#, message: "m", status: nil),
        Failure(
            id: "a token endpoint's", body: #"{"error":"invalid_grant","error_description":"m"}"#, message: "m",
            status: "invalid_grant"),
    ])
    func errors(_ test: Failure) throws {
        let error = try #require(ErrorEnvelope(body: Data(test.body.utf8))).error
        #expect(error.message == test.message)
        #expect(error.status == test.status)
        #expect(error.retryDelay == test.delay)
    }

    @Test(arguments: ["", "[]", "{}", "null", "x", #"{"error":null}"#, #"[["error"]]"#])
    func noError(body: String) { #expect(ErrorEnvelope(body: Data(body.utf8)) == nil) }

    @Test func aFailedLineOfABatch() throws {
        let json = #"""
            {"status":"Bad Request: {\"error\": {\"code\": 400, \"message\": \"m\", \"status\": \"INVALID_ARGUMENT\"}}",
             "processed_time":"2026-11-18T18:13:16.826+00:00","request":{"labels":{"a_b":"c"}},"response":{}}
            """#
        let line = try BatchOutputLine(proto: Data(json.utf8))
        #expect(line.failure?.error.message == "m")
        #expect(line.processedTime == "2026-11-18T18:13:16.826+00:00")
        #expect(line.wire["processed_time"] == "2026-11-18T18:13:16.826+00:00")
        #expect(BatchOutputLine { $0.status = "Unavailable" }.failure == nil)
        #expect(BatchOutputLine { $0.status = "Odd: {" }.failure == nil)
    }

    @Test func thoughtsAreNotPartOfTheAnswer() throws {
        let content = try Content(
            proto: Data(#"{"role":"model","parts":[{"text":"hm","thought":true},{"text":"c"},{"text":"at"}]}"#.utf8))
        #expect(content.answerText == "cat")
        #expect(Content().answerText.isEmpty)
    }
}
