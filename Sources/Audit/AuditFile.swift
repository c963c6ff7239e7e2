// The audit file format: tables and counts of a publication, and claims about them.

package import Basics
package import Foundation
package import Specification
package import TaskKit

/// The YAML file of an audit: `assay-audit: 1` and its tables. Relative paths are resolved against the file's folder.
package struct AuditFile: Sendable {
    /// One table of answers, or the published counts of several models.
    package struct Part: Sendable {
        /// The data of a part: recorded answers, or counts without answers.
        package enum Content: Sendable {
            case answers(AuditRequest)
            case counts(CountsAudit)
        }

        /// The key under `tables`, which names the evaluation.
        package var name: String
        /// The table to read, or the counts themselves.
        package var content: Content
        /// The counts of training images that the provider's screening accepted; `nil` if not stated.
        package var screening: Screening?
    }

    /// A statement about one number in the results.
    package struct Claim: Hashable, Sendable {
        /// The statement as the report prints it.
        package var title: String
        /// A path into the document, such as `evaluations.images.base.accuracy`.
        package var path: String
        /// The values for which the claim holds.
        package var range: ClosedRange<Double>
        /// The range as text: `at least 0.05`.
        package var expectation: String
        /// The claim's location in the file, for messages.
        package var place: SourceRange
    }

    /// The title of the audit; empty if the file has none.
    package private(set) var name = ""
    /// The parts in the order of the file; at least one.
    package private(set) var parts: [Part] = []
    /// The claims in the order of the file.
    package private(set) var claims: [Claim] = []
    private var diagnostics: [Diagnostic] = []

    /// Parses the file.
    /// - Parameter environment: variables for `${NAME}` and `${NAME:-default}` in paths.
    /// - Throws: `DiagnosticsError` with every error and its location.
    package init(_ source: SourceText, registry: TaskRegistry, environment: [String: String]) throws(DiagnosticsError) {
        let documents: [YAMLNode]
        do { documents = try YAMLReader.documents(source) } catch { throw DiagnosticsError([error.diagnostic]) }
        guard let root = documents.first, root.pairs != nil else {
            throw DiagnosticsError([
                Diagnostic(
                    code: "bad-audit", "the file is not a map of keys", at: SourceRange(file: source.name, line: 1, column: 1))
            ])
        }
        if root["assay-audit"] == nil, root["assay"] != nil {
            throw DiagnosticsError([
                Diagnostic(
                    code: "bad-audit", "this file is a spec, not an audit", at: root.position.range,
                    hint: "'assay run FILE' runs it; an audit begins with 'assay-audit: 1'")
            ])
        }
        check(root, ["assay-audit", "name", "tables", "claims"])
        let version = root["assay-audit"]
        if version?.json.int != 1 {
            report(
                version == nil ? "the key 'assay-audit' is missing" : "this audit has an unknown format", version ?? root,
                hint: "begin the file with 'assay-audit: 1'")
        }
        name = text("name", of: root, "a text") ?? ""
        for pair in pairs("tables", of: root, "a map of tables") {
            if let part = part(pair, source, registry, environment) { parts.append(part) }
        }
        if parts.isEmpty, diagnostics.isEmpty {
            report("'tables' is missing or empty", root, hint: "'tables:' names tables of answers or counts")
        }
        for item in items("claims", of: root, "a list of claims") { if let claim = claim(item) { claims.append(claim) } }
        if !diagnostics.isEmpty { throw DiagnosticsError(diagnostics) }
    }

    private mutating func report(_ message: String, _ node: YAMLNode, hint: String? = nil) {
        diagnostics.append(Diagnostic(code: "bad-audit", message, at: node.position.range, hint: hint))
    }

    private mutating func check(_ node: YAMLNode, _ keys: [String]) {
        for pair in node.pairs ?? [] where !keys.contains(pair.key) {
            diagnostics.append(
                Diagnostic(
                    code: "bad-audit", "'\(pair.key)' is not a key here", at: pair.keyPosition.range,
                    hint: nearest(to: pair.key, among: keys).map { "did you mean '\($0)'?" }
                        ?? "the keys are \(keys.joined(separator: ", "))"))
        }
    }

    private func text(_ node: YAMLNode?) -> String? { node?.scalar?.text }

    // The value of a key; reports one of another type, because a setting that is not understood must not be left out.

    private mutating func text(_ key: String, of node: YAMLNode, _ expected: String) -> String? {
        guard let value = node[key] else { return nil }
        if value.scalar == nil { report("'\(key)' is not \(expected)", value) }
        return text(value)
    }

    private mutating func pairs(_ key: String, of node: YAMLNode, _ expected: String) -> [YAMLPair] {
        guard let value = node[key] else { return [] }
        if value.pairs == nil { report("'\(key)' is not \(expected)", value) }
        return value.pairs ?? []
    }

    private mutating func items(_ key: String, of node: YAMLNode, _ expected: String) -> [YAMLNode] {
        guard let value = node[key] else { return [] }
        if value.items == nil { report("'\(key)' is not \(expected)", value) }
        return value.items ?? []
    }

    private mutating func part(
        _ pair: YAMLPair, _ source: SourceText, _ registry: TaskRegistry, _ environment: [String: String]
    ) -> Part? {
        let node = pair.value
        guard node.pairs != nil else {
            report("'\(pair.key)' is not a table", node, hint: "write 'answers: FILE' or 'counts: { base: 9/10, tuned: 8/10 }'")
            return nil
        }
        check(node, ["answers", "task", "columns", "models", "split", "counts", "screening"])
        var screening: Screening?
        if let stated = node["screening"] {
            check(stated, ["submitted", "accepted"])
            screening = stated["submitted"]?.json.int.flatMap { submitted in
                stated["accepted"]?.json.int.flatMap { Screening(submitted: submitted, accepted: $0) }
            }
            if screening == nil {
                report(
                    "'screening' needs the numbers of submitted and accepted images", stated,
                    hint: "for example { submitted: 48, accepted: 30 }")
            }
        }
        if let counts = node["counts"] {
            for key in ["answers", "task", "columns", "models", "split"] {
                guard let other = node[key] else { continue }
                report("'\(key)' and 'counts' exclude each other", other)
                return nil
            }
            let texts = pairs("counts", of: node, "a map of counts").map { "\($0.key)=\(text($0.value) ?? "")" }
            do {
                return Part(
                    name: pair.key, content: .counts(try CountsAudit(parsing: texts, screening: screening)), screening: screening)
            } catch {
                report(error.message, counts, hint: "for example { base: 9/10, tuned: 8/10 }")
                return nil
            }
        }
        guard let written = node["answers"], let path = text("answers", of: node, "the path of a file") else {
            if node["answers"] != nil { return nil }
            report(
                "'\(pair.key)' has neither answers nor counts", node,
                hint: "write 'answers: FILE' or 'counts: { base: 9/10, tuned: 8/10 }'")
            return nil
        }
        do {
            let options: [String: JSONValue]
            let kind: String
            if let chosen = node["task"]?.pairs {
                guard chosen.count == 1, let chosen = chosen.first else {
                    report("'task' is not one task", node["task"] ?? node, hint: "for example 'task: { measure: { unit: mm } }'")
                    return nil
                }
                kind = chosen.key
                options = chosen.value.json.object ?? [:]
            } else {
                kind = text("task", of: node, "a task") ?? "classify"
                options = [:]
            }
            let task =
                try options.isEmpty ? AuditTasks.task(kind, in: registry) : registry.task(TaskChoice(kind, TaskOptions(options)))
            guard let file = AuditFile.expanded(path, environment) else {
                report("'\(path)' names a variable that is not set", written, hint: "set it, or write ${NAME:-default}")
                return nil
            }
            let isAbsolute = file.hasPrefix("/") || source.folder.isEmpty
            var request = AuditRequest(
                file: path, path: isAbsolute ? file : source.folder + "/" + file, task: task,
                split: text("split", of: node, "the name of a part"))
            for column in pairs("columns", of: node, "a map of columns") {
                request.roles[column.key] = text(column.value)
                if column.value.scalar == nil { report("'\(column.key)' is not the name of a column", column.value) }
            }
            for model in items("models", of: node, "a list of columns") {
                if let name = text(model) {
                    request.models.append(name)
                } else {
                    report("this is not the name of a column", model)
                }
            }
            return Part(name: pair.key, content: .answers(request), screening: screening)
        } catch {
            report(error.message, node["task"] ?? node, hint: error.hint)
            return nil
        }
    }

    private mutating func claim(_ node: YAMLNode) -> Claim? {
        check(node, ["title", "metric", "equals", "within", "at_least", "at_most"])
        guard let path = text("metric", of: node, "the path of a number") else {
            report("a claim needs a metric", node, hint: "for example 'metric: evaluations.images.base.accuracy'")
            return nil
        }
        func number(_ key: String) -> Double? { node[key]?.json.double }
        for key in ["equals", "within", "at_least", "at_most"] {
            guard let value = node[key], number(key).map({ !$0.isFinite }) ?? true else { continue }
            report("'\(key)' is not a finite number", value, hint: "for example '\(key): 0.75'")
            return nil
        }
        // A percentage where a fraction is meant: 'at_most: 90' would hold for every result.
        if let largest = largestValue(of: path) {
            let wrong = ["equals", "at_least", "at_most"].first { abs(number($0) ?? 0) > largest }
            if let key = wrong ?? (number("within").map { $0 >= largest } == true ? "within" : nil), let value = node[key] {
                let most = AuditNumbers.claimed(largest)
                report(
                    "'\(key)' is no number that decides this claim: the metric is at most \(most)", value,
                    hint: largest == 1 ? "the metric is a fraction: write 0.75 for 75%" : nil)
                return nil
            }
        }
        let title = text("title", of: node, "a text") ?? path
        let expectation: String, range: ClosedRange<Double>
        let atLeast = number("at_least"), atMost = number("at_most")
        if let value = number("equals") {
            for key in ["at_least", "at_most"] {
                guard let other = node[key] else { continue }
                report("'equals' and '\(key)' exclude each other", other)
                return nil
            }
            let within = number("within") ?? 5e-4
            guard within >= 0 else {
                report("'within' is negative", node["within"] ?? node)
                return nil
            }
            (expectation, range) = (
                AuditNumbers.claimed(value) + (node["within"] == nil ? "" : " ± \(AuditNumbers.claimed(within))"),
                (value - within)...(value + within)
            )
        } else if let within = node["within"] {
            report("'within' needs 'equals'", within)
            return nil
        } else if let atLeast, let atMost {
            guard atLeast <= atMost else {
                report("'at_least' is larger than 'at_most'", node)
                return nil
            }
            (expectation, range) = (
                "\(AuditNumbers.claimed(atLeast)) to \(AuditNumbers.claimed(atMost))", atLeast...atMost
            )
        } else if let atLeast {
            (expectation, range) = ("at least \(AuditNumbers.claimed(atLeast))", atLeast...(.greatestFiniteMagnitude))
        } else if let atMost {
            (expectation, range) = ("at most \(AuditNumbers.claimed(atMost))", (-Double.greatestFiniteMagnitude)...atMost)
        } else {
            report("a claim needs 'equals', 'at_least' or 'at_most'", node)
            return nil
        }
        return Claim(title: title, path: path, range: range, expectation: expectation, place: node.position.range)
    }

    /// The largest magnitude of a metric's values, or of the differences of its values; `nil` if it has none.
    private func largestValue(of path: String) -> Double? {
        let pieces = path.split(separator: ".").map(String.init)
        guard pieces.count > 3, let part = parts.first(where: { $0.name == pieces[1] }) else { return nil }
        func largest(_ name: String) -> Double? {
            switch part.content {
            case .counts: name == "accuracy" ? 1 : nil
            case .answers(let request):
                request.task.metrics(TaskContext())[name]?.range.map { max(abs($0.lowerBound), abs($0.upperBound)) }
            }
        }
        switch (pieces[0], pieces.last) {
        case ("evaluations", _): return largest(pieces.dropFirst(3).joined(separator: "."))
        case ("comparisons", "difference"): return largest(pieces[2])
        case ("comparisons", "p_value"): return 1
        default: return nil
        }
    }

    /// A path with variables replaced; `nil` if a variable without a default is not set.
    private static func expanded(_ path: String, _ environment: [String: String]) -> String? {
        var isComplete = true
        let text = path.replacing(#/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/#) { match -> String in
            if let value = environment[String(match.output.1)], !value.isEmpty { return value }
            if let value = match.output.2 { return String(value) }
            isComplete = false
            return ""
        }
        return isComplete ? text : nil
    }
}

