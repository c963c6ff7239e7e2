// A whole experiment in seconds: three labels, three models, the emulator.

enum SmallExperiment {
    static let spec = """
        assay: 1
        name: small
        dataset:
          generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 }
        splits:
          main: { train: 6, validation: 1, test: 3, order: name }
        prompts:
          classify:
            system: "Classify the following input image into one of the following categories: [{{ labels }}]."
            user: [image]
        requests:
          json:  { prompt: classify, detail: low, answer: { json: label, name: Classification } }
          plain: { prompt: classify, detail: low, answer: text, max_tokens: 20, temperature: 0, seed: 42 }
        providers:
          local: { kind: emulator, account: small }
        models:
          base:  { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch }
          tuned:
            provider: local
            fine_tune:
              model: shapes-base
              method: supervised
              data: { split: main, prompt: classify, detail: low, answer: text }
              hyperparameters: { batch_size: 6, learning_rate_multiplier: 0.5, n_epochs: 2 }
              seed: 42
            deploy: { sku: Standard, capacity: 50 }
          cnn:
            train:
              architecture: small_cnn
              weights: none
              data: { split: main }
              epochs: 2
              batch_size: 8
              optimizer: { adamw: { learning_rate: 3.0e-3 } }
              schedule: constant
              seed: 42
        evaluations:
          accuracy: { split: main.test, models: { base: { batch: json }, tuned: { online: plain }, cnn: {} } }
          latency:  { split: main.test, concurrency: 1, models: { base: { online: plain }, tuned: { online: plain }, cnn: {} } }
        baseline: base
        """

    /// The steps that a second fine-tune makes run.
    static let followsFineTune: Set<String> = [
        "fine-tune:tuned", "ask-online:tuned:plain:main.test", "ask-online:tuned:latency", "score:accuracy:tuned",
        "score:latency:tuned",
    ]
}
