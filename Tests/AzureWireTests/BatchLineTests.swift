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

    @Test func successWhoseBodyIsNoCompletion() throws {
        let decoded = try line(#"{"custom_id":"a","response":{"status_code":200,"body":{"object":"response"}}}"#)
        #expect(decoded.response?.body == .other(["object": "response"]))
    }

    @Test func noAnswer() throws {
        let decoded = try line(#"{"custom_id":"a","response":null,"error":{"code":"batch_cancelled","message":"m"}}"#)
        #expect(decoded.response == nil)
        #expect(decoded.error == BatchLineError(code: "batch_cancelled", message: "m"))
    }
}
