// The smallest experiment with paid work: nine pictures in one batch.

enum BatchExperiment {
    /// - Parameters:
    ///   - faults: the path of a fault script.
    ///   - attempts: the number of attempts for missing answers.
    static func spec(faults: String? = nil, attempts: Int = 3, prices: String? = nil) -> String {
        """
        assay: 1
        name: one-batch
        dataset:
          generate: { pictures: shapes, labels: 3, per_label: 4, seed: 7 }
        splits:
          main: { train: 1, test: 3, order: name }
        prompts:
          classify:
            system: "Classify the following input image into one of the following categories: [{{ labels }}]."
            user: [image]
        requests:
          json:  { prompt: classify, detail: low, answer: { json: label, name: Classification } }
        providers:
          local:
            { kind: emulator, account: small\(faults.map { ", faults: \($0)" } ?? ""), price_as: gpt-4o-2024-08-06 }
        models:
          base:  { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch }
        evaluations:
          accuracy: { split: main.test, attempts: \(attempts), models: { base: { batch: json } } }
        \(prices.map { "prices: \($0)" } ?? "")
        """
    }

    static let batch = "run-batch:base:json:main.test"
}
