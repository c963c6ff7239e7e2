// Records the usage behind a run's costs with its report, for recalculation with another price table.

import Basics
import Foundation
import Planning
import Reporting
import Specification
import Steps

/// The recorded usage, by variant.
package struct UsageRecord: Codable {
    struct Answers: Codable {
        var variant: VariantName
        var evaluation: String
        var model: String
        /// The provider's model, by its name in price tables.
        var priced: String
        var route: RequestRoute
        var usage: TokenUsage

        /// The model's name in a table: a table without separate prices for fine-tuned models uses the base model's
        /// name.
        func priced(in table: PriceTable) -> String {
            guard table.models[priced] == nil, priced.hasPrefix(Pricing.tunedPrefix) else { return priced }
            return String(priced.dropFirst(Pricing.tunedPrefix.count))
        }
    }

    struct Training: Codable {
        var variant: VariantName
        var model: String
        var priced: String
        var method: FineTuneSpec.Method
        var type: Specification.TrainingType
        var tokens: Int
        var seconds: Double
        var sku: Specification.DeploymentSKU
    }

    var answers: [Answers] = []
    var trainings: [Training] = []

    /// The name of the file in a run's folder.
    static let fileName = "usage.json"
}

extension UsageRecord {
    /// Recalculates the results' costs by a price table. Costs without a price become `nil`; the run's own spending
    /// is unchanged.
    func price(_ results: ExperimentResults, by table: PriceTable, named name: String) -> ExperimentResults {
        let book = PriceBook(table: table)
        var results = results
        for at in results.variants.indices {
            let variant = results.variants[at].name
            for evaluation in results.variants[at].evaluations.indices {
                let evaluationName = results.variants[at].evaluations[evaluation].name
                for model in results.variants[at].evaluations[evaluation].models.indices {
                    let named = results.variants[at].evaluations[evaluation].models[model].model
                    guard
                        let used = answers.first(where: {
                            $0.variant == variant && $0.evaluation == evaluationName && $0.model == named
                        })
                    else { continue }
                    results.variants[at].evaluations[evaluation].models[model].resultCost =
                        book.cost(of: used.usage, model: used.priced(in: table), at: "", by: used.route)
                }
            }
            for training in results.variants[at].trainings.indices {
                let named = results.variants[at].trainings[training].model
                guard let used = trainings.first(where: { $0.variant == variant && $0.model == named }) else { continue }
                results.variants[at].trainings[training].cost =
                    used.method == .reinforcement
                    ? table.trainingCost(model: used.priced, hours: used.seconds / 3600)
                    : table.trainingCost(model: used.priced, type: used.type, trainedTokens: used.tokens)
                results.variants[at].trainings[training].hostingHourly = table.hosting(hours: 1, sku: used.sku)
            }
        }
        let models = results.variants.flatMap(\.evaluations).flatMap(\.models).filter { !$0.isRecorded }
        let trainings = results.variants.flatMap(\.trainings)
        func sum(_ costs: [Money?]) -> Money { costs.compactMap { $0 }.reduce(.zero, +) }
        let all = sum(models.map(\.resultCost) + trainings.map(\.cost))
        let before = results.spending
        results.spending.allResults = all
        // A run with one kind of provider is real or emulated as a whole.
        if let emulated = before.emulatedResults, emulated > .zero {
            let ofModels = models.filter { $0.emulation != nil }.map(\.resultCost)
            let ofTrainings = trainings.filter(\.isEmulated).map(\.cost)
            results.spending.emulatedResults = emulated == before.allResults ? all : sum(ofModels + ofTrainings)
        }
        results.warnings.append("priced with \(name), read on \(table.date), not with the run's own table")
        return results
    }
}
