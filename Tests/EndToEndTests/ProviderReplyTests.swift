// Output and cost when a provider's replies differ from the reference.

import Foundation
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct ProviderReplyTests {
    private func project(
        _ server: TestServer, route: String, request: String = "max_tokens: 20", rules: String = ""
    ) throws -> TestProject {
        let project = try TestProject()
        let models =
            route == "tuned"
            ? """
              tuned:
                provider: srv
                fine_tune:
                  model: shapes-base
                  data: { split: main, prompt: classify, detail: low, answer: text }
                  hyperparameters: { n_epochs: 2 }
            """
            : "  base: { provider: srv, model: llava, batch_deployment: llava }"
        try project.write("prices.yaml", ProviderTests.prices)
        try project.write(
            "small.yaml",
            """
            assay: 1
            name: odd
            dataset: { generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 } }
            splits:
              main: { train: 6, validation: 1, test: 3, order: name }
            prompts:
              classify: { system: "One of [{{ labels }}].", user: [image] }
            requests:
              plain: { prompt: classify, detail: low, answer: text, \(request) }
            providers:
              srv: { kind: openai, endpoint: "\(server.url)/v1", api_key: "${KEY}" }
            models:
            \(models)
            evaluations:
              accuracy:
                split: main.test
                models: { \(route == "tuned" ? "tuned: { online: plain }" : "base: { \(route): plain }") }
                \(rules)
            prices: prices.yaml
            """)
        return project
    }

    private func run(_ project: TestProject, _ arguments: String...) throws -> TestProject.Result {
        try project.assay(["run", "small.yaml", "--yes"] + arguments, environment: ["KEY": "planted-key"])
    }

    private func n(_ result: TestProject.Result) -> String? {
        result.output.firstMatch(of: #/(?m)^(?:base|tuned) +(\d+) /#).map { String($0.output.1) }
    }

    struct BatchCase: CustomTestStringConvertible, Sendable {
        let id: String
        var status: Int32 = 0
        /// Batches that are paid for.
        var batches = 1
        var says: [String] = []
        var testDescription: String { id }
    }

    /// Guards: paid batches with unexpected replies were paid for three times without a message, polled forever, or
    /// ended without the provider's reason.
    @Test(arguments: [
        BatchCase(id: "plain"), BatchCase(id: "no-status"), BatchCase(id: "flat"), BatchCase(id: "array"),
        BatchCase(id: "done"), BatchCase(id: "file-status", says: ["the undocumented status 'basking'"]),
        BatchCase(id: "no-lists", says: ["the provider has no list of jobs", "cannot be checked"]),
        BatchCase(
            id: "errors-only", status: 1,
            says: ["the provider rejects 9 of 9 images", "HTTP 400 invalid_image: Invalid image data.", "on_refused"]),
        BatchCase(id: "one-bad", status: 1, says: ["the provider rejects 1 of 9 images", "invalid_image"]),
        BatchCase(id: "all-500", status: 1, batches: 3, says: ["9 of 9 answers never arrived", "HTTP 500: boom (9 of 9"]),
        BatchCase(id: "unreadable", status: 1, says: ["cannot be read", "--retry"]),
        BatchCase(id: "cut-line", status: 1, says: ["may be among the 1 lines of batch_1 that cannot be read"]),
        BatchCase(id: "no-files", status: 1, says: ["without an output or error file"]),
        BatchCase(id: "hibernating", status: 1, says: ["the undocumented state 'hibernating'", "for 2 h"]),
    ])
    func batches(_ item: BatchCase) throws {
        let provider = OddProvider(item.id)
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let project = try project(server, route: "batch")
        let result = try run(project)
        #expect(result.status == item.status, "\(result.errors)\(result.output.suffix(2000))")
        #expect(provider.jobs == item.batches)
        for words in item.says { #expect(result.output.contains(words), "\(words): \(result.output.suffix(2500))") }
        if item.status == 0 { #expect(n(result) == "9") }
        // Nothing is bought again by running again.
        let again = try run(project)
        #expect(provider.jobs == item.batches, "\(again.output.suffix(1500))")
        #expect(again.status == item.status)
    }

    struct FewCase: CustomTestStringConvertible, Sendable {
        let id: String
        var budget = "10"
        let status: Int32
        /// Answers of the two that are requested.
        let asked: Int
        var testDescription: String { id }
    }

    /// Guards: the last few answers, which a batch left open and which are requested online, could cost any amount.
    @Test(arguments: [
        FewCase(id: "within the budget", status: 0, asked: 2), FewCase(id: "over it", budget: "0.5", status: 4, asked: 1),
    ])
    func aBudgetHoldsForTheLastFew(_ item: FewCase) throws {
        let provider = OddProvider("two-missing")
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let project = try project(server, route: "batch")
        let spec = try String(contentsOfFile: project.folder + "/small.yaml", encoding: .utf8)
        // One answer in twenty may be missing; each of these costs a dollar.
        try project.write(
            "small.yaml",
            spec.replacing("per_label: 10", with: "per_label: 21").replacing("test: 3", with: "test: 14")
                .replacing("batch_deployment", with: "deployment: llava, batch_deployment"))
        let result = try run(project, "--json", "--budget", item.budget)
        #expect(result.status == item.status, "\(result.errors)\(result.output.suffix(2000))")
        #expect(provider.asked == item.asked)
        #expect(provider.jobs == 1)
        let spent = try #require(result.end["spent_usd"] as? Double)
        #expect(spent >= Double(item.asked) && spent < Double(item.asked) + 0.5, "\(spent)")
    }

    struct RuleCase: CustomTestStringConvertible, Sendable {
        let id: String
        let rules: String
        let status: Int32
        /// Images that the score counts.
        let n: String?
        var testDescription: String { id }
    }

    /// Guards: one image that the provider rejects cost all other answers, and was not named, even with `allow_missing`.
    @Test(
        arguments: ["batch", "online"],
        [
            RuleCase(id: "no rule", rules: "", status: 1, n: nil),
            RuleCase(id: "allow_missing", rules: "allow_missing: true", status: 1, n: nil),
            RuleCase(id: "exclude", rules: "on_refused: exclude", status: 0, n: "8"),
            RuleCase(id: "wrong", rules: "on_refused: wrong", status: 0, n: "9"),
        ])
    func oneBadImage(_ route: String, _ rule: RuleCase) throws {
        let provider = OddProvider("one-bad")
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let project = try project(server, route: route, rules: rule.rules)
        let result = try run(project)
        #expect(result.status == rule.status, "\(result.errors)\(result.output.suffix(2000))")
        #expect(result.output.contains("HTTP 400 invalid_image: Invalid image data."))
        #expect(result.output.contains(".jpg"), "the image is named: \(result.output.suffix(2000))")
        #expect(n(result) == rule.n)
        #expect(provider.asked == (route == "online" ? 9 : 0), "the bad image is sent once, all others are asked")
        #expect(provider.jobs == (route == "online" ? 0 : 1))
        let show = try project.assay("show")
        #expect(show.output.contains("Invalid image data."), "\(show.output)")
        // A run without a score wrote no report.
        let runs = project.folder + "/.assay/runs/"
        let page = try FileManager.default.subpathsOfDirectory(atPath: runs).first { $0.hasSuffix(".html") }
        #expect(try String(contentsOfFile: runs + (page ?? "no page"), encoding: .utf8).contains("Invalid image data."))
        // The rule can be changed without asking again, and only consent asks again.
        let changed = try project.assay(
            ["run", "small.yaml", "--yes", "--set", "evaluations.accuracy.on_refused=exclude"], environment: ["KEY": "k"])
        #expect(changed.status == 0, "\(changed.output.suffix(1500))")
        #expect(provider.asked == (route == "online" ? 9 : 0))
        _ = try run(project, "--retry")
        #expect(route == "online" ? provider.asked == 10 : provider.jobs == 2)
    }

    /// Guards: a batch that `--retry` had bought was never collected when the next run came without `--retry`.
    @Test func whatARetryBoughtIsCollectedWithoutRetry() throws {
        let provider = OddProvider("empty-first")
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let project = try project(server, route: "batch")
        #expect(try run(project).status == 0)
        let left = try run(project, "--retry", "--detach")
        #expect(left.status == 75 && provider.jobs == 2, "\(left.errors)\(left.output.suffix(1500))")
        let collected = try run(project)
        #expect(collected.status == 0 && provider.jobs == 2, "\(collected.errors)\(collected.output.suffix(1500))")
        #expect(!collected.output.contains("empty"), "\(collected.output.suffix(1500))")
        #expect(try project.assay("jobs").output.contains("no open jobs"))
    }

    /// Guards: a model that crashes on one image cost all other answers.
    @Test func oneImageThatCrashesTheModel() throws {
        let provider = OddProvider("one-crashes")
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let project = try project(server, route: "online")
        let result = try run(project)
        #expect(result.status == 1)
        #expect(result.output.contains("1 of 9 requests failed: ask: POST \(server.url)/v1/chat/completions: HTTP 500"))
        #expect(result.output.contains(".jpg"))
        #expect(provider.asked == 8 + 3 * 7, "the others once, this one three times as often as the policy says")
        let allowed = try project.assay(
            ["run", "small.yaml", "--yes", "--set", "evaluations.accuracy.allow_missing=true"], environment: ["KEY": "k"])
        #expect(allowed.status == 0, "\(allowed.output.suffix(1500))")
        #expect(n(allowed) == "8")
    }

    @Test func keysOfReasoningModels() throws {
        let provider = OddProvider("gpt5")
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let old = try run(project(server, route: "online"))
        #expect(old.status == 1)
        #expect(old.output.contains("takes 'max_completion_tokens' instead of 'max_tokens'"), "\(old.output.suffix(1500))")
        #expect(provider.asked <= 9, "a parameter concerns all requests")
        let new = try run(project(server, route: "online", request: "max_completion_tokens: 40, reasoning_effort: low"))
        #expect(new.status == 0, "\(new.output.suffix(1500))")
        #expect(n(new) == "9")
        let both = try run(project(server, route: "online", request: "max_completion_tokens: 40, max_tokens: 40"))
        #expect(both.status == 2 && both.errors.contains("small.yaml:9:"), "\(both.errors)")
    }

    @Test func anEchoedKeyIsNeitherPrintedNorStored() throws {
        let provider = OddProvider("leak")
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let project = try project(server, route: "online")
        let result = try run(project)
        #expect(result.status == 1)
        #expect(result.output.contains("check the key"))
        #expect(!result.output.contains("planted-key") && !result.errors.contains("planted-key"))
        for path in try FileManager.default.subpathsOfDirectory(atPath: project.folder + "/.assay") {
            guard let data = FileManager.default.contents(atPath: project.folder + "/.assay/" + path) else { continue }
            #expect(data.range(of: Data("planted-key".utf8)) == nil, "\(path)")
        }
    }

    struct JobCase: CustomTestStringConvertible, Sendable {
        let id: String
        var says: String?
        var testDescription: String { id }
    }

    /// Guards: a succeeded, paid fine-tune became unusable because something else that it left could not be read.
    @Test(arguments: [
        JobCase(id: "plain"), JobCase(id: "completed"), JobCase(id: "result-none"),
        JobCase(id: "events-404", says: "the job's events could not be read"),
        JobCase(id: "result-404", says: "the job's metrics could not be read"),
        JobCase(id: "result-html", says: "the job's metrics could not be read"),
    ])
    func jobs(_ item: JobCase) throws {
        let provider = OddProvider(item.id)
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        let project = try project(server, route: "tuned")
        let result = try run(project)
        #expect(result.status == 0, "\(result.errors)\(result.output.suffix(2000))")
        #expect(n(result) == "9")
        #expect(result.output.contains("could not be read") == (item.says != nil))
        if let says = item.says {
            #expect(result.output.contains(says), "\(result.output.suffix(2000))")
            #expect(try project.assay("show").output.contains(says))
        }
        provider.repair()
        let asked = provider.asked
        let retried = try run(project, "--retry")
        #expect(retried.status == 0, "\(retried.errors)\(retried.output.suffix(2000))")
        #expect(provider.jobs == 1, "the model is paid for once")
        #expect(provider.asked == asked, "its answers, too")
        if item.id == "events-404" { #expect(!retried.output.contains("could not be read")) }
    }
}
