// Fine-tuned models produced by a project's runs.

package import Artifacts
import Basics
import Foundation
import Planning
package import ProviderKit
package import Steps

extension Workspace {
    /// The fine-tuned models in the store with the results that produced them, oldest first. Models with an
    /// unreadable record are skipped.
    package func tunedModels() throws -> [(model: TunedModel, result: ResultSummary)] {
        try store.results().filter { $0.kind == StepKind.fineTune.rawValue }.sorted { $0.createdAt < $1.createdAt }
            .compactMap { summary in
                guard let digest = summary.output(FineTune.model)?.digest,
                    let model = try? TunedModel(json: store.bytes(of: digest))
                else { return nil }
                return (model, summary)
            }
    }
}
