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
        return try builtInProviders.plugin(for: provider).call(service, model: name, system: instruction(for: listed.name))
    }

    /// The system message of the first prompt that an evaluation uses with the model. Placeholders for labels are kept.
    private func instruction(for name: String) -> String? {
        for evaluation in spec.evaluations.values {
            guard let request = evaluation.models[name]?.ask?.request, let prompt = spec.requests[request]?.prompt else {
                continue
            }
            return spec.prompts[prompt]?.system
        }
        return nil
    }
}
