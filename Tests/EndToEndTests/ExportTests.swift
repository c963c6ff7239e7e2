// `assay export`, `assay verify` and recorded answers, with the built binaries.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct ExportTests {
    private static let spec = """
        assay: 1
        name: recorded
        dataset:
          generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 }
        splits:
          main: { train: 6, validation: 1, test: 3, order: name }
        models:
          cnn:
            train:
              architecture: small_cnn
              weights: none
              data: { split: main }
              epochs: 1
              batch_size: 8
              optimizer: { adamw: { learning_rate: 3.0e-3 } }
              schedule: constant
              seed: 42
          published: { answers: published.csv, columns: { path: file, answer: said } }
        evaluations:
          accuracy: { split: main.test, repeats: 2, models: { cnn: {}, published: {} } }
        baseline: published
        claims:
          - { metric: evaluations.accuracy.published.accuracy, published: 1, within: 0.4 }
        """

    /// Recorded answers are a row like any other; a changed table is read again, and a wrong one is one error.
    @Test func recordedAnswersAreAModel() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        try project.write("published.csv", "file,said\nnowhere.png,x\n")
        let wrong = try project.assay("run", "--yes")
        #expect(wrong.status == 1)
        let text = wrong.output + wrong.errors
        #expect(text.contains("published.csv:2: 'nowhere.png' is not an item of the dataset"), "\(text)")
        #expect(text.contains("has no answer to 9 of 9 items"), "\(text)")

        let alone = try project.assay(
            "run", "--yes", "--set", "evaluations.accuracy.models={cnn: {}}", "--set", "baseline=cnn", "--set", "claims=[]")
        #expect(alone.status == 0, "\(alone.errors)")
        let rows = try project.assay("report", "--format", "predictions").output.split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        // The variant's name, which is the first field, contains commas.
        #expect(rows.count == 9)
        try project.write("published.csv", "file,said\n" + rows.map { "\($0[$0.count - 8]),\($0[$0.count - 6])\n" }.joined())
        let right = try project.assay("run", "--yes", "--check-claims")
        #expect(right.status == 0, "\(right.output) \(right.errors)")
        let report = try project.assay("report", "--format", "csv").output
        #expect(report.contains("default,accuracy,published,main.test,9,1.0,"), "\(report)")
        // A cost that the table does not state is unknown.
        let table = report.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let cost = try #require(table.first?.firstIndex(of: "cost_usd"))
        #expect(table.contains { $0.contains("published") && $0[cost].isEmpty }, "\(report)")
        #expect(try project.assay("plan", "--check").status == 0)
        try project.write("published.csv", "file,said\n" + rows.map { "\($0[$0.count - 8]),nothing\n" }.joined())
        let explained = try project.assay("explain")
        #expect(explained.output.contains("read-answers:published"), "\(explained.output)")
    }

    /// Guards: links, pipes and devices were replaced with files, and a crate was written into a folder with other files.
    private func targetsAreNotDestroyed(_ project: TestProject) throws {
        try project.write("target.txt", "kept")
        let files = FileManager.default
        try files.createSymbolicLink(atPath: project.folder + "/link", withDestinationPath: "target.txt")
        #expect(mkfifo(project.folder + "/pipe", 0o600) == 0)
        try files.copyItem(atPath: project.folder + "/crate", toPath: project.folder + "/other")
        try project.write("other/notes.txt", "mine")
        for (format, output, message) in [
            ("csv", "link", "'link' is a link"), ("csv", "pipe", "'pipe' is not a regular file"),
            ("ro-crate", "target.txt", "'target.txt' is not a folder"), ("eee", "target.txt", "'target.txt' is not a folder"),
            ("ro-crate", "other", "'other' also contains 'notes.txt'"),
        ] {
            let result = try project.assay("export", "--to", format, "--output", output)
            #expect(result.status == 2 && result.errors.contains(message), "\(format) \(output): \(result.errors)")
        }
        #expect(try String(contentsOfFile: project.folder + "/target.txt", encoding: .utf8) == "kept")
        #expect(try files.destinationOfSymbolicLink(atPath: project.folder + "/link") == "target.txt")
        #expect(try project.assay("export", "--to", "ro-crate", "--output", "crate").status == 0)
    }

    @Test func anExportedRunIsVerified() throws {
        let project = try TestProject()
        try project.write("assay.yaml", SmallExperiment.spec)
        #expect(try project.assay("run", "--yes").status == 0)
        for (format, mark) in [
            ("junit", "<testsuites"), ("latex", "\\begin{tabular}"), ("csv", "run,variant,evaluation,model"),
            ("github-summary", "### Results"),
        ] {
            let result = try project.assay("export", "--to", format)
            #expect(result.status == 0 && result.output.contains(mark), "\(format): \(result.errors)")
        }
        #expect(try project.assay("export", "--to", "ro-crate", "--output", "crate").status == 0)
        let sound = try project.assay("verify", "crate")
        #expect(sound.status == 0 && sound.output.contains("The crate is sound"), "\(sound.output)")
        try targetsAreNotDestroyed(project)
        try project.write("crate/report.md", "better")
        let changed = try project.assay("verify", "crate")
        #expect(changed.status == 1 && changed.output.contains("report.md: the content has changed"), "\(changed.output)")
        #expect(try project.assay("verify", "nowhere").status == 2)
        #expect(try project.assay("export", "--to", "ro-crate", "--output", ".").status == 2)
        let untrusted = try project.assay("export", "--to", "mlflow", "--uri", "http://mlflow.example:5000")
        #expect(untrusted.status == 2 && untrusted.errors.contains("not a host that you trust"), "\(untrusted.errors)")
    }
}
