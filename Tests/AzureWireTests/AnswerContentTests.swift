// The forms in which servers send a model's answer, and responses without an answer.

import AzureWire
import Basics
import Foundation
import Testing

@Suite struct AnswerContentTests {
    struct Content: Sendable, CustomTestStringConvertible {
        var id: String
        var message: String
        var text: String?
        var refusal: String?
        var testDescription: String { id }
    }

    /// Guards content that is not a plain string: it became an empty answer, which was cached.
    @Test(arguments: [
        Content(id: "text", message: #"{"content": "red"}"#, text: "red"),
        Content(id: "null", message: #"{"content": null}"#),
        Content(id: "no content", message: #"{"role": "assistant"}"#),
        Content(id: "text part", message: #"{"content": [{"type": "text", "text": "red"}]}"#, text: "red"),
        Content(
            id: "thinking and text",
            message:
                #"{"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "red"}]}"#,
            text: "red"),
        Content(
            id: "two parts", message: #"{"content": [{"type": "text", "text": "light "}, {"type": "text", "text": "red"}]}"#,
            text: "light red"),
        Content(
            id: "output text", message: #"{"content": [{"type": "output_text", "text": "red", "annotations": []}]}"#, text: "red"),
        Content(id: "text with a value", message: #"{"content": [{"type": "text", "text": {"value": "red"}}]}"#, text: "red"),
        Content(id: "strings", message: #"{"content": ["red"]}"#, text: "red"),
        Content(id: "object", message: #"{"content": {"type": "text", "text": "red"}}"#, text: "red"),
        Content(id: "other object", message: #"{"content": {"label": "red"}}"#, text: #"{"label":"red"}"#),
        Content(id: "number", message: #"{"content": 7}"#, text: "7"),
        Content(id: "truth value", message: #"{"content": true}"#, text: "true"),
        Content(
            id: "unknown part", message: #"{"content": [{"type": "audio", "id": "a"}]}"#, text: #"[{"id":"a","type":"audio"}]"#),
        Content(id: "empty list", message: #"{"content": []}"#),
        Content(id: "thinking alone", message: #"{"content": [{"type": "thinking", "thinking": "hm"}]}"#),
        Content(id: "reasoning beside", message: #"{"content": null, "reasoning_content": "red"}"#),
        Content(id: "refusal", message: #"{"content": null, "refusal": "I cannot"}"#, refusal: "I cannot"),
        Content(id: "refusal part", message: #"{"content": [{"type": "refusal", "refusal": "I cannot"}]}"#, refusal: "I cannot"),
    ])
    func content(_ item: Content) throws {
        let message = try ChatAnswerMessage(json: Data(item.message.utf8))
        #expect(message.content == item.text)
        #expect(message.refusal == item.refusal)
    }

    struct Body: Sendable, CustomTestStringConvertible {
        var id: String
        var json: String
        /// `nil` for an answer.
        var failure: String?
        var testDescription: String { id }
    }

    @Test(arguments: [
        Body(id: "answer", json: #"{"choices": [{"message": {"content": "red"}}]}"#),
        Body(id: "empty answer", json: #"{"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}"#),
        Body(id: "no choice", json: #"{"choices": []}"#, failure: "the list of choices is empty"),
        Body(id: "error", json: #"{"error": {"message": "model is loading", "code": "loading"}}"#, failure: "model is loading"),
        Body(id: "error as text", json: #"{"error": "model is loading"}"#, failure: "model is loading"),
        Body(id: "error beside no choice", json: #"{"choices": [], "error": {"message": "boom"}}"#, failure: "boom"),
        Body(
            id: "error in a choice",
            json: #"{"choices": [{"error": {"message": "boom"}, "message": {"content": ""}, "finish_reason": "error"}]}"#,
            failure: "boom"),
        Body(
            id: "finish reason error", json: #"{"choices": [{"message": {"content": ""}, "finish_reason": "error"}]}"#,
            failure: "the finish reason is 'error'"),
        Body(
            id: "error beside an answer", json: #"{"choices": [{"message": {"content": "red"}}], "error": {"message": "quota"}}"#,
            failure: "quota"),
        Body(
            id: "part of an answer",
            json: #"{"choices": [{"message": {"content": "red"}, "finish_reason": "error"}]}"#,
            failure: "the finish reason is 'error'"),
        Body(
            id: "broken off", json: #"{"choices": [{"message": {"content": "re"}, "finish_reason": "abort"}]}"#,
            failure: "the finish reason is 'abort'"),
        Body(
            id: "failed", json: #"{"choices": [{"message": {"content": "re"}, "finish_reason": "FAILED"}]}"#,
            failure: "the finish reason is 'FAILED'"),
        Body(id: "another finish reason", json: #"{"choices": [{"message": {"content": "red"}, "finish_reason": "eos"}]}"#),
        Body(id: "null error", json: #"{"choices": [{"message": {"content": "red"}}], "error": null}"#),
        Body(id: "older completions", json: #"{"choices": [{"text": "red"}]}"#),
    ])
    func failure(_ item: Body) throws {
        #expect(try ChatCompletion(json: Data(item.json.utf8)).failure?.message == item.failure)
    }

    /// Choices were read in the order of the list, ignoring their indexes.
    @Test func theChoiceWithTheLowestIndexIsFirst() throws {
        func first(_ choices: String) throws -> String? {
            try ChatCompletion(json: Data(#"{"choices": [\#(choices)]}"#.utf8)).choices.first?.message.content
        }
        #expect(try first(#"{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}"#) == "a")
        #expect(try first(#"{"message": {"content": "a"}}, {"message": {"content": "b"}}"#) == "a")
    }

    @Test func aBodyWithoutChoicesIsNotACompletion() {
        #expect(throws: DecodingError.self) { try ChatCompletion(json: Data(#"{"status": "pending"}"#.utf8)) }
        #expect(throws: DecodingError.self) { try ChatCompletion(json: Data(#"{"choices": null}"#.utf8)) }
        #expect(throws: DecodingError.self) { try ChatCompletion(json: Data(#"{"choices": [{"index": 0}]}"#.utf8)) }
    }
}
