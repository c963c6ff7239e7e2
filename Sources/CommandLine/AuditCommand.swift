// `assay audit`: evaluates recorded answers or published counts.

import Application
import ArgumentParser
import Audit
import Basics
import Foundation
import Platform
import Specification
import TaskKit
import Tasks

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract:
            "Score recorded answers or published counts, with intervals, paired tests and the limits of the sample.",
        discussion: """
            One column contains the reference. The columns id, group and split are used if present. Every other column contains \
            one model's answers. No images and no spec are needed. docs/audit.md describes the tables of every task.
            """)

    @Argument(
        help: "A table of answers (CSV, TSV or JSON lines), or an audit file (YAML) with tables, counts and claims.",
        completion: .file())
    var answers: String?
    @Option(
        help: ArgumentHelp("The task: \(TaskRegistry.standard.names.joined(separator: ", ")). Default: classify."),
        completion: .list(TaskRegistry.standard.names))
    var task: String?
    @Option(help: "Columns, separated by commas: models by name, roles as ROLE=COLUMN (reference=label,base,tuned).")
    var columns: String?
    @Option(help: "The part of the column 'split' to score. Default: 'test', or all rows if no row is in that part.")
    var split: String?
    @Option(parsing: .upToNextOption, help: "Published counts instead of a table: NAME=CORRECT/ITEMS.")
    var counts: [String] = []
    @Option(help: "Training images submitted to a provider's screening and accepted: submitted=48,accepted=30.")
    var screening: String?
    @Flag(help: "Exit with code 3 if a claim of an audit file does not hold.")
    var checkClaims = false
    @Flag(help: "Write metrics and comparisons as JSON, in the format of metrics.json.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let screening = try self.screening.map(AuditCommand.stated)
            if !counts.isEmpty {
                guard answers == nil else {
                    throw AuditCommand.failure(
                        "bad-counts", "both a table and '--counts' are given", hint: "audit them separately")
                }
                try refuse([("--task", task), ("--columns", columns), ("--split", split)], with: "counts")
                try refuseCheck(of: "counts")
                let audit: CountsAudit
                do throws(Diagnostic) { audit = try CountsAudit(parsing: counts, screening: screening) } catch {
                    throw DiagnosticsError([error])
                }
                return json ? Terminal.writeJSON(audit.document) : Terminal.writeSentences(audit.text)
            }
            guard let answers else {
                throw AuditCommand.failure(
                    "bad-answers", "no table and no counts are given",
                    hint: "name a table of answers, or give '--counts base=9/10 tuned=8/10'")
            }
            if answers.hasSuffix(".yaml") || answers.hasSuffix(".yml") {
                try refuse(
                    [("--task", task), ("--columns", columns), ("--split", split), ("--screening", self.screening)],
                    with: "an audit file", hint: "write it in the file: docs/audit.md")
                let source = SourceText(name: answers, bytes: Array(try AuditCommand.data(answers, shown: answers)))
                let failed: Int
                do throws(DiagnosticsError) {
                    let file = try AuditFile(source, registry: .standard, environment: ProcessInfo.processInfo.environment)
                    let results = try AuditFileResults(file) { (request: AuditRequest) throws(DiagnosticsError) in
                        try AuditCommand.data(request.path, shown: request.file)
                    }
                    json ? Terminal.writeJSON(results.document) : Terminal.writeSentences(results.text)
                    failed = results.verdicts.count { !$0.holds }
                } catch {
                    var sources = SourceTexts()
                    sources.add(source)
                    throw SpecificationError(error.diagnostics, sources: sources)
                }
                if checkClaims, failed > 0 {
                    Terminal.writeError("error: \(failed == 1 ? "a claim does" : "\(failed) claims do") not hold")
                    throw ExitCode(CommandExit.claimNotReproduced)
                }
                return
            }
            try refuseCheck(of: "a table")
            if columns?.allSatisfy(\.isWhitespace) == true {
                throw AuditCommand.failure(
                    "bad-answers", "'--columns' names no column", hint: "name the models, and roles as ROLE=COLUMN")
            }
            let definition: any TaskDefinition
            do throws(TaskOptionError) { definition = try AuditTasks.task(task ?? "classify", in: .standard) } catch {
                throw AuditCommand.failure("bad-answers", error.message, hint: error.hint)
            }
            var request = AuditRequest(file: answers, task: definition, split: split)
            for part in (columns ?? "").split(separator: ",") {
                let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                switch (sides.count, part.contains("=")) {
                case (2, true): request.roles[sides[0]] = sides[1]
                case (1, false): request.models.append(sides[0])
                default:
                    throw AuditCommand.failure(
                        "bad-answers", "'\(part)' names no column",
                        hint: "write model columns by name and roles as ROLE=COLUMN: reference=label,base,tuned")
                }
            }
            let results = AuditResults(
                try AuditInput(try AuditCommand.data(answers, shown: answers), request), task: definition, screening: screening)
            json ? Terminal.writeJSON(results.document) : Terminal.writeSentences(results.text)
        }
    }

    /// Refuses options that have no effect.
    private func refuse(_ options: [(name: String, value: String?)], with what: String, hint: String? = nil) throws {
        for option in options where option.value != nil {
            throw AuditCommand.failure("bad-answers", "'\(option.name)' has no effect on \(what)", hint: hint)
        }
    }

    private func refuseCheck(of what: String) throws {
        guard checkClaims else { return }
        throw AuditCommand.failure(
            "bad-answers", "'--check-claims' needs an audit file: \(what) alone has no claims",
            hint: "docs/audit.md has an example")
    }

    private static func failure(_ code: String, _ message: String, hint: String? = nil) -> DiagnosticsError {
        DiagnosticsError([Diagnostic(code: code, message, hint: hint)])
    }

    /// - Parameter shown: the path as it is written, without the values of variables.
    private static func data(_ path: String, shown: String) throws(DiagnosticsError) -> Data {
        if SecretFile.isTarget(of: path) { throw failure("bad-answers", "'\(shown)' is not read: \(SecretFile.refusal)") }
        do { return try LocalFileSystem().read(path) } catch let error as FileError {
            if case .missing = error { throw failure("bad-answers", "there is no file '\(shown)'") }
            throw failure("bad-answers", "'\(shown)' cannot be read: \(error.reason)")
        } catch {
            throw failure("bad-answers", "'\(shown)' cannot be read: \(error)")
        }
    }

    private static func stated(_ text: String) throws -> Screening {
        var values: [String: Int] = [:]
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
            if sides.count == 2 { values[sides[0]] = Int(sides[1]) }
        }
        guard values.count == 2, let submitted = values["submitted"], let accepted = values["accepted"],
            let screening = Screening(submitted: submitted, accepted: accepted)
        else {
            throw failure(
                "bad-counts", "'\(text)' is not a screening",
                hint: "write submitted=48,accepted=30, with no more accepted than submitted")
        }
        return screening
    }
}
