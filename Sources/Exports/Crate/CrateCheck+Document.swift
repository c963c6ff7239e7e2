// The result of `assay verify` as JSON and as text.

package import Basics

extension CrateCheck {
    /// The JSON output of `assay verify`.
    package var document: JSONValue {
        [
            "sound": .bool(isSound), "run": run.map(JSONValue.string) ?? .null,
            "made_by": madeBy.map(JSONValue.string) ?? .null, "files": .int(Int64(files)), "answers": .int(Int64(answers)),
            "numbers": .int(Int64(numbers)), "problems_not_listed": .int(Int64(unlisted)),
            "problems": .array(
                problems.map {
                    [
                        "kind": .string($0.kind.rawValue), "file": .string($0.file),
                        "place": $0.place.map(JSONValue.string) ?? .null, "message": .string($0.message),
                    ]
                }),
        ]
    }

    /// The lines for a person: one per problem, then the list of checks.
    package var lines: [String] {
        var lines = problems.map { problem in
            "\(problem.file)\(problem.place.map { " \($0)" } ?? ""): \(problem.message)"
        }
        if unlisted > 0 { lines.append("and \(unlisted) more problems") }
        let total = problems.count + unlisted
        let verdict =
            isSound ? "The crate is sound" : "\(total) \(total == 1 ? "problem" : "problems")"
        lines.append(
            "\(verdict): \(files) files, \(answers) answers and \(numbers) values checked\(madeBy.map { ", made by Assay \($0)" } ?? "")"
        )
        return lines
    }
}
