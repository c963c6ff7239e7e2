// Shows how to call a model of a spec without Assay.

import Basics
import Foundation
package import ProviderKit
import Providers
import Specification

extension LocalModels {
    /// Example calls of a hosted or fine-tuned model; `nil` for a local one, and for a fine-tuned one without a result.
    package func call(of listed: ListedModel) throws -> HostedCall? {
        guard case .atProvider(let providerModel) = listed.state else { return nil }
        let model = try model(listed.name)
        guard let provider = model.provider.flatMap({ spec.providers[$0] }), let service = provider.service else { return nil }
        var name = providerModel
        if builtInProviders.deploysModels(provider) {
            if case .hosted(let hosted) = model { name = hosted.deployment?.template ?? hosted.model }
            // A fine-tuned model is reached through a deployment, which the run deletes.
            if case .fineTuned = model { name = "DEPLOYMENT-OF-\(providerModel)" }
        }
        return try builtInProviders.plugin(for: provider).call(service, model: name, prompt: prompt(for: listed.name))
    }

    /// The prompt of the first evaluation that asks the model; only the image if none does. Placeholders are kept.
    private func prompt(for name: String) -> PromptSpec {
        for evaluation in spec.evaluations.values {
            guard let request = evaluation.models[name]?.ask?.request, let prompt = spec.requests[request]?.prompt,
                let found = spec.prompts[prompt]
            else { continue }
            return found
        }
        return PromptSpec()
    }
}
