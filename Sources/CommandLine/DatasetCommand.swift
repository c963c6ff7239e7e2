// `assay dataset`: shows a spec's dataset, and which files were skipped and why.

import Application
import ArgumentParser
import Basics

struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset",
        abstract: "Show what a dataset contains: images per label and part, formats, sizes, and skipped files with reasons.",
        discussion: "Decodes every image that no run has decoded yet. Nothing is sent and no program of the spec runs.")

    @OptionGroup var specOptions: SpecOptions
    @Flag(help: "Print the overview as JSON.")
    var json = false

    /// Maximum number of skipped files listed in text output.
    private static let shown = 200

    func run() async throws {
        try await Reporter.explaining {
            let request = try specOptions.request()
            let found = try await DatasetInspection(request)
            if json {
                Terminal.writeJSON(document(found))
            } else {
                Terminal.write(text(found))
            }
            Reporter.warn(found.diagnostics, found.spec)
            if found.diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.invalid }
            if !json { NextCommand.write("\(NextCommand.of(request, "plan")) shows what a run would do") }
        }
    }

    /// A label in a readable length.
    private static func short(_ label: String) -> String { label.count > 60 ? String(label.prefix(60)) + "…" : label }

    private func document(_ found: DatasetInspection) -> JSONValue {
        let parts = found.parts
        guard case .object(var members) = found.overview.json else { return found.overview.json }
        members["decoded"] = .bool(found.isDecoded)
        // Those of the terminal: some concern splits and prompts, which the overview does not know.
        members["warnings"] = .array(
            found.diagnostics.filter { $0.severity == .warning }.map { warning in
                [
                    "code": .string(warning.code), "message": .string(warning.message),
                    "hint": warning.hint.map { .string($0) } ?? .null,
                ]
            })
        members["parts"] = .object(
            Dictionary(
                parts.map { part in
                    (
                        part.name,
                        [
                            "images": .int(Int64(part.images)),
                            "labels": .object(part.labels.mapValues { .int(Int64($0)) }),
                        ]
                    )
                }, uniquingKeysWith: { first, _ in first }))
        return .object(members)
    }

    private func text(_ found: DatasetInspection) -> String {
        let (overview, parts) = (found.overview, found.parts)
        var lines = [overview.summary, ""]
        let head = ["label", "images"] + parts.map(\.name)
        let rows = overview.labels.map { label in
            [DatasetCommand.short(label.name), String(label.images)] + parts.map { String($0.labels[label.name] ?? 0) }
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].terminalColumns }.max() ?? 0 }
        for row in [head] + rows {
            lines.append(
                row.enumerated().map { column, cell in
                    let space = String(repeating: " ", count: widths[column] - cell.terminalColumns)
                    return column == 0 ? cell + space : space + cell
                }.joined(separator: "  "))
        }
        lines.append("")
        lines += overview.facts
        lines.append(
            found.isDecoded
                ? "checked: every image was decoded"
                : "checked: names, sizes, and the first and last bytes of files; the images were not decoded")
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
