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
