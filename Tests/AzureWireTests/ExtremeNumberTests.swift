// Extreme values of every number in a reply: decoding terminates, and arithmetic on the values is safe.

import AzureWire
import Basics
import Foundation
import Testing

@Suite struct ExtremeNumberTests {
    static let extremes = [
        "0", "-1", "2147483648", "9007199254740993", "9223372036854775807", "-9223372036854775808",
        "18446744073709551616", "1e300", "1e999", "-1e300", "1e-320", "0.5", "NaN", "Infinity",
        String(repeating: "9", count: 400),
        "null", #""""#, #""9223372036854775807""#, "[]", "{}", "true",
    ]

    struct Reply: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var read: @Sendable (Data) -> Void
        var testDescription: String { id }

        init<Value: Codable>(
            _ id: String, _ type: Value.Type, _ text: String, use: @escaping @Sendable (Value) -> Void = { _ in }
        ) {
            self.id = id
            self.text = text
            read = { bytes in
                guard let value = try? type.init(json: bytes) else { return }
                use(value)
                // Decoded values are stored and read again by later runs.
                guard let written = try? JSONEncoder().encode(value) else { return }
                #expect(throws: Never.self, "\(String(decoding: written, as: UTF8.self))") { _ = try type.init(json: written) }
            }
        }
    }

    static let replies = [
        Reply(
            "completion", ChatCompletion.self,
            """
            {"id":"c","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,"finish_reason":
            "stop","message":{"role":"assistant","content":"x"}}],"usage":{"prompt_tokens":10,"completion_tokens":2,
            "total_tokens":12,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}}
            """,
            use: { completion in
                guard let usage = completion.usage else { return }
                #expect(ChatUsage.plausible.contains(usage.promptTokens))
                #expect(ChatUsage.plausible.contains(usage.completionTokens))
                #expect((usage.cachedTokens ?? 0) <= usage.promptTokens)
                _ = (usage.promptTokens + usage.completionTokens + usage.totalTokens) * 1_000_000
            }),
        Reply(
            "batch", Batch.self,
            """
            {"id":"b","object":"batch","status":"completed","endpoint":"/v1/chat/completions","input_file_id":"f",
            "created_at":1700000000,"expires_at":1800000000,"completed_at":1700000001,
            "request_counts":{"total":6,"completed":6,"failed":0},
            "errors":{"object":"list","data":[{"code":"c","message":"m","line":3}]}}
            """,
            use: { batch in
                if let counts = batch.requestCounts { _ = (counts.total + counts.completed + counts.failed) * 1000 }
                _ = batch.createdAt.map { $0.date.ISO8601Format() }
            }),
        Reply(
            "line", BatchOutputLine.self,
            #"{"custom_id":"1","response":{"status_code":200,"request_id":"r","body":{"error":{"code":"x","message":"m"}}}}"#),
        Reply(
            "file", FileObject.self,
            #"{"id":"f","object":"file","bytes":100,"filename":"x","purpose":"batch","created_at":1,"expires_at":2}"#,
            use: { _ = ($0.bytes ?? 0) * 1000 }),
        Reply(
            "job", FineTuningJob.self,
            """
            {"id":"j","object":"fine_tuning.job","status":"succeeded","model":"m","training_file":"f","created_at":1700000000,
            "finished_at":1700000500,"trained_tokens":1000,"seed":42,"hyperparameters":{"n_epochs":2,"batch_size":3,
            "learning_rate_multiplier":0.5}}
            """,
            use: { job in
                _ = (job.trainedTokens ?? 0) * 1000
                if let end = job.finishedAt, let start = job.createdAt { _ = (end.seconds - start.seconds) * 1000 }
            }),
        Reply(
            "event", FineTuningEvent.self,
            """
            {"id":"e","object":"fine_tuning.job.event","created_at":1700000400,"level":"info","message":"m","type":"metrics",
            "data":{"step":1,"train_loss":0.5,"train_mean_token_accuracy":0.7}}
            """),
        Reply(
            "checkpoint", FineTuningCheckpoint.self,
            """
            {"id":"k","object":"fine_tuning.job.checkpoint","created_at":1700000400,"step_number":1,
            "fine_tuned_model_checkpoint":"ft:k","metrics":{"step":1,"train_loss":0.5}}
            """, use: { _ = $0.stepNumber * 1000 }),
        Reply(
            "upload", Upload.self,
            #"{"id":"u","object":"upload","bytes":100,"created_at":1,"expires_at":2,"status":"pending","filename":"x","purpose":"batch"}"#
        ),
        Reply(
            "deployment", Deployment.self,
            """
            {"id":"/d","name":"d","sku":{"name":"Standard","capacity":50},"properties":{"model":{"format":"OpenAI","name":"m",
            "version":"1"},"provisioningState":"Succeeded"}}
            """),
        Reply("error", ErrorBody.self, #"{"error":{"code":"429","status":429,"message":"slow down"}}"#),
    ]

    @Test(arguments: replies) func numbersOfReplies(_ reply: Reply) throws {
        reply.read(Data(reply.text.utf8))
        for match in reply.text.matches(of: #/[0-9]+(?:\.[0-9]+)?/#) {
            for extreme in ExtremeNumberTests.extremes {
                var text = reply.text
                text.replaceSubrange(match.range, with: extreme)
                reply.read(Data(text.utf8))
            }
        }
    }

    /// A usage that no request can have is not known. It was taken at its word, and adding it up ended this run and, from
    /// the journal, every later one.
    @Test(arguments: ["9223372036854775807", "9000000000000000000", "-5", "1e300", "1000000001"])
    func implausibleUsage(_ tokens: String) throws {
        let text = #"{"id":"c","choices":[],"usage":{"prompt_tokens":\#(tokens),"completion_tokens":1}}"#
        #expect(try ChatCompletion(json: Data(text.utf8)).usage == nil)
    }

    /// Reasoning that only the total includes cost nothing.
    @Test(
        arguments: [
            ("the total includes reasoning", #""completion_tokens":4,"total_tokens":154"#, 54, 50),
            (
                "and its details",
                #""completion_tokens":4,"total_tokens":154,"completion_tokens_details":{"reasoning_tokens":50}"#, 54, 50
            ),
            ("the completion includes it", #""completion_tokens":54,"total_tokens":154"#, 54, nil),
            ("a smaller total", #""completion_tokens":4,"total_tokens":1"#, 4, nil),
            ("no total", #""completion_tokens":4"#, 4, nil),
            ("a negative total", #""completion_tokens":4,"total_tokens":-9"#, 4, nil),
            ("an impossible total", #""completion_tokens":4,"total_tokens":9000000000000000000"#, 4, nil),
        ] as [(id: String, counts: String, completion: Int, reasoning: Int?)])
    func reasoningInTheTotal(id: String, counts: String, completion: Int, reasoning: Int?) throws {
        let text = #"{"id":"c","choices":[],"usage":{"prompt_tokens":100,\#(counts)}}"#
        let usage = try #require(try ChatCompletion(json: Data(text.utf8)).usage)
        #expect(usage.completionTokens == completion && usage.reasoningTokens == reasoning)
        #expect(usage.totalTokens == 100 + completion)
    }

    @Test(arguments: ExtremeNumberTests.extremes) func numbersOfResultFiles(_ extreme: String) {
        for text in [
            "step,train_loss\n\(extreme),0.5\n", "step,train_loss\n1,\(extreme)\n", "step\n1\n\(extreme)\n",
        ] {
            guard let file = try? ResultFile(parsing: text) else { continue }
            for row in file.rows { _ = (row.step ?? 0) * 1000 }
            _ = file.text
        }
    }
}