/// The results of all parts of an audit file, and the verdicts on its claims.
package struct AuditFileResults: Sendable {
    /// The results of one part, with its name.
    package enum Part: Sendable {
        case answers(String, AuditResults)
        case counts(String, CountsAudit)
    }

    /// Whether a claim holds, and the value that decides it.
    package struct Verdict: Sendable {
        /// The claim as written in the file.
        package var claim: AuditFile.Claim
        /// The value in the results; a range if it depends on unknown pairings.
        package var value: ClosedRange<Double>
        /// Whether the whole range satisfies the claim.
        package var holds: Bool { claim.range.lowerBound <= value.lowerBound && value.upperBound <= claim.range.upperBound }
    }

    /// The title of the audit; empty if the file has none.
    package private(set) var name: String
    /// The results in the order of the file.
    package private(set) var parts: [Part] = []
    /// One verdict for each claim, in the order of the file.
    package private(set) var verdicts: [Verdict] = []
    private var evaluations: [String: JSONValue] = [:]
    private var comparisons: [String: JSONValue] = [:]
    private var screenings: [String: JSONValue] = [:]

    /// Reads and scores all tables of a file.
    /// - Parameter read: returns the bytes of a request's file.
    /// - Throws: `DiagnosticsError` for unusable tables, and for claims about numbers that do not exist.
    package init(_ file: AuditFile, read: (AuditRequest) throws(DiagnosticsError) -> Data) throws(DiagnosticsError) {
        name = file.name
        for part in file.parts {
            let document: JSONValue
            switch part.content {
            case .answers(let request):
                let results = AuditResults(
                    try AuditInput(try read(request), request), task: request.task, screening: part.screening)
                parts.append(.answers(part.name, results))
                document = results.document
            case .counts(let counts):
                parts.append(.counts(part.name, counts))
                document = counts.document
            }
            evaluations[part.name] = document["evaluations"]?[AuditResults.evaluation]
            comparisons[part.name] = document["comparisons"]?[AuditResults.evaluation]
            if let screening = document["screening"], !screening.isNull { screenings[part.name] = screening }
        }
        var problems: [Diagnostic] = []
        let whole = document
        for claim in file.claims {
            let found = AuditFileResults.find(claim.path.split(separator: ".").map(String.init)[...], in: whole)
            let numbers = found?.array.map { $0.compactMap(\.double) } ?? found?.double.map { [$0] } ?? []
            if let low = numbers.min(), let high = numbers.max() {
                verdicts.append(Verdict(claim: claim, value: low...high))
            } else {
                problems.append(
                    Diagnostic(
                        code: "bad-audit", "there is no number at '\(claim.path)'", at: claim.place,
                        hint: "'assay audit FILE --json' writes all numbers with their paths"))
            }
        }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
    }

    /// The value at a path; names may contain dots.
    private static func find(_ path: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
        if path.isEmpty { return value }
        for length in 1...path.count {
            if let inner = value[path.prefix(length).joined(separator: ".")], let found = find(path.dropFirst(length), in: inner)
            {
                return found
            }
        }
        return nil
    }

    /// All results, in the format of metrics.json with each table as an evaluation.
    package var document: JSONValue {
        [
            "name": .string(name), "evaluations": .object(evaluations), "comparisons": .object(comparisons),
            "screening": .object(screenings),
            "claims": .array(
                verdicts.map { verdict -> JSONValue in
                    [
                        "title": .string(verdict.claim.title), "metric": .string(verdict.claim.path),
                        "expected": .string(verdict.claim.expectation),
                        "value": .array([.double(verdict.value.lowerBound), .double(verdict.value.upperBound)]),
                        "holds": .bool(verdict.holds),
                    ]
                }),
        ]
    }

    /// The plain-text report.
    package var text: String {
        var text = ""
        for part in parts {
            switch part {
            case .answers(let name, let results): text += "\(name)\n\n\(results.text)\n"
            case .counts(let name, let counts): text += "\(name)\n\n\(counts.text)\n"
            }
        }
        guard !verdicts.isEmpty else { return text }
        let rows = verdicts.map { verdict -> [String] in
            let low = AuditNumbers.claimed(verdict.value.lowerBound), high = AuditNumbers.claimed(verdict.value.upperBound)
            return [
                verdict.claim.title, verdict.claim.expectation, low == high ? low : "\(low) to \(high)",
                verdict.holds ? "holds" : "does not hold",
            ]
        }
        return text + "claims\n\n" + AuditNumbers.table([["claim", "expected", "found", ""]] + rows).joined(separator: "\n")
            + "\n"
    }
}
