// From a provider's responses to a score: empty answers and --retry, responses without an answer, declared matching.

import Basics
import Foundation
import Synchronization
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct AnswerTests {
    /// A server with an answer that can be changed between two runs.
    private final class Answering: Sendable {
        let server: TestServer
        private let body: Body

        private final class Body: Sendable { let text = Mutex("") }

        init() throws {
            let body = Body()
            self.body = body
            server = try TestServer { request, _ in
                request.path.hasSuffix("/chat/completions") ? .json(200, body.text.withLock { $0 }) : .json(404, "{}")
            }
        }

        func say(_ message: String, finish: String = "stop") {
            say(
                body: """
                    {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "message": \(message),
                     "finish_reason": "\(finish)"}], "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}}
                    """)
        }

        func say(body text: String) { body.text.withLock { $0 = text } }

        var asked: Int { server.requests.count { $0.path.hasSuffix("/chat/completions") } }
    }

    private func spec(_ port: Int, match: String = "", answer: String = "text, max_tokens: 20") -> String {
        """
        assay: 1
        name: answers
        dataset: { generate: { pictures: shapes, labels: 3, per_label: 3, seed: 7 } }
        splits: { main: { train: 1, test: 2, order: name } }
        prompts:
          classify: { system: "One of: {{ labels }}", user: [image] }
        requests:
          ask: { prompt: classify, detail: low, answer: \(answer) }
        providers:
          here: { kind: openai, endpoint: "http://127.0.0.1:\(port)/v1" }
        models:
          base: { provider: here, model: m }
        evaluations:
          accuracy: { split: main.test, models: { base: { online: ask } }\(match.isEmpty ? "" : ", match: \(match)") }
        """
    }

    private func metrics(_ run: TestProject.Result) throws -> [String: Any] {
        let report = try #require(run.end["report"] as? String, "\(run.errors)\n\(run.output)")
        let path = URL(fileURLWithPath: report).deletingLastPathComponent().appendingPathComponent("metrics.json")
        let document = try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any]
        let variant = (document?["variants"] as? [String: Any])?["default"] as? [String: Any]
        let evaluation = (variant?["evaluations"] as? [String: Any])?["accuracy"] as? [String: Any]
        return try #require(evaluation?["base"] as? [String: Any])
    }

    /// Guards empty answers that stayed in the store for good: `--retry` sent nothing.
    @Test func retryAsksForEmptyAnswersAgain() throws {
        let project = try TestProject()
        let provider = try Answering()
        defer { provider.server.stop() }
        try project.write("spec.yaml", spec(provider.server.port))
        provider.say(#"{"role": "assistant", "content": null, "reasoning_content": "a circle?"}"#, finish: "length")
        let first = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(first.status == 0, "\(first.errors)\n\(first.output)")
        let counts = try #require(try metrics(first)["answers"] as? [String: Any])
        #expect(counts["empty"] as? Int == 6 && counts["cut_off"] as? Int == 6)
        let reasons = try #require(counts["finish_reasons"] as? [[String: Any]])
        #expect(reasons.first?["reason"] as? String == "length")
        let text = try project.assay("report")
        #expect(
            text.output.replacing(/\s+/, with: " ").contains(
                "6 cut off at the token limit: raise 'max_tokens' of the request 'ask', now 20"), "\(text.output)")

        provider.say(#"{"role": "assistant", "content": [{"type": "text", "text": "circle"}]}"#)
        let plain = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(plain.end["ran"] as? Int == 0 && provider.asked == 6)
        let retried = try project.assay("run", "spec.yaml", "--json", "--yes", "--retry")
        #expect(retried.status == 0 && provider.asked == 12, "\(retried.errors)\n\(retried.output)")
        #expect(try metrics(retried)["accuracy"] as? Double == 2.0 / 6)
        let again = try project.assay("run", "spec.yaml", "--json", "--yes", "--retry")
        #expect(again.end["ran"] as? Int == 0 && provider.asked == 12)
    }

    /// Guards a response without choices, which was scored 0% and cached.
    @Test func aResponseWithoutAnAnswerIsNeitherScoredNorKept() throws {
        let project = try TestProject()
        let provider = try Answering()
        defer { provider.server.stop() }
        try project.write("spec.yaml", spec(provider.server.port))
        provider.say(body: #"{"id": "x", "object": "chat.completion", "choices": []}"#)
        let failed = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(failed.status == 1 && failed.output.contains("the list of choices is empty"), "\(failed.output)")
        #expect(failed.steps("blocked") == ["score:accuracy:base"])
        provider.say(#"{"role": "assistant", "content": "circle"}"#)
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try metrics(run)["accuracy"] as? Double == 2.0 / 6)
    }

    @Test func decoratedAnswersAreReportedAndCanBeDeclared() throws {
        let project = try TestProject()
        let provider = try Answering()
        defer { provider.server.stop() }
        provider.say(#"{"role": "assistant", "content": "**Circle**.\n"}"#)
        try project.write("spec.yaml", spec(provider.server.port))
        let exact = try project.assay("run", "spec.yaml", "--json", "--yes")
        let numbers = try metrics(exact)
        #expect(numbers["accuracy"] as? Double == 0 && numbers["accuracy_normalized"] as? Double == 2.0 / 6)
        let text = try project.assay("report")
        #expect(text.output.contains("6 of 6 answers would match without upper and lower case"), "\(text.output)")
        #expect(text.output.contains("33.3% right instead of 0.0%"), "\(text.output)")

        try project.write("spec.yaml", spec(provider.server.port, match: "{ ignore: [case, punctuation, markdown] }"))
        let declared = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(declared.steps("ran") == ["score:accuracy:base"] && provider.asked == 6)
        #expect(try metrics(declared)["accuracy"] as? Double == 2.0 / 6)
        try project.write("spec.yaml", spec(provider.server.port, match: "{ ignore_case: true }"))
        _ = try project.assay("run", "spec.yaml", "--json", "--yes")
        try project.write("spec.yaml", spec(provider.server.port, match: "{ ignore: [case] }"))
        let alias = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(alias.end["ran"] as? Int == 0, "the two spellings are one key: \(alias.output)")
    }

    @Test func plainTextIsNotTheJSONThatWasAskedFor() throws {
        let project = try TestProject()
        let provider = try Answering()
        defer { provider.server.stop() }
        provider.say(#"{"role": "assistant", "content": "circle"}"#)
        try project.write("spec.yaml", spec(provider.server.port, answer: "{ json: label, name: Label }"))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        let numbers = try metrics(run)
        #expect(numbers["accuracy"] as? Double == 0 && numbers["accuracy_normalized"] as? Double == 0)
        #expect((numbers["answers"] as? [String: Any])?["unreadable"] as? Int == 6)
    }

    @Test(arguments: [
        ("{ aliases: { circle: [square] } }", "has the alias 'square' of 'circle', which also names 'square'"),
        ("{ aliases: { sphere: [ball] } }", "aliases of 'sphere', which is not a label"),
    ])
    func aMatchThatIsAmbiguousIsReportedBeforeAnythingIsAsked(_ match: String, _ says: String) throws {
        let project = try TestProject()
        let provider = try Answering()
        defer { provider.server.stop() }
        provider.say(#"{"role": "assistant", "content": "circle"}"#)
        try project.write("spec.yaml", spec(provider.server.port, match: match))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        // The labels of local images are known before the run begins.
        #expect(run.status == 2 && run.errors.contains(says), "\(run.output)\(run.errors)")
        #expect(provider.asked == 0)
    }
}
