// The reference page of the spec, generated from the key tables.

import Basics
package import TaskKit

/// Generates `docs/spec.md` in Markdown.
package enum SpecReference {
    /// The page for a program with these kinds of providers and tasks.
    package static func markdown(with providers: [ProviderKeys] = [], _ tasks: TaskRegistry = TaskRegistry([])) -> String {
        let root = ExperimentSpec.table.description
        let prices = PriceTable.table.description
        var lines = [
            "# The spec",
            "",
            "Generated from the key tables by `assay schema --reference`.",
            "The README shows a first spec, `experiments/` contains complete ones, and every error is explained in",
            "[errors.md](errors.md).",
            "",
        ]
        lines.append(introduction)
        for entity in root.reachable(Vocabulary(providers)) { lines += section(entity) }
        lines += section(tasks)
        for entity in prices.reachable(.none) { lines += section(entity) }
        return lines.joined(separator: "\n")
    }

    /// The page of price tables alone.
    package static var prices: String {
        let lines = [
            "# Price tables", "", "Generated from the key tables by `assay schema --prices --reference`.", "",
        ]
        return (lines + PriceTable.table.description.reachable(.none).flatMap(section)).joined(separator: "\n")
    }

    private static let introduction = """
        ## Rules of the language

        - YAML with the types of YAML 1.2's core schema: `no` is a string, `1e-4` a number, `0o17` octal, `1:30` a text.
          Anchors, aliases and `<<` work; duplicate and unknown keys are errors; depth, size and aliases are bounded.
        - Names (of splits, models, …) consist of letters, digits, `-` and `_`, and begin with a letter or a digit.
        - `${NAME}` and `${NAME:-default}` are environment variables, or those of a `.env` file beside the spec; inside
          `{}` and `[]` they must be quoted; `$${` is a literal `${`. Addresses, paths, deployments and secrets
          are read only when a step needs them: a missing one is a warning, and an error for a run that needs it.
        - Paths are relative to the file that names them.
        - `extends: other.yaml` at the top of a file, and `extends: name` in an entry of a section, merge maps and
          replace lists and scalars. If two keys exclude each other, the new one applies.
        - `--set models.cnn.train.epochs=3` changes one value; `variants:` names such changes; `sweep:` makes them from
          lists: a grid, `zip:`, or `list:`. A point is named by what it changes: `epochs=3`.

        """

    private static func section(_ entity: EntityDescription) -> [String] {
        var lines = ["## \(entity.id)", "", entity.summary, ""]
        for rule in entity.rules {
            switch rule {
            case .exactlyOne(let keys): lines += ["Exactly one of \(list(keys)).", ""]
            case .atLeastOne(let keys): lines += ["At least one of \(list(keys)).", ""]
            case .needs(let key, let others):
                lines += ["`\(key)` needs \(others.count == 1 ? "" : "one of ")\(list(others)).", ""]
            case .atMostOne(let keys): lines += ["At most one of \(list(keys)).", ""]
            }
        }
        if let example = entity.example { lines += ["```yaml", example, "```", ""] }
        lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
        for key in entity.keys {
            let standard = key.isRequired ? "*required*" : key.defaultValue.flatMap(shown) ?? ""
            lines.append("| `\(key.name)` | \(cell(key.word)) | \(standard) | \(cell(key.text)) |")
        }
        return lines + [""]
    }

    private static func section(_ tasks: TaskRegistry) -> [String] {
        var lines = [
            "## task", "",
            "The task of the models: a name, or a map from that name to its options. A spec has one task; the default "
                + "key it is `classify`. Formats of data, metrics and intervals are in [tasks.md](tasks.md).", "",
            "```yaml", "task: transcribe", "---", "task: { answer: { score: relaxed } }", "```", "",
            "| task | meaning | options | columns of its table |", "|---|---|---|---|",
        ]
        for kind in tasks.kinds {
            let options = kind.options.map { option in
                "`\(option.name)`\(option.isRequired ? " (*required*)" : ""): \(option.expected). \(option.summary)"
            }
            let columns = kind.columns.map { "`\($0.role)`" + ($0.isRequired ? "" : " (optional)") }
            lines.append(
                "| `\(kind.name)` | \(cell(kind.summary)) | \(cell(options.joined(separator: "<br>"))) | \(columns.joined(separator: ", ")) |"
            )
        }
        return lines + [""]
    }

    private static func list(_ keys: [String]) -> String { keys.map { "`\($0)`" }.joined(separator: ", ") }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static func shown(_ value: JSONValue) -> String? {
        switch value {
        case .null: nil
        case .array([]), .object([:]): nil
        case .string(let text): "`\(text)`"
        default: "`\(value.canonical)`"
        }
    }
}
