// Generated results with the shape of a real run, drawn from a seed.

import Basics
import Foundation
import Reporting
import Statistics

/// Results as a run would leave them. Every number follows from the seed.
struct Sample {
    var labels: [String]
    var perLabel = 5
    private var random: SeededRandom
    private let noon = Date(timeIntervalSince1970: 1_763_900_000)

    init(labels: [String], perLabel: Int = 5, seed: UInt64 = 1) {
        self.labels = labels
        self.perLabel = perLabel
        random = SeededRandom(seed: seed)
    }

    /// Twelve shapes, as the quickstart's.
    static let shapes = [
        "Arrow", "Circle", "Crescent", "Cross", "Diamond", "Heart", "Hexagon", "Pentagon", "Ring", "Square", "Star",
        "Triangle",
    ]

    var examples: [(id: String, label: String)] {
        labels.flatMap { label in
            (0..<perLabel).map { (id: "\(label.lowercased().replacing(" ", with: "_"))/\($0).jpg", label: label) }
        }
    }

    /// Answers that are right with a probability that differs from label to label around `accuracy`; mistakes fall
    /// mostly on the label's neighbours.
    mutating func answers(
        accuracy: Double, latency: (mean: Double, spread: Double)? = nil, unmatched: Double = 0,
        emptyLabel: String? = nil, prefix: String = ""
    ) -> [ScoredAnswer] {
        let matcher = LabelMatcher(labels: labels)
        var skill = SeededRandom(seed: 99)
        let skills = Dictionary(uniqueKeysWithValues: labels.map { ($0, 0.7 + 0.6 * skill.unit()) })
        return examples.map { example in
            let isRight = random.unit() < min(0.99, accuracy * (skills[example.label] ?? 1))
            var answer = example.label
            if !isRight, let at = labels.firstIndex(of: answer) {
                let reach = random.unit() < 0.8 ? 2 : Double(labels.count - 1)
                let step = 1 + Int(random.unit() * reach)
                answer = labels[(at + step) % labels.count]
                if random.unit() < unmatched { answer = "some \(answer.lowercased())" }
            }
            if example.label == emptyLabel { answer = "" }
            let time = latency.map { latency in
                let draw = Normal.quantile(0.001 + 0.998 * random.unit())
                let tail = random.unit() < 0.01 ? 2.5 : 1
                return ((latency.mean * tail + latency.spread * draw) * 100).rounded() / 100
            }
            return matcher.score(
                example: prefix + example.id, label: example.label, reply: .text(answer), latencyMilliseconds: time)
        }
    }

    /// A whole run: base, fine-tuned, CNN; accuracy and latency; training, claims, plan.
    mutating func results(emulated: Bool = true) -> ExperimentResults {
        let context = ModelResult.LatencyContext(measuredAt: noon, machine: "2 cores, x86_64, Debian 12", warmUp: 3)
        var local = context
        local.throughput = 312.4
        let emulation =
            emulated
            ? ModelResult.Emulation(
                network: "EfficientNet-Lite0", labelsKnown: labels.count - 2, labelsAsked: labels.count) : nil
        let base = answers(accuracy: 0.66, unmatched: 0.05)
        let tuned = answers(accuracy: 0.84, emptyLabel: labels[1])
        let cnn = answers(accuracy: 0.62, latency: (9.4, 0.8))
        let accuracy = EvaluationResults(
            name: "accuracy", measuresLatency: false,
            models: [
                ModelResult(
                    model: "base", split: "main.test", mode: "batch json", answers: base,
                    tokens: .init(input: 34_740, output: 360), resultCost: Money(dollars: 0.045), emulation: emulation),
                ModelResult(
                    model: "tuned", split: "main.test", mode: "online plain", answers: tuned,
                    tokens: .init(input: 34_740, output: 360), resultCost: Money(dollars: 0.0904),
                    emulation: emulation),
                ModelResult(
                    model: "cnn", split: "main.test", mode: "predict", answers: cnn, latency: local,
                    resultCost: .zero),
            ])
        let latency = EvaluationResults(
            name: "latency", measuresLatency: true,
            models: [
                ModelResult(
                    model: "base", split: "main.test", mode: "online plain",
                    answers: answers(accuracy: 0.66, latency: (165, 22)), latency: context,
                    resultCost: Money(dollars: 0.09), emulation: emulation),
                ModelResult(
                    model: "tuned", split: "main.test", mode: "online plain",
                    answers: answers(accuracy: 0.84, latency: (150, 18)), latency: context,
                    resultCost: Money(dollars: 0.09), emulation: emulation),
                ModelResult(
                    model: "cnn", split: "main.test", mode: "predict", answers: cnn, latency: local,
                    resultCost: .zero, isCached: true),
            ])
        return ExperimentResults(
            experiment: "sample", run: "20251123-121320-4f2a", state: .done, startedAt: noon,
            finishedAt: noon.addingTimeInterval(83.4), machine: "2 cores, x86_64, Debian 12", version: "0.1.0",
            specPath: "experiments/sample.yaml", specText: Sample.spec,
            command: "assay run experiments/sample.yaml --yes", labels: labels,
            variants: [
                VariantResults(
                    baseline: "base", evaluations: [accuracy, latency], trainings: trainings(emulated: emulated),
                    claims: Sample.claims)
            ],
            steps: Sample.steps(emulated: emulated),
            spending: .init(
                real: emulated ? .zero : Money(dollars: 153.2), emulated: emulated ? Money(dollars: 3.41) : .zero,
                allResults: Money(dollars: 3.41), emulatedResults: emulated ? Money(dollars: 3.41) : .zero),
            warnings: ["2 images of main.test are near-identical to images of main.train"])
    }

