// `assay dataset`: what a spec's dataset holds, what was skipped and why.

import Application
import ArgumentParser
import Artifacts
import Basics
import Foundation
import Planning
import Specification
import Steps

struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset",
        abstract: "Show what a dataset holds: images per label and part, formats, sizes, skipped files with reasons.")

    @OptionGroup var specOptions: SpecOptions
    @Flag(help: "Write the overview as JSON.")
    var json = false

    /// Skipped files that the text lists.
    private static let shown = 200

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try Workspace(spec: specOptions.spec, state: specOptions.stateOptions.state)
            let specs = try specOptions.request.load()
            let loaded = specs.variants.first?.loaded ?? specs.base
            guard let dataset = loaded.spec.dataset else {
                throw Refusal("the spec has no dataset", code: .invalid)
            }
            var look = await DatasetLook.look(
                loaded, limit: specOptions.limit, digests: workspace.store.statCache())
            // Downloaded and drawn images are known once they have been indexed, and not before.
            if look.overview == nil, look.diagnostics.isEmpty {
                look = try await indexed(specs, workspace, loaded)
            }
            guard let overview = look.overview else {
                if look.diagnostics.isEmpty {
                    let what = if case .generate = dataset.source { "drawn" } else { "downloaded" }
                    throw Refusal(
                        "the images are not here yet: they are \(what) when the spec runs", code: .failure)
                }
                throw DiagnosticsError(look.diagnostics)
            }
            let parts = parts(loaded, look.manifest)
            if json {
                Terminal.writeJSON(document(overview, parts))
            } else {
                Terminal.write(text(overview, parts))
            }
            Reporter.warn(look.diagnostics, loaded)
            if look.diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.invalid }
        }
    }

    /// What the last run indexed.
    private func indexed(
        _ specs: ChosenSpecs, _ workspace: Workspace, _ loaded: LoadedSpec
    ) async throws -> DatasetLook {
        let prepared = try await PreparedPlan.prepare(specOptions.request, specs, workspace: workspace)
        var look = DatasetLook()
        guard let index = prepared.plan.steps.firstIndex(where: { $0.kind == .indexDataset }) else { return look }
        let outputs = prepared.statuses[index].outputs
        if let digest = outputs[IndexDataset.overview] {
            look.overview = try DatasetOverview(json: workspace.store.bytes(of: digest))
        }
        if let digest = outputs[IndexDataset.manifest] {
            look.manifest = try DatasetManifest(decoding: workspace.store.bytes(of: digest))
        }
        look.diagnostics = (look.overview?.warnings ?? []).map {
            Diagnostic(.warning, code: $0.code, $0.message, at: loaded.range(of: "dataset"), hint: $0.hint)
        }
        return look
    }

    // MARK: Parts

    private struct Part {
        var name: String
        var images: Int
        var labels: [String: Int]
    }

    /// The parts of all splits that hold images.
    private func parts(_ loaded: LoadedSpec, _ manifest: DatasetManifest?) -> [Part] {
        guard let manifest else { return [] }
        return loaded.spec.splits.flatMap { name, rule -> [Part] in
            guard let split = try? rule.split(manifest, limit: specOptions.limit) else { return [] }
            return SplitPart.allCases.compactMap { part in
                let examples = split[part].examples
                guard !examples.isEmpty else { return nil }
                return Part(
                    name: "\(name).\(part.rawValue)", images: examples.count,
                    labels: examples.reduce(into: [:]) { $0[$1.label, default: 0] += 1 })
            }
        }
    }

    private func document(_ overview: DatasetOverview, _ parts: [Part]) -> JSONValue {
        guard case .object(var members) = overview.json else { return overview.json }
        members["parts"] = .object(Dictionary(parts.map { part in
            (part.name, [
                "images": .int(Int64(part.images)),
                "labels": .object(part.labels.mapValues { .int(Int64($0)) }),
            ])
        }, uniquingKeysWith: { first, _ in first }))
        return .object(members)
    }

    private func text(_ overview: DatasetOverview, _ parts: [Part]) -> String {
        var lines = [overview.summary, ""]
        let head = ["label", "images"] + parts.map(\.name)
        let rows = overview.labels.map { label in
            [label.name, String(label.images)] + parts.map { String($0.labels[label.name] ?? 0) }
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [head] + rows {
            lines.append(row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  "))
        }
        lines.append("")
        lines += overview.facts
        if !overview.skipped.isEmpty {
            lines += ["", "skipped:"]
            lines += overview.skipped.prefix(DatasetCommand.shown).map { "  \($0.path): \($0.reason)" }
            if overview.skipped.count > DatasetCommand.shown {
                lines.append("  and \(overview.skipped.count - DatasetCommand.shown) more (--json lists all)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
