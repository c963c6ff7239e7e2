// Checks prices and the dates at which models retire.

import Basics
import TaskKit

extension SpecChecks {
    func checkPrices() {
        for (name, model) in spec.models {
            guard let asked = model.providerModel, let provider = model.provider.flatMap({ spec.providers[$0] }),
                !provider.isEmulated
            else { continue }
            var path = ["models", name, "model"]
            if case .fineTuned = model { path = ["models", name, "fine_tune", "model"] }
            let builtIn = prices == nil ? reading.vocabulary.prices(of: provider) : nil
            guard let table = prices ?? builtIn?.table else { continue }
            let price = table.models[asked]
            if let price { checkRetirement(of: asked, model, price.retires, at: place(path)) }
            if provider.price == .free || model.price == .free { continue }
            func missing(_ use: SpecProblem.PricedUse, nearest: String?) {
                let source =
                    builtIn.map { "the built-in prices of \($0.provider) (\($0.table.date))" }
                    ?? root["prices"]?.scalar?.text ?? "the price table"
                reading.report(
                    .missingPrice(
                        model: asked, use: use, table: source, nearest: nearest, isBuiltIn: builtIn != nil,
                        hasBudget: spec.budget != nil), at: place(path))
            }
            guard let price else {
                // An entry for fine-tuned models is not the name of a model.
                let names = table.models.names.filter { !$0.hasPrefix(Pricing.tunedPrefix) }
                missing(.requests, nearest: names.nearest(to: asked))
                continue
            }
            if case .fineTuned(let tuned) = model, !price.hasTraining(tuned.fineTune) { missing(.training, nearest: nil) }
        }
    }

    func checkRetirement(of name: String, _ model: ModelSpec, _ retires: Retirement, at position: YAMLPosition) {
        func warn(_ use: String, _ day: String?) {
            guard let day, day <= today else { return }
            reading.report(.retired(model: name, use: use, since: day), at: position)
        }
        switch model {
        case .hosted(let hosted):
            // The spec does not state whether an existing deployment is a Standard one, so the later date applies.
            if hosted.deploy?.sku == .standard {
                warn("Standard deployments", retires.standard)
            } else {
                warn("deployments", retires.others)
            }
        case .fineTuned:
            warn("new fine-tuning", retires.training)
            warn("deployments of fine-tuned models", retires.fineTuned)
        case .trained, .programTrained, .probe, .command, .recorded: break
        }
    }
}
