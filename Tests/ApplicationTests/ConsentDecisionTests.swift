// Decisions on whether a run may spend money.

import Basics
import Execution
import Foundation
import Planning
import Testing

@testable import Application

@Suite struct ConsentDecisionTests {
    private struct SilentDisplay: RunDisplay {
        func take(_ event: RunEvent) {}
        func tick() {}
        func finish() {}
        func ask(_ question: String) async -> Bool { false }
    }

    private func consent(
        _ answer: PaymentQuestion.Answer, price: String = "", endpoint: String = "https://models.example.com/v1",
        budget: Money? = nil
    ) async throws -> ConsentGate.Consent {
        let project = try Project()
        defer { project.remove() }
        let spec = try project.hostedSpec(price: price, endpoint: endpoint)
        let workspace = try project.workspace(spec: spec)
        var prepared = try await PreparedPlan.prepare(SpecRequest(spec: spec), workspace: workspace)
        return try await PaymentQuestion(workspace: workspace, run: RunID("r"), answer: answer, jobs: 1, budget: budget)
            .ask(about: &prepared) { _, _ in SilentDisplay() }
    }

    @Test func withoutAPersonNothingIsSpent() async throws {
        let refusal = await #expect(throws: Refusal.self) { try await consent(.no) }
        #expect(refusal?.code == .invalid)
        #expect(refusal?.description.contains("Nothing was sent. Give --yes to spend it.") == true)
        #expect(refusal?.description.contains("$") == true, "\(String(describing: refusal))")
    }

    @Test func yesCoversEverything() async throws {
        guard case .everything = try await consent(.yes) else {
            Issue.record("--yes has a limit")
            return
        }
    }

    /// Only the spec states that a server on another machine is free.
    @Test func aServerElsewhereThatClaimsToBeFreeIsAskedAbout() async throws {
        await #expect(throws: Refusal.self) { try await consent(.no, price: ", price: free") }
    }

    @Test func aServerOnThisMachineThatIsFreeIsNot() async throws {
        guard
            case .upTo(let limit, let unknown) = try await consent(
                .no, price: ", price: free", endpoint: "http://127.0.0.1:9/v1")
        else {
            Issue.record("free work has consent to spend")
            return
        }
        #expect(limit == .zero && unknown.isEmpty)
    }

    /// A budget that cannot be counted is refused even where the user agreed to any cost.
    @Test func aBudgetNeedsPrices() async throws {
        let project = try Project()
        defer { project.remove() }
        let spec = try project.hostedSpec()
        let text = try String(contentsOfFile: spec, encoding: .utf8).replacing("model: gpt-4o", with: "model: llava")
        try project.write("spec.yaml", text)
        let workspace = try project.workspace(spec: spec)
        var prepared = try await PreparedPlan.prepare(SpecRequest(spec: spec), workspace: workspace)
        let question = PaymentQuestion(
            workspace: workspace, run: RunID("r"), answer: .yes, jobs: 1, budget: Money(dollars: 5))
        let refusal = await #expect(throws: Refusal.self) {
            _ = try await question.ask(about: &prepared) { _, _ in SilentDisplay() }
        }
        #expect(refusal?.description.contains("'llava'") == true)
    }
}
