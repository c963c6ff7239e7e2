// Formats explanations as text and as JSON.

import Application
import Artifacts
import Basics
import Foundation
import Planning

struct ExplanationText {
    private let prepared: PreparedPlan
    private let explanations: [StepExplanation]
    /// Forecasts of the paid steps that will run.
    private let forecasts: [StepID: StepForecast]
    private let details: ChangeDetails

    init(_ explanation: PlanExplanation) {
        prepared = explanation.prepared
        explanations = explanation.explanations
        forecasts = explanation.forecasts
        details = explanation.details
    }

    /// One line per cause with its cost, followed by the steps that run because of it.
    var text: String {
        guard !explanations.isEmpty else { return "nothing would run: every result is stored\n" }
        let causes = prepared.plan.causes(of: explanations)
        let reused = prepared.statuses.count { $0.state == .cached }
        let reuse = "; \(counted(reused, "step")) reused"
        var lines: [String] = []
        for cause in causes {
            lines.append(headline(of: cause) + "; " + runs(cause.runs) + (causes.count == 1 ? reuse : ""))
            lines += tree(of: cause)
        }
        if causes.count != 1 { lines.append("together: " + runs(explanations.map(\.step)) + reuse) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The path from one step to the causes that make it run.
    func text(of step: StepID) -> String {
        guard let at = prepared.plan.positions()[step] else { return "" }
        switch prepared.statuses[at].state {
        case .cached:
            let made = details.last(step).map { ": made \($0.createdAt.ISO8601Format()) by run \($0.run)" } ?? ""
            return "\(step) is cached\(made)\n"
        case .notNeeded: return "\(step) is not needed: no step that would run reads it\n"
        case .pending, .unknown: break
        }
        let reasons = Dictionary(explanations.map { ($0.step, $0) }, uniquingKeysWith: { first, _ in first })
        var lines: [String] = []
        var listed: Set<StepID> = []
        func list(_ step: StepID, depth: Int) {
            guard let reason = reasons[step] else { return }
            let indent = String(repeating: "  ", count: depth)
            guard listed.insert(step).inserted else {
                lines.append("\(indent)\(step), as above")
                return
            }
            lines.append(indent + step.text + (reason.after.isEmpty ? "" : " reads the output of steps that run first"))
            lines += own(reason).map { "\(indent)  \($0)" }
            for above in reason.after { list(above, depth: depth + 1) }
        }
        list(step, depth: 0)
        lines.append(runs(explanations.map(\.step)))
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Lines

    private func own(_ explanation: StepExplanation) -> [String] {
        switch explanation.reason {
        case .changed(let changes): changes.map { headline(of: .changed($0), [explanation.step]) }
        case .toolChanged(let was, let now):
            [headline(of: .toolChanged(was: was, now: now), [explanation.step])]
        case .neverRan: ["new: it has never run"]
        case .resultGone: ["gone: its result is no longer in the store"]
        case .follows: []
        }
    }

    private func headline(of cause: StaleCause) -> String { headline(of: cause.origin, cause.steps) }

    private func headline(of origin: StaleCause.Origin, _ steps: [StepID]) -> String {
        let subject = steps.count == 1 ? steps[0].text : counted(steps.count, "step")
        switch origin {
        case .changed(let change):
            return "stale: \(ExplanationText.line(change))" + details.text(of: change, at: steps[0])
        case .toolChanged(let was, let now):
            return "stale: assay \(was) → \(now) does \(subject) differently"
        case .neverRan: return "new: \(subject) has never run"
        case .resultGone:
            return "gone: the result of \(subject) is no longer in the store"
        }
    }

    /// The number of steps that run; an upper bound if some depend on results that may come out unchanged.
    private func runs(_ steps: [StepID]) -> String {
        let positions = prepared.plan.positions()
        let mayStayCached = steps.contains { step in positions[step].map { prepared.statuses[$0].state == .unknown } ?? false }
        let count = (mayStayCached ? "up to " : "") + counted(steps.count, "step")
        let outlook = CostOutlook(forecasts, steps: steps)
        let cost = outlook.known
        let unknown = outlook.unknown == nil ? "" : cost.high > .zero ? " and an unknown amount" : ", at an unknown cost"
        guard cost.high > .zero else { return "runs \(count)\(unknown)" }
        // Forecasts of hundreds of dollars are not accurate to the cent.
        let dollars = cost.expected.dollars
        let sum = dollars < 100 ? "\(cost.expected)" : "$\(Int(saturating: dollars.rounded()))"
        return "runs \(count), about \(sum)\(unknown)"
    }

    /// The steps of a cause as a tree, each under its first predecessor.
    private func tree(of cause: StaleCause) -> [String] {
        let running = Set(cause.runs)
        var below: [StepID: [StepID]] = [:]
        var roots: [StepID] = []
        for explanation in explanations where running.contains(explanation.step) {
            if let above = explanation.after.first(where: running.contains) {
                below[above, default: []].append(explanation.step)
            } else {
                roots.append(explanation.step)
            }
        }
        var lines: [String] = []
        func show(_ step: StepID, depth: Int) {
            lines.append(String(repeating: "  ", count: depth) + step.text)
            for next in below[step] ?? [] { show(next, depth: depth + 1) }
        }
        for root in roots { show(root, depth: 1) }
        return lines
    }

    private func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    /// `hyperparameters.n_epochs 2 → 3 (stanford-dogs.yaml:41:20)`.
    static func line(_ change: KeyChange) -> String {
        let place = change.place.map { " (\($0.place))" } ?? ""
        if change.was == nil, change.now == nil { return "\(change.name) changed\(place)" }
        // Digests only show that something changed, so they are not printed.
        let isDigest = [change.was, change.now].contains { $0?.string.flatMap(Digest.init(hex:)) != nil }
        if isDigest {
            let verb = change.was == nil ? "added" : change.now == nil ? "removed" : "changed"
            return "\(change.name) \(verb)\(place)"
        }
        return "\(change.name) \(shown(change.was)) → \(shown(change.now))\(place)"
    }

    /// A value, shortened to fit a line.
    private static func shown(_ value: JSONValue?) -> String {
        guard let value else { return "nothing" }
        // A trainer distinguishes 2.0 from 2.
        if case .double(let number) = value, let whole = Int64(exactly: number) { return "\(whole).0" }
        let text = value.string ?? value.canonical
        return text.count > 60 ? String(text.prefix(57)) + "…" : text
    }

    // MARK: JSON

    var json: JSONValue {
        [
            "steps": .array(
                explanations.map { explanation in
                    [
                        "id": .string(explanation.step.text),
                        "changes": .array(explanation.changes.map { json(of: $0, at: explanation.step) }),
                        "after": .array(explanation.after.map { .string($0.text) }),
                        "cost_usd": forecasts[explanation.step].map { $0.cost.map(PlanText.json) ?? .null }
                            ?? PlanText.json(.zero),
                    ]
                })
        ]
    }

    private func json(of change: KeyChange, at step: StepID) -> JSONValue {
        var members = ExplanationText.members(of: change)
        members["variables"] = .array(details.variables(of: change).map { .string($0) })
        members["files"] = .array(details.files(of: change, at: step).map { .string($0) })
        return .object(members)
    }

    static func members(of change: KeyChange) -> [String: JSONValue] {
        [
            "part": .string(change.part), "path": change.path.map { .string($0) } ?? .null, "was": change.was ?? .null,
            "now": change.now ?? .null,
            "file": change.place.map { .string($0.file) } ?? .null,
            "line": change.place.map { .int(Int64($0.line)) } ?? .null,
            "column": change.place.map { .int(Int64($0.column)) } ?? .null,
        ]
    }
}
