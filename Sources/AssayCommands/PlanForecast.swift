// What the steps of a plan will cost, before anything is sent.

import Artifacts
import Basics
import Foundation
import Planning
import Specification
import Steps

/// Forecasts a plan by the price table, from examples that are there or expected.
struct PlanForecast {
    let prepared: PreparedPlan
    let store: ArtifactStore

    /// Dollars of the steps that will run, by step; nothing for steps that cost nothing or have no price.
    func costs() -> [StepID: CostRange] {
        var costs: [StepID: CostRange] = [:]
        let positions = prepared.plan.positions()
        for (index, step) in prepared.plan.steps.enumerated() where prepared.willRun(index) {
            guard let variant = step.variants.first,
                let loaded = prepared.specs.variants.first(where: { $0.name == variant })?.loaded,
                let prices = loaded.prices
            else { continue }
            let names = PriceBook.from(loaded)
            switch step.work {
            case .runBatch(let work):
                let model = names.name(of: work.identity.model)
                guard let load = load(step, work.identity.request, model, loaded, prices, positions) else { continue }
                costs[step.id] = prices.forecast(load, model: model, by: .batch)
            case .askOnline(let work):
                let model = names.name(of: work.identity.model)
                guard let load = load(step, work.identity.request, model, loaded, prices, positions) else { continue }
                var cost = prices.forecast(load, model: model, by: .online)
                if let deploy = work.settings.deploy, step.inputs.contains(where: { $0.name == FineTune.model }) {
                    let hours = HourRange(
                        answering: load, concurrency: work.identity.latency?.concurrency ?? 8, capacity: deploy.capacity)
                    cost = (cost ?? .zero) + prices.forecastHosting(hours, sku: deploy.sku)
                }
                costs[step.id] = cost
            case .fineTune(let work):
                let model = names.name(of: work.identity.model)
                guard let tokens = trainingTokens(step, model, loaded, prices, positions) else { continue }
                costs[step.id] = prices.forecastTraining(
                    tokens: tokens, epochs: work.identity.hyperparameters.nEpochs, model: model,
                    type: work.identity.trainingType ?? .standard)
            default: continue
            }
        }
        return costs
    }

    // MARK: Examples

    private struct Part {
        var labels: [String]
        var images: RequestLoad.Images
    }

    private func load(
        _ step: Step, _ request: AskedRequest, _ model: String, _ loaded: LoadedSpec, _ prices: PriceTable,
        _ positions: [StepID: Int]
    ) -> RequestLoad? {
        guard let input = step.inputs.first(where: { $0.name == "examples" }),
            let part = part(input, loaded, positions)
        else { return nil }
        return RequestLoad(
            asking: request.spec, prompt: request.prompt, labels: part.labels, about: part.images,
            rule: prices.models[model]?.imageTokens)
    }

    private func trainingTokens(
        _ step: Step, _ model: String, _ loaded: LoadedSpec, _ prices: PriceTable, _ positions: [StepID: Int]
    ) -> TokenRange? {
        guard let input = step.inputs.first(where: { $0.name == SplitPart.train.rawValue }),
            let writer = positions[input.from].map({ prepared.plan.steps[$0] }),
            case .writeTrainingData(let work) = writer.work,
            let examples = writer.inputs.first(where: { $0.name == "examples" }),
            let part = part(examples, loaded, positions)
        else { return nil }
        let data = FineTuneDataSpec(
            split: "", prompt: "", detail: work.identity.detail, answer: work.identity.answer)
        return RequestLoad(
            teaching: data, prompt: work.identity.prompt, labels: part.labels, about: part.images,
            rule: prices.models[model]?.imageTokens
        ).input
    }

    /// The examples that an input will hold: those in the store, else what the spec expects.
    private func part(_ input: StepInput, _ loaded: LoadedSpec, _ positions: [StepID: Int]) -> Part? {
        guard let at = positions[input.from] else { return nil }
        if let digest = prepared.statuses[at].outputs[input.output], let data = try? store.bytes(of: digest),
            let examples = try? SplitExamples(decoding: data)
        {
            return Part(
                labels: examples.labels, images: .seen(examples.examples))
        }
        guard case .splitDataset(let split) = prepared.plan.steps[at].work,
            let labels = loaded.expectedLabels ?? generatedLabels(loaded),
            let part = SplitPart(rawValue: input.output)
        else { return nil }
        let perLabel = min(split.identity.rule.count(of: part), split.identity.limit ?? .max)
        return Part(labels: labels, images: .unseen(count: perLabel * labels.count))
    }

    /// Labels of generated pictures are as many as the spec says and about as long as words.
    private func generatedLabels(_ loaded: LoadedSpec) -> [String]? {
        guard case .generate(let generate)? = loaded.spec.dataset?.source else { return nil }
        return (0..<generate.labels).map { "label \($0)" }
    }
}
