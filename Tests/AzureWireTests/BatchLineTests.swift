// The lines of a batch's output and error files.

import AzureWire
import Basics
import Foundation
import Testing

@Suite struct BatchLineTests {
    private func line(_ json: String) throws -> BatchOutputLine {
        try JSONDecoder().decode(BatchOutputLine.self, from: Data(json.utf8))
    }

    @Test func answer() throws {
        let decoded = try line(
            """
            {"custom_id":"a","response":{"body":{"id":"1","object":"chat.completion","created":1,"model":"m",
             "choices":[{"finish_reason":"stop","index":0,"message":{"content":"Cat","role":"assistant"}}]},
             "request_id":"r","status_code":200},"error":null}
            """)
        guard case .completion(let completion)? = decoded.response?.body else {
            Issue.record("no completion")
            return
        }
        #expect(completion.choices.first?.message.content == "Cat")
        #expect(decoded.error == nil)
    }

    @Test func refusal() throws {
        let decoded = try line(
            #"{"custom_id":"a","response":{"status_code":400,"body":{"error":{"code":"content_filter"}}},"error":null}"#)
        guard case .error(let body)? = decoded.response?.body else {
            Issue.record("no error")
            return
        }
        #expect(body.error.isContentFilter)
    }

    @Test func successWithoutACompletion() throws {
        let decoded = try line(#"{"custom_id":"a","response":{"status_code":200,"body":{"object":"response"}}}"#)
        #expect(decoded.response?.body == .other(["object": "response"]))
    }

    @Test func noAnswer() throws {
        let decoded = try line(#"{"custom_id":"a","response":null,"error":{"code":"batch_cancelled","message":"m"}}"#)
        #expect(decoded.response == nil)
        #expect(decoded.error == BatchLineError(code: "batch_cancelled", message: "m"))
    }

    struct ShapeCase: CustomTestStringConvertible, Sendable {
        let id: String
        let line: String
        /// The answer's text, or `nil` where an error is expected.
        let text: String?
        var message: String?
        var testDescription: String { id }
    }

    private static let completion =
        #"{"id":"1","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Cat"}}]}"#
    private static let escaped = completion.replacing("\"", with: "\\\"")

    /// Guards: lines of paid batches that were taken as absent, and bought again, for the shape of their envelope.
    @Test(arguments: [
        ShapeCase(id: "no status", line: #"{"custom_id":"a","response":{"body":\#(completion)}}"#, text: "Cat"),
        ShapeCase(
            id: "a status as text", line: #"{"custom_id":"a","response":{"status_code":"200","body":\#(completion)}}"#,
            text: "Cat"),
        ShapeCase(id: "flat", line: #"{"custom_id":"a","response":\#(completion)}"#, text: "Cat"),
        ShapeCase(
            id: "a body as text", line: #"{"custom_id":"a","response":{"status_code":200,"body":"\#(escaped)"}}"#, text: "Cat"),
        ShapeCase(id: "a response as text", line: #"{"custom_id":"a","response":"\#(escaped)"}"#, text: "Cat"),
        ShapeCase(id: "a body without a response", line: #"{"custom_id":"a","body":\#(completion)}"#, text: "Cat"),
        ShapeCase(
            id: "choices beside the id",
            line: #"{"custom_id":"a","choices":[{"index":0,"message":{"role":"assistant","content":"Cat"}}]}"#, text: "Cat"),
        ShapeCase(
            id: "a number as id", line: #"{"custom_id":7,"response":{"status_code":200,"body":\#(completion)}}"#, text: "Cat"),
        ShapeCase(id: "customId", line: #"{"customId":"a","response":{"status_code":200,"body":\#(completion)}}"#, text: "Cat"),
        ShapeCase(
            id: "an error without a status", line: #"{"custom_id":"a","response":{"body":{"error":{"message":"why"}}}}"#,
            text: nil, message: "why"),
        ShapeCase(
            id: "a completion with a status that is no success",
            line: #"{"custom_id":"a","response":{"status_code":500,"body":{"message":"why","choices":[]}}}"#, text: nil,
            message: "why"),
        ShapeCase(id: "an error as text", line: #"{"custom_id":"a","response":null,"error":"why"}"#, text: nil, message: "why"),
        ShapeCase(
            id: "a nested error", line: #"{"custom_id":"a","error":{"error":{"message":"why"}}}"#, text: nil, message: "why"),
    ])
    func shapes(_ shape: ShapeCase) throws {
        let decoded = try line(shape.line)
        switch decoded.response?.body {
        case .completion(let completion)?: #expect(completion.choices.first?.message.content == shape.text)
        case .error(let body)?: #expect(shape.text == nil && body.error.message == shape.message)
        case .other(let value)?: Issue.record("\(value)")
        case nil: #expect(shape.text == nil && decoded.error?.message == shape.message)
        }
    }
}
