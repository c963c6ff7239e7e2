// `assay audit` as a user runs it.

import Basics
import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"))
struct AuditCommandTests {
    private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Data(text.utf8)) }

    @Test func counts() throws {
        let project = try TestProject()
        let arguments = ["audit", "--counts", "base=9/10", "tuned=8/10", "--screening", "submitted=48,accepted=30"]
        let shown = try project.assay(arguments)
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("No pairing shows a difference"))
        #expect(shown.output.contains("18 of 48 training images"))
        let written = try project.assay(arguments + ["--json"])
        let pair = try json(written.output)["comparisons"]?["audit"]?["accuracy"]?["tuned"]?["base"]
        #expect((pair?["p_value"]?.array?.first?.double ?? 0) > 0.999)
        #expect((pair?["items_needed"]?["paired"]?.array?.first?.int ?? 0) > 60)
        #expect(try json(written.output)["screening"]?["rejected"]?.int == 18)
    }

    /// The conclusions from the published answers and counts, without images.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: published), "needs ../shared/published/foundry-2026-10"))
    func foundry() throws {
        let project = try TestProject()
        let file = TestProject.root + "/experiments/foundry-2026-10.yaml"
        let environment = ["FOUNDRY_2026_10": AuditCommandTests.published]
        let shown = try project.assay(["audit", file], environment: environment)
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(!shown.output.contains("does not hold"), "\(shown.output)")
        for sentence in [
            "base and tuned gave identical answers to all 16 items", "identical answers to all 15 items",
            "18 of 48 training images", "these 10 items cannot show that the models differ", "To detect a true difference of",
        ] {
            // The report names the later model first.
            let reversed = sentence.replacing("base and tuned", with: "tuned and base")
            #expect(shown.output.contains(sentence) || shown.output.contains(reversed), "\(sentence)\n\(shown.output)")
        }
        let claims = try json(try project.assay(["audit", file, "--json"], environment: environment).output)["claims"]?.array
        #expect(claims?.count ?? 0 >= 10 && claims?.allSatisfy { $0["holds"]?.bool == true } == true)
    }

    private static let published = TestProject.root + "/../shared/published/foundry-2026-10"

    /// Guards: options without effect were ignored, and no exit code showed that a claim does not hold.
    @Test(
        arguments: [
            (["--counts", "a=1/2", "--task", "count"], 2, "'--task' has no effect on counts"),
            (["--counts", "a=1/2", "--columns", "b"], 2, "'--columns' has no effect on counts"),
            (["--counts", "a=1/2", "--check-claims"], 2, "'--check-claims' needs an audit file"),
            (["a.yaml", "--split", "test"], 2, "'--split' has no effect on an audit file"),
            (["a.yaml", "--screening", "submitted=2,accepted=1"], 2, "'--screening' has no effect on an audit file"),
            (["a.csv", "--columns", ""], 2, "'--columns' names no column"),
            (["a.csv", "--check-claims"], 2, "needs an audit file"),
            (["a.yaml"], 0, ""), (["a.yaml", "--check-claims"], 3, "error: a claim does not hold"),
            (["a.yaml", "--check-claims", "--json"], 3, "error: a claim does not hold"), (["b.yaml", "--check-claims"], 0, ""),
        ] as [([String], Int32, String)])
    func optionsHaveAnEffect(_ arguments: [String], _ status: Int32, _ message: String) throws {
        let project = try TestProject()
        try project.write("a.csv", "label,m\nx,x\n")
        for (name, value) in [("a", "0.9"), ("b", "0.1")] {
            try project.write(
                "\(name).yaml",
                "assay-audit: 1\ntables: { a: { counts: { b: 1/2 } } }\n"
                    + "claims: [{ metric: evaluations.a.b.accuracy, at_least: \(value) }]\n")
        }
        let audit = try project.assay(["audit"] + arguments)
        #expect(audit.status == status && (message.isEmpty || audit.errors.contains(message)), "\(audit.errors)")
    }

    /// A spec for the audit, and an audit for the other commands: each names the right command.
    @Test func otherFiles() throws {
        let project = try TestProject()
        try project.write("assay.yaml", "assay: 1\nname: spec\n")
        try project.write("audit.yaml", "assay-audit: 1\ntables: { a: { counts: { b: 1/2 } } }\n")
        let spec = try project.assay("audit", "assay.yaml")
        #expect(spec.status == 2 && spec.errors.contains("this file is a spec, not an audit"), "\(spec.errors)")
        for command in ["run", "plan", "validate"] {
            let audit = try project.assay(command, "audit.yaml")
            #expect(audit.status == 2 && audit.errors.contains("this file is an audit, not a spec"), "\(audit.errors)")
            #expect(audit.errors.contains("'assay audit FILE' reads it") && !audit.errors.contains("missing-key"))
        }
    }

    @Test func tables() throws {
        let project = try TestProject()
        let rows = (1...16).map { "\($0),cat,\($0 == 3 ? "dog" : "cat"),\($0 == 3 ? "dog" : "cat")\n" }.joined()
        try project.write("answers.csv", "id,label,base,tuned\n" + rows)
        let shown = try project.assay("audit", "answers.csv")
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("identical answers to all 16 items"))
        let written = try project.assay("audit", "answers.csv", "--json", "--columns", "reference=label,tuned,base")
        #expect(try json(written.output)["evaluations"]?["audit"]?["tuned"]?["accuracy"]?.double == 0.9375)
    }

    /// Guards against comparisons that took hours near the limits.
    @Test(.timeLimit(.minutes(5))) func manyModels() throws {
        let project = try TestProject()
        let counts = (0..<60).map { "m\($0)=\(50_000 + 700 * $0)/100000" }
        let shown = try project.assay(["audit", "--json", "--counts"] + counts)
        #expect(shown.status == 0, "\(shown.errors)")
        let pair = try json(shown.output)["comparisons"]?["audit"]?["accuracy"]?["m59"]?["m0"]
        let low = try #require(pair?["interval"]?.array?.first?.double),
            high = try #require(pair?["interval"]?.array?.last?.double)
        #expect(low < 0.413 && 0.413 < high && high - low < 0.02)
        let header = "label," + (0..<300).map { "m\($0)" }.joined(separator: ",") + "\n"
        try project.write("wide.csv", header + "cat" + String(repeating: ",cat", count: 300) + "\n")
        let wide = try project.assay("audit", "wide.csv")
        #expect(wide.status == 2 && wide.errors.contains("300 columns contain answers; at most 30"), "\(wide.errors)")
    }

    /// An untrusted audit file names a private key, or a variable that contains the path of one.
    @Test func secretsAreNotQuoted() throws {
        let project = try TestProject()
        try project.write("id_rsa", "-----BEGIN,TOPSECRET\na,b\n")
        for path in ["id_rsa", "${HIDDEN}", "${HIDDEN}/answers.csv"] {
            try project.write("a.yaml", "assay-audit: 1\ntables:\n  a: { answers: \"\(path)\" }\n")
            let shown = try project.assay(["audit", "a.yaml"], environment: ["HIDDEN": "sk-TOPSECRET"])
            #expect(shown.status == 2, "\(path): \(shown.errors)")
            #expect(!(shown.errors + shown.output).contains("TOPSECRET"), "\(path): \(shown.errors)")
        }
    }

    /// Guards against Foundation's words for files that cannot be read, and against whole columns in messages.
    @Test func specialFiles() throws {
        let project = try TestProject()
        try project.tool("mkfifo", "pipe")
        try project.write("deep.jsonl", String(repeating: "[", count: 100_000))
        try project.write("rows.csv", "cat,cat\ndog,cat\ncat,dog\n")
        try project.write("twice.jsonl", "{\"label\": \"cat\", \"m\": \"cat\", \"m\": \"dog\"}\n")
        for (file, text) in [
            ("pipe", "it is a named pipe, not a regular file"), ("/dev/zero", "not a regular file"),
            ("deep.jsonl", "the file is one JSON list"), ("rows.csv", "if the first line is data, add a line with column names"),
            ("twice.jsonl", "twice.jsonl:1:1: error[bad-answers]"), ("missing.csv", "there is no file 'missing.csv'"),
        ] {
            let shown = try project.assay("audit", file)
            #expect(shown.status == 2 && shown.errors.contains(text), "\(file): \(shown.errors)")
            #expect(shown.errors.utf8.count < 2000 && !shown.errors.contains("Error."), "\(file): \(shown.errors)")
        }
    }

    @Test func badInput() throws {
        let project = try TestProject()
        try project.write("answers.csv", "id,label,base\n1,cat,cat\n1,,cat\n")
        let bad = try project.assay("audit", "answers.csv")
        #expect(bad.status == 2)
        #expect(bad.errors.contains("answers.csv:3:1") && bad.errors.contains("answers.csv:3:3"))
        for arguments in [
            ["audit"], ["audit", "none.csv"], ["audit", "--counts", "base=11/10"], ["audit", "answers.csv", "--task", "clasify"],
        ] {
            let result = try project.assay(arguments)
            #expect(result.status == 2 && !result.errors.isEmpty, "\(arguments)")
        }
    }
}
