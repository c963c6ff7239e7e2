// Reads stored results, which may belong to an untrusted project or crate.

package import Foundation
import Statistics

/// Why stored results are not used: no run has such results.
package struct ImpossibleResults: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, as a sentence.
    package var description: String
}

extension ExperimentResults {
    /// The maximum number of models in one evaluation. Each is compared with every other.
    package static let maxModels = 500
    /// The maximum number of variants.
    package static let maxVariants = 20_000
    /// The maximum number of answers of one evaluation, if every model had answered every example of all models.
    package static let maxAnswers = 20_000_000

    /// Reads results as a run stores them.
    /// - Throws: `DecodingError`; `ImpossibleResults` for a file that is small and would take hours or more memory than there
    ///   is.
    package init(stored data: Data) throws {
        self = try ExperimentResults(encoded: data)
        guard variants.count <= ExperimentResults.maxVariants else {
            throw ImpossibleResults(description: "the results have \(variants.count) variants")
        }
        for evaluation in variants.flatMap(\.evaluations) {
            let models = evaluation.models
            guard models.count <= ExperimentResults.maxModels else {
                throw ImpossibleResults(
                    description: "the evaluation '\(evaluation.name.prefix(100))' has \(models.count) models; "
                        + "the limit is \(ExperimentResults.maxModels)")
            }
            let answers = models.reduce(0) { $0 + $1.answers.count }
            // Usually every model answers the same examples, so that counting them is not needed.
            guard answers * max(1, models.count) > ExperimentResults.maxAnswers else { continue }
            let examples = Set(models.flatMap { $0.answers.map(\.example) }).count
            guard examples * models.count <= ExperimentResults.maxAnswers else {
                throw ImpossibleResults(
                    description:
                        "the evaluation '\(evaluation.name.prefix(100))' has \(models.count) models and \(examples) examples")
            }
        }
    }
}
