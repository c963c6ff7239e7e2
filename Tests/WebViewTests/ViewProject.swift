// A project with runs, and its pages without a connection.

import Basics
import Foundation
import Ledger
import Platform
import Reporting
import Statistics
import TaskKit
import Tasks

@testable import Application
@testable import WebView

/// A temporary project with runs that are written directly.
struct ViewProject {
    let folder: String

    /// Text that would act if a page did not escape it.
    static let hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u{202E}\u{0}"
    static let png = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 7, count: 40))

    init() throws {
        folder = NSTemporaryDirectory() + "view-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    var state: String { folder + "/.assay" }
    var environment: [String: String] { ["XDG_CONFIG_HOME": folder + "/configuration", "HOME": folder] }
    /// The environment of another user.
    var strangers: [String: String] { ["XDG_CONFIG_HOME": folder + "/stranger", "HOME": folder] }

    func workspace() throws -> Workspace { try Workspace(spec: nil, state: state, environment: environment) }

    func site(_ environment: [String: String]? = nil, isReadOnly: Bool = false) -> Site {
        var random = SystemRandomNumberGenerator()
        return Site(
            gate: Gate(using: &random), state: state, environment: environment ?? self.environment, isReadOnly: isReadOnly)
    }

    /// A finished run of two models over `labels`: `base` is right about even examples, `tuned` about all but the last.
    @discardableResult
    func addRun(
        _ id: RunID, experiment: String = "shapes", labels: [String] = ["cat", "dog"], count: Int = 8,
        pictures: [String: String] = [:], specText: String = "name: shapes\n"
    ) throws -> ExperimentResults {
        func answers(_ isRight: (Int) -> Bool) -> [ScoredAnswer] {
            (0..<count).map { at in
                let label = labels[at % labels.count], other = labels[(at + 1) % labels.count]
                return ScoredAnswer(
                    example: "\(label)/\(at).png", label: label, answer: isRight(at) ? label : other,
                    matched: isRight(at) ? label : other, outcome: isRight(at) ? .correct : .wrong)
            }
        }
        let models = [
            ModelResult(model: "base", split: "main.test", mode: "batch json", answers: answers { $0 % 2 == 0 }),
            ModelResult(model: "tuned", split: "main.test", mode: "online plain", answers: answers { $0 < count - 1 }),
        ]
        let results = ExperimentResults(
            experiment: experiment, run: id, state: .done, startedAt: Date(timeIntervalSince1970: 1_700_000_000),
            finishedAt: Date(timeIntervalSince1970: 1_700_000_060), machine: "2 cores", version: "0.0.0",
            specPath: "shapes.yaml", specText: specText, command: "assay run shapes.yaml", labels: labels, pictures: pictures,
            variants: [VariantResults(evaluations: [EvaluationResults(name: "accuracy", measuresLatency: false, models: models)])]
        )
        let workspace = try workspace()
        try workspace.ledger.startRun(id, experiment: experiment, spec: folder + "/shapes.yaml")
        try workspace.ledger.recordSteps(
            [RunStep(step: StepID("score:\(experiment)"), kind: "score", key: nil, state: "ran", seconds: 1.5)], of: id)
        try workspace.ledger.finishRun(id, state: "done", detail: ["headline": .string("tuned is better. " + experiment)])
        _ = try ReportWriter(folder: workspace.runFolder(id)) { try? LocalFileSystem().read($0, limit: 1 << 20) }.write(
            ExperimentReport(results, tasks: .standard), results)
        return results
    }
}

extension Site {
    /// A request of the browser that opened the printed address.
    func caller(_ method: String = "GET") -> Caller {
        var caller = Caller(method: method, host: "127.0.0.1:8080", cookies: ["\(Gate.cookieName)=\(gate.token)"])
        if caller.isWrite {
            caller.origin = "http://127.0.0.1:8080"
            caller.token = gate.formToken
        }
        return caller
    }

    /// - Parameter page: the path below the base, with its query.
    func get(_ page: String) async -> (status: Int, text: String, reply: SiteReply) {
        let parts = page.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return await answer(
            SiteRequest(caller: caller(), path: links.base + parts[0], query: parts.count == 2 ? String(parts[1]) : ""))
    }

    func post(_ page: String, _ form: String = "") async -> (status: Int, text: String, reply: SiteReply) {
        await answer(
            SiteRequest(caller: caller("POST"), path: links.base + page, query: "", form: FormFields(form) ?? FormFields()))
    }

    private func answer(_ request: SiteRequest) async -> (status: Int, text: String, reply: SiteReply) {
        let reply = await reply(to: request)
        switch reply.body {
        case .data(let data): return (reply.status, String(decoding: data, as: UTF8.self), reply)
        case .later(let start, let rest): return (reply.status, start + (await rest()), reply)
        }
    }
}