    /// A grid of two keys that affect one model each.
    static func sweep() -> ExperimentResults {
        var sample = Sample(labels: shapes)
        var results = sample.results()
        let model = results.variants[0]
        results.variants = []
        var tuned: [String: [ScoredAnswer]] = [:], cnn: [String: [ScoredAnswer]] = [:]
        for rate in ["1", "2"] {
            for seed in ["7", "8"] {
                var variant = model
                variant.name = VariantName("learning_rate_multiplier=\(rate),random_number_seed=\(seed)")
                variant.changes = [
                    "models.tuned.learning_rate_multiplier": rate, "models.cnn.random_number_seed": seed,
                ]
                let ours = tuned[rate] ?? sample.answers(accuracy: 0.8)
                let theirs = cnn[seed] ?? sample.answers(accuracy: 0.6)
                (tuned[rate], cnn[seed]) = (ours, theirs)
                variant.evaluations[0].models[1].answers = ours
                variant.evaluations[0].models[2].answers = theirs
                results.variants.append(variant)
            }
        }
        return results
    }

    /// The same results under names as long as people choose them.
    static func longNames() -> ExperimentResults {
        var sample = Sample(labels: (1...30).map { "Black-And-Tan Coonhound of the long kind \($0)" })
        var results = sample.results()
        func long(_ name: String) -> String { "gpt-4o-2024-08-06-\(name)-on-4800-photographs" }
        for at in results.variants.indices {
            results.variants[at].baseline = results.variants[at].baseline.map(long)
            for evaluation in results.variants[at].evaluations.indices {
                for model in results.variants[at].evaluations[evaluation].models.indices {
                    results.variants[at].evaluations[evaluation].models[model].model = long(
                        results.variants[at].evaluations[evaluation].models[model].model)
                }
            }
            for training in results.variants[at].trainings.indices {
                results.variants[at].trainings[training].model = long(results.variants[at].trainings[training].model)
            }
        }
        return results
    }

    private mutating func trainings(emulated: Bool) -> [TrainingHistory] {
        let epochs = (1...8).map { epoch in
            let fall = exp(-Double(epoch) / 2.5)
            return TrainingHistory.Epoch(
                epoch: epoch, trainLoss: 0.3 + 3.4 * fall, trainAccuracy: 0.95 - 0.9 * fall,
                validationLoss: 1.2 + 2.1 * fall + 0.02 * Double(epoch), validationAccuracy: 0.62 - 0.55 * fall,
                seconds: 14.2)
        }
        let steps = (1...160).map { step in
            let fall = exp(-Double(step) / 35)
            return TrainingHistory.Step(
                step: step, trainLoss: max(0.02, 0.25 + 1.9 * fall + 0.25 * (random.unit() - 0.5)),
                trainAccuracy: min(1, max(0, 0.93 - 0.7 * fall + 0.2 * (random.unit() - 0.5))),
                validationLoss: step.isMultiple(of: 20) ? 0.4 + 1.7 * fall : nil,
                validationAccuracy: step.isMultiple(of: 20) ? 0.85 - 0.6 * fall : nil)
        }
        return [
            TrainingHistory(
                model: "tuned", kind: .fineTune, steps: steps, cost: Money(dollars: 3.09),
                hostingHourly: Money(dollars: 1.7), seconds: 41, trainedTokens: 112_320, isEmulated: emulated),
            TrainingHistory(model: "cnn", kind: .epochs, epochs: epochs, selectedEpoch: 7, seconds: 113.6),
        ]
    }

