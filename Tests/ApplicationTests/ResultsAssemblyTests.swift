// Results assembled from the outputs of steps in the store.

import Artifacts
import Basics
import Foundation
import Planning
import Reporting
import Statistics
import Steps
import Testing

@testable import Application
@testable import Execution

@Suite struct ResultsAssemblyTests {
    /// Assembles the results of the hosted spec, with one model that answered three of four images, and the given
    /// facts.
    private func model(_ facts: AnsweringFacts) async throws -> (ModelResult, ExperimentResults) {
        let project = try Project()
        defer { project.remove() }
        let spec = try project.hostedSpec()
        let workspace = try project.workspace(spec: spec)
        let prepared = try await PreparedPlan.prepare(SpecRequest(spec: spec), workspace: workspace)
        let measure = try #require(prepared.plan.measures.first)
        let scored = ScoredSet(
            labels: ["cat", "dog"],
            answers: (0..<4).map { index in
                ScoredAnswer(
                    example: "\(index).jpg", label: "cat", answer: index == 0 ? "dog" : "cat",
                    matched: index == 0 ? "dog" : "cat",
                    outcome: index == 0 ? .wrong : .correct)
            })
        let object = try workspace.store.put(JSONEncoder().encode(scored))
        let key = StepKey(Digest(of: "answers"))
        try workspace.store.publish(
            ResultManifest(
                key: key, kind: "ask-online", step: measure.answers, experiment: "hosted", parts: [], outputs: [],
                facts: facts.json, createdAt: .now, seconds: 2, run: RunID("r"), tool: "test"))
        let assembler = ResultsAssembler(
            prepared: prepared, workspace: workspace,
            ends: [
                measure.answers: .init(state: .ran, key: key, outputs: [:], seconds: 2, message: nil, error: nil),
                measure.score: .init(
                    state: .ran, key: nil, outputs: [Score.scored: object.digest], seconds: 0, message: nil, error: nil),
            ], forecasts: [:])
        let results = try assembler.results(
            run: RunID("r"), state: .done, startedAt: .now, finishedAt: .now, command: "assay run", tool: "test")
        let model = try #require(results.variants.first?.evaluations.first?.models.first)
        return (model, results)
    }

    @Test func tokensAndCostComeFromTheFacts() async throws {
        var facts = AnsweringFacts(route: .online, model: "gpt-4o")
        facts.usage = TokenUsage(prompt: 1_000_000, completion: 100_000)
        facts.models = ["gpt-4o-2024-08-06": 4]
        facts.common.problems = ["one answer was filtered"]
        let (model, results) = try await model(facts)
        #expect(model.tokens?.input == TokenCount(1_000_000))
        #expect(model.mode == "online")
        #expect(model.emulation == nil)
        // $2.50 and $10 per million tokens, by the built-in table.
        #expect(model.resultCost == Money(dollars: 3.5))
        #expect(results.spending.allResults == Money(dollars: 3.5))
        #expect(results.spending.totalText == "$3.50")
        #expect(results.warnings.contains { $0.hasSuffix("one answer was filtered") })
    }

    /// Answers without any token count cost an unknown amount, not nothing.
    @Test func anUnknownNumberOfTokensIsNotZero() async throws {
        var facts = AnsweringFacts(route: .online, model: "gpt-4o")
        facts.usage = TokenUsage()
        facts.models = ["gpt-4o": 4]
        let (model, _) = try await model(facts)
        #expect(model.tokens == nil)
        #expect(model.resultCost == nil)
    }

    @Test func latencyBackendsAndEmulationAreReported() async throws {
        var facts = AnsweringFacts(route: .online, model: "gpt-4o")
        facts.usage = TokenUsage(prompt: 10, completion: 1)
        facts.backends = ["fp_1": 2, "emulated: Net, knows 1 of 2 labels": 2]
        facts.latency = .init(concurrency: 2, warmUp: 3, machine: "here", measuredAt: 1_700_000_000)
        let read = AnsweringFacts(facts.json)
        let (model, _) = try await model(read)
        #expect(model.latency?.concurrency == 2 && model.latency?.warmUp == 3 && model.latency?.machine == "here")
        #expect(model.emulation?.note == "emulated: Net, knows 1 of 2 labels")
        #expect(model.notes.contains { $0.contains("answered by 2 backends") })
    }
}
