// The provider's image screening: accepted images per label, and a label that lost all its images.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct ScreeningTests {
    private func spec(_ screening: String, allow: String = "") -> String {
        """
        assay: 1
        name: screening
        dataset: { generate: { pictures: shapes, labels: 4, per_label: 20, seed: 7 } }
        splits: { main: { train: 12, validation: 4, test: 4, order: name } }
        prompts: { classify: { system: "One of [{{ labels }}].", user: [image] } }
        requests: { plain: { prompt: classify, detail: low, answer: text } }
        providers:
          local: { kind: emulator, account: screened, screening: \(screening) }
        models:
          tuned:
            provider: local
            fine_tune:
              model: shapes-base
              data: { split: main, prompt: classify, detail: low\(allow) }
              hyperparameters: { n_epochs: 1, batch_size: 6 }
              seed: 42
        evaluations: { accuracy: { split: main.test, models: { tuned: { online: plain } } } }
        """
    }

    private func report(_ run: TestProject.Result, _ name: String) throws -> String {
        let path = try #require(run.end["report"] as? String)
        let file = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(name)
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// October 2026: 30 of 48 training images and 11 of 16 validation images were accepted, without reasons.
    @Test func acceptedImagesAreReportedByLabel() throws {
        let project = try TestProject()
        // Of the first label ten, of the second five, of the third three; of the last none.
        let training = Array(1...10) + Array(13...17) + [25, 26, 36]
        try project.write("spec.yaml", spec("{ training: \(training), validation: [1, 2, 3, 9, 16] }"))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(1500))")
        let page = try report(run, "report.md")
        #expect(page.contains("accepted 30 of 48 training images"), "\(page)")
        #expect(page.contains("accepted 11 of 16 validation images"))
        for counts in ["2 of 12", "7 of 12", "9 of 12", "12 of 12"] { #expect(page.contains(counts), "\(counts)") }
        // The terminal shows the same, also when the step is cached.
        let shown = try project.assay("run", "spec.yaml", "--yes")
        #expect(shown.output.contains("accepted 30 of 48 training images. Accepted by label:"), "\(shown.output)")
        #expect(shown.output.contains("accepted 11 of 16 validation images. Accepted by label:"))
        // The job trained on the remaining images, at no extra cost.
        #expect(try project.facts(of: "fine-tune:tuned", "left_out") == [18])
    }

    @Test func aLabelThatLosesAllItsImagesFailsTheStepUnlessAllowed() throws {
        let project = try TestProject()
        let screening = "{ training: \(Array(1...12)) }"
        try project.write("spec.yaml", spec(screening))
        let failed = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(failed.status != 0)
        #expect((failed.output + failed.errors).contains("image screening rejected all training images of the label"))
        #expect((failed.output + failed.errors).contains("allow_lost_labels"))
        try project.write("spec.yaml", spec(screening, allow: ", allow_lost_labels: true"))
        let allowed = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(allowed.status == 0, "\(allowed.errors)\n\(allowed.output.suffix(1500))")
        // The same job: nothing is paid for twice.
        let created = try String(
            contentsOfFile: project.folder + "/.assay/emulator/screened/requests.jsonl", encoding: .utf8
        ).split(separator: "\n").count { $0.contains("\"POST\"") && $0.contains("fine_tuning") && $0.contains("jobs") }
        #expect(created == 1)
    }

    @Test func aShareIsRejectedOfEachFile() throws {
        let project = try TestProject()
        try project.write("spec.yaml", spec("{ share: 0.25, seed: 3 }"))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(1500))")
        let page = try report(run, "report.md")
        #expect(page.contains("accepted 36 of 48 training images") && page.contains("accepted 12 of 16 validation images"))
    }
}