    static let claims: [Claim] = [
        Claim(
            .metric("evaluations.accuracy.base.accuracy", .sampling), published: 0.7367, n: 600,
            source: "the article, table of results"),
        Claim(.metric("evaluations.accuracy.tuned.accuracy", .absolute(0.05)), published: 0.8267, n: 600),
        Claim(.metric("comparisons.latency.latency_ms_mean.tuned.base.relative", .absolute(0.05)), published: -0.096),
        Claim(.metric("training.tuned.cost_usd", .relative(0.05)), published: 152),
        Claim(.metric("training.cnn.seconds", .atMost(1800)), published: 1800),
        Claim(.stated("tuned inference costs 10% more"), published: 0.1, source: "the article"),
    ]

    static func steps(emulated: Bool) -> [StepRecord] {
        func paid(_ dollars: Double) -> StepRecord.Forecast {
            .init(
                low: Money(dollars: dollars * 0.9), expected: Money(dollars: dollars),
                high: Money(dollars: dollars * 1.4))
        }
        var steps = [
            StepRecord(id: "index-dataset", kind: "index-dataset", state: .cached),
            StepRecord(id: "split-dataset:main", kind: "split-dataset", state: .cached, after: ["index-dataset"]),
            StepRecord(
                id: "check-leaks:main", kind: "check-leaks", state: .ran, seconds: 0.4, after: ["split-dataset:main"]),
            StepRecord(
                id: "write-requests:accuracy:base", kind: "write-requests", state: .ran, seconds: 0.2,
                after: ["split-dataset:main"]),
            StepRecord(
                id: "run-batch:accuracy:base", kind: "run-batch", state: .ran, seconds: 6.1, forecast: paid(0.05),
                cost: Money(dollars: 0.045), isEmulated: emulated, after: ["write-requests:accuracy:base"]),
            StepRecord(id: "score:accuracy:base", kind: "score", state: .ran, after: ["run-batch:accuracy:base"]),
            StepRecord(
                id: "write-training-data:tuned", kind: "write-training-data", state: .ran, seconds: 0.3,
                after: ["split-dataset:main"]),
            StepRecord(
                id: "fine-tune:tuned", kind: "fine-tune", state: .ran, seconds: 41, forecast: paid(3.2),
                cost: Money(dollars: 3.09), isEmulated: emulated,
                after: ["write-training-data:tuned", "check-leaks:main"]),
            StepRecord(
                id: "ask-online:accuracy:tuned", kind: "ask-online", state: .ran, seconds: 9.2, forecast: paid(0.1),
                cost: Money(dollars: 0.0904), isEmulated: emulated, after: ["fine-tune:tuned"]),
            StepRecord(id: "score:accuracy:tuned", kind: "score", state: .ran, after: ["ask-online:accuracy:tuned"]),
            StepRecord(
                id: "ask-online:latency:tuned", kind: "ask-online", state: .ran, seconds: 9.9, forecast: paid(0.1),
                cost: Money(dollars: 0.09), isEmulated: emulated, after: ["fine-tune:tuned"]),
            StepRecord(
                id: "ask-online:latency:base", kind: "ask-online", state: .ran, seconds: 10.3, forecast: paid(0.1),
                cost: Money(dollars: 0.09), isEmulated: emulated, after: ["split-dataset:main"]),
        ]
        for epoch in 1...8 {
            let before: StepID = epoch == 1 ? "split-dataset:main" : StepID("train-epoch:cnn:\(epoch - 1)")
            steps.append(
                StepRecord(
                    id: StepID("train-epoch:cnn:\(epoch)"), kind: "train-epoch", state: epoch < 5 ? .cached : .ran,
                    seconds: epoch < 5 ? 0 : 14.2, after: [before]))
        }
        return steps + [
            StepRecord(
                id: "select-checkpoint:cnn", kind: "select-checkpoint", state: .ran,
                after: (1...8).map { StepID("train-epoch:cnn:\($0)") }),
            StepRecord(id: "predict:cnn", kind: "predict", state: .ran, seconds: 1.2, after: ["select-checkpoint:cnn"]),
            StepRecord(id: "score:accuracy:cnn", kind: "score", state: .ran, after: ["predict:cnn"]),
        ]
    }

    static let spec = """
        assay: 1
        name: sample
        dataset:
          generate: { pictures: shapes, labels: 12, per_label: 50, seed: 7 }   # our own drawings
        splits:
          main: { train: 40, validation: 5, test: 5, order: name }
        models:
          base: { provider: local, model: shapes-base }
          cnn:
            train: { architecture: small_cnn, epochs: 8, optimizer: { adamw: { learning_rate: 3.0e-3 } } }
        baseline: base

        """
}
