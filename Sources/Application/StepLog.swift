// The kept records of a step: its end state, its problems and its program's output.

import Artifacts
package import Basics
import Execution
import Foundation
package import Ledger
import Planning
import Platform
import Steps

extension Workspace {
    /// Problems of a step that nevertheless succeeded, such as images that the provider rejected.
    package func problems(of step: RunStep) -> [String] {
        guard let key = step.key, let result = try? store.result(for: key) else { return [] }
        return CommonFacts(result.facts).problems
    }

    /// The steps of a run in the order of lists: by name, with numbers by value, so that epoch 2 comes before epoch 10.
    package func listedSteps(of run: RunID) throws -> [RunStep] { Workspace.listed(try ledger.steps(of: run)) }

    static func listed(_ steps: [RunStep]) -> [RunStep] {
        steps.sorted { first, second in
            switch first.step.text.compare(second.step.text, options: .numeric) {
            case .orderedAscending: true
            case .orderedDescending: false
            case .orderedSame: first.step < second.step
            }
        }
    }

    /// The step of a run with this name.
    /// - Throws: `Refusal` that lists the run's steps if it has none with this name.
    package func step(named name: String, of run: RunRecord) throws -> RunStep {
        let steps = try ledger.steps(of: run.id)
        if let step = steps.first(where: { $0.step.text == name }) { return step }
        let names = steps.map(\.step.text)
        let near = nearestStep(to: name, among: names).map { "; did you mean '\($0)'?" }
        let list =
            names.isEmpty
            ? ""
            : "; its steps are \(names.prefix(10).joined(separator: ", "))"
                + (names.count > 10 ? " and \(names.count - 10) more" : "")
        throw Refusal("run \(run.id) has no step '\(name)'\(near ?? "")\(list)", code: .invalid)
    }

    /// The standard output and error of a step's program, with control characters made printable; `nil` for a step
    /// without a program.
    package func output(of step: RunStep) throws -> String? {
        guard StepKind(rawValue: step.kind)?.runsProgram ?? false, let key = step.key else { return nil }
        let bytes: Data?
        if step.state == StepState.failed.rawValue {
            let path = try store.persistentPath(for: key, RunCommand.failedLog)
            bytes = LocalFileSystem().exists(path) ? try LocalFileSystem().read(path, limit: FileSizeLimit.memory) : nil
        } else {
            bytes = try store.result(for: key)?.output(RunCommand.log).flatMap { try store.bytes(of: $0.digest) }
        }
        return bytes.map { ProgramLog.printable(String(decoding: $0, as: UTF8.self)) } ?? ""
    }
}

/// The step that a mistyped or incomplete name was probably meant to be: `fine-tune` for `fine-tune:tuned`.
func nearestStep(to name: String, among names: [String]) -> String? {
    nearest(to: name, among: names) ?? names.first { !name.isEmpty && $0.hasPrefix(name + ":") }
}
