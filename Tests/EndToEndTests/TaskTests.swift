// Tasks other than classification, from a table to the report.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TaskTests {
    /// Ten pictures with a text each; a program reads them with one letter wrong in every second one.
    private func lines(_ project: TestProject, extra: String = "") throws {
        try project.pictures("lines", perLabel: 4)
        var table = "path,text\n"
        var at = 0
        for label in ["blue", "green", "red"] {
            for index in 0..<4 {
                table += "lines/\(label)/\(index).png,line number \(at)\n"
                at += 1
            }
        }
        try project.write("lines.csv", table)
        try project.write("answers.csv", table)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: lines
            task: transcribe
            dataset: { table: lines.csv }
            splits: { main: { train: 4, test: 8 } }
            models:
              good: { command: { run: \(reader(wrong: false)), inputs: [answers.csv] }, predictions: predictions.csv }
              bad: { command: { run: \(reader(wrong: true)), inputs: [answers.csv] }, predictions: predictions.csv }
            evaluations:
              reading: { split: main.test, models: { bad: {}, good: {} } }
            claims:
              - { metric: evaluations.reading.good.cer, at_most: 0.01 }
              - { metric: comparisons.reading.cer.good.bad.difference, at_most: 0 }
            \(extra)
            """)
    }

    /// Reads the answer of each item out of a table, by the end of its path.
    private func reader(wrong: Bool) -> String {
        let change = wrong ? #"; if (n++ % 2 == 0) sub(/n/, "m", t)"# : ""
        return #"""
            "awk -F, 'NR == FNR { text[$1] = $2; next } FNR == 1 { print \"id,answer\"; next } { t = text[$2]\#(change.replacingOccurrences(of: "\"", with: "\\\"")); print $2 \",\" t }' answers.csv predict.csv > predictions.csv"
            """#
    }

    private func metrics(_ project: TestProject) throws -> [String: Any] {
        let runs = try FileManager.default.contentsOfDirectory(atPath: project.folder + "/.assay/runs").sorted()
        let data = try Data(contentsOf: URL(fileURLWithPath: project.folder + "/.assay/runs/\(runs.last ?? "")/metrics.json"))
        let all = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (all?["variants"] as? [String: Any])?["default"] as? [String: Any] ?? [:]
    }

    private func value(_ document: Any?, _ path: String...) -> Any? {
        path.reduce(document) { ($0 as? [String: Any])?[$1] }
    }

    @Test func transcriptionEndsInARateWithAnInterval() throws {
        let project = try TestProject()
        try lines(project)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(run.output.contains("character error rate [95 % CI]"), "\(run.output)")
        #expect(run.output.contains("12 items, 12 images, 12 groups"))
        #expect(run.output.contains("Failures too rare to appear in these 8 groups are in no interval."))
        let document = try metrics(project)
        #expect(value(document, "evaluations", "reading", "good", "cer") as? Double == 0)
        let bad = try #require(value(document, "evaluations", "reading", "bad", "cer") as? Double)
        #expect(bad > 0 && bad < 0.1)
        #expect((value(document, "evaluations", "reading", "bad", "cer_interval") as? [Double])?.count == 2)
        #expect(value(document, "evaluations", "reading", "bad", "exact") as? Double == 0.5)
        #expect(value(document, "evaluations", "reading", "bad", "answers", "clean") as? Int == 8)
        #expect(value(document, "evaluations", "reading", "bad", "accuracy") == nil)
        #expect(value(document, "comparisons", "reading", "cer", "good", "bad", "p_value") as? Double ?? 1 < 0.2)
        let claims = try #require(document["claims"] as? [[String: Any]])
        #expect(claims.first?["verdict"] as? String == "reproduced")
        // The same spec again runs nothing, and another score of the same answers asks nothing.
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.steps("ran").isEmpty, "\(again.output)")
    }

    @Test func severalQuestionsAnImageGoThroughTheEmulator() throws {
        let project = try TestProject()
        try project.pictures("pages", perLabel: 2)
        var table = ""
        for label in ["blue", "green", "red"] {
            for index in 0..<2 {
                for number in 1...2 {
                    table +=
                        #"{"path":"pages/\#(label)/\#(index).png","question":"What is \#(number)?","answers":["x\#(number)"]}"#
                        + "\n"
                }
            }
        }
        try project.write("questions.jsonl", table)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: questions
            task: { answer: { score: exact } }
            dataset: { table: questions.jsonl }
            splits: { main: { test: 100% } }
            prompts: { ask: { user: [image, { text: "{{ question }}" }] } }
            requests: { text: { prompt: ask, answer: { json: answer, name: Answer }, max_tokens: 50 } }
            providers: { local: { kind: emulator, account: tasks } }
            models: { base: { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch } }
            evaluations:
              asked: { split: main.test, models: { base: { online: text } } }
            """)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(run.output.contains("every answer is random in the correct form"), "\(run.output)")
        let document = try metrics(project)
        #expect(value(document, "evaluations", "asked", "base", "n") as? Int == 12)
        #expect(value(document, "evaluations", "asked", "base", "groups") as? Int == 6)
        #expect(value(document, "evaluations", "asked", "base", "answers", "clean") as? Int == 12)
    }

    struct Misfit: Sendable, CustomTestStringConvertible {
        var id: String
        var old: String
        var new: String
        var error: String
        var testDescription: String { id }
    }

    /// What the task cannot use is an error at its place; nothing is silently ignored.
    @Test(arguments: [
        Misfit(
            id: "train", old: "models:\n",
            new: "models:\n  cnn: { train: { architecture: small_cnn, weights: none, data: { split: main }, epochs: 1 } }\n",
            error: "spec.yaml:7:17: error[unsupported-by-task]: the task 'transcribe' cannot use 'train:'"),
        Misfit(
            id: "match", old: "split: main.test,", new: "split: main.test, match: { ignore: [case] },",
            error: "error[unsupported-by-task]: the task 'transcribe' cannot use 'match:'"),
        Misfit(
            id: "folder", old: "{ table: lines.csv }", new: "{ folder: lines }",
            error: "spec.yaml:4:20: error[unsupported-by-task]: the task 'transcribe' cannot use 'folder'"),
        Misfit(
            id: "unknown task", old: "task: transcribe", new: "task: transcibe",
            error: "spec.yaml:3:7: error[bad-task]: 'transcibe' is not a task"),
        Misfit(
            id: "unknown option", old: "task: transcribe", new: "task: { answer: { scor: anls } }",
            error: "spec.yaml:3:19: error[bad-task]: 'scor' is not an option of the task 'answer'"),
        Misfit(
            id: "claim of another task", old: "reading.good.cer", new: "reading.good.accuracy",
            error: "error[unknown-metric]"),
        Misfit(
            id: "column of another task", old: "{ table: lines.csv }", new: "{ table: lines.csv, columns: { boxes: text } }",
            error: "error[unsupported-by-task]: the task 'transcribe' cannot use the column 'boxes'"),
        Misfit(
            id: "more than all", old: "{ train: 4, test: 8 }", new: "{ train: 60%, test: 60% }", error: "error[split-too-large]"),
    ])
    func misfitsAreErrorsAtTheirPlaces(_ misfit: Misfit) throws {
        let project = try TestProject()
        try lines(project)
        let text = try String(contentsOfFile: project.folder + "/spec.yaml", encoding: .utf8)
        try project.write("spec.yaml", text.replacingOccurrences(of: misfit.old, with: misfit.new))
        let checked = try project.assay("validate", "spec.yaml")
        #expect(checked.status != 0)
        #expect((checked.output + checked.errors).contains(misfit.error), "\(checked.output)\(checked.errors)")
    }
}
