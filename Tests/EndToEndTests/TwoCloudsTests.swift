// One spec with the emulators of two clouds: equal answers, one report, no duplicates after a kill.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TwoCloudsTests {
    private static let spec = """
        assay: 1
        name: clouds
        dataset: { generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 } }
        splits: { main: { train: 6, validation: 1, test: 3, order: name } }
        prompts:
          classify:
            system: "Classify the following input image into one of the following categories: [{{ labels }}]."
            user: [image]
        requests:
          json:  { prompt: classify, detail: low, answer: { json: label, name: Classification } }
          plain: { prompt: classify, detail: low, answer: text, max_tokens: 20 }
        providers:
          azure:  { kind: emulator, account: clouds-azure, price_as: gpt-4o-2024-08-06 }
          google: { kind: emulator, api: vertex, account: clouds-google, price_as: gemini-3.5-flash }
        models:
          azure-base: { provider: azure, model: shapes-base, deployment: base, batch_deployment: base-batch }
          google-base: { provider: google, model: shapes-base }
          google-tuned:
            provider: google
            fine_tune:
              model: shapes-base
              data: { split: main, prompt: classify, detail: low, answer: text }
              hyperparameters: { epochs: 2, learning_rate_multiplier: 0.5, adapter_size: 4 }
              evaluate_checkpoints: true
        evaluations:
          accuracy:
            split: main.test
            models: { azure-base: { batch: json }, google-base: { batch: json }, google-tuned: { online: plain } }
        baseline: azure-base
        """

    /// The predicted label of each image, by model.
    private func predictions(_ run: TestProject.Result) throws -> [String: [String: String]] {
        let path = try #require(run.end["report"] as? String)
        let file = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("predictions.csv")
        let rows = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let head = try #require(rows.first)
        let model = try #require(head.firstIndex(of: "model")), image = try #require(head.firstIndex(of: "example"))
        let said = try #require(head.firstIndex(of: "matched"))
        var found: [String: [String: String]] = [:]
        for row in rows.dropFirst() { found[row[model], default: [:]][row[image]] = row[said] }
        return found
    }

    @Test func bothBaseModelsGiveTheSameAnswerForEveryImage() throws {
        let project = try TestProject()
        try project.write("spec.yaml", Self.spec)
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(1500))")
        let said = try predictions(run)
        let azure = try #require(said["azure-base"])
        #expect(azure.count == 9)
        #expect(said["google-base"] == azure)
        // Checkpoints have separate rows, and each was queried at its endpoint.
        #expect(said["google-tuned"]?.count == 9 && said["google-tuned@epoch-1"]?.count == 9)
        let requests = try project.requests(account: "clouds-google")
        #expect(requests["batchPredictionJobs.create"] == 1 && requests["tuningJobs.create"] == 1)
        #expect(requests["generateContent"] == 18)
        let again = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(again.status == 0)
        #expect(try project.requests(account: "clouds-google") == requests)
    }
}
