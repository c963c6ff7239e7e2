// What rewards an answer in reinforcement fine-tuning.

/// A grader, named as the provider names it. `{{item.…}}` and `{{sample.…}}` are the provider's own templates.
package indirect enum GraderSpec: Hashable, Sendable, Codable {
    /// Compares the answer with the label: `eq`, `ne`, `like` or `ilike`.
    case stringCheck(operation: StringOperation)
    /// Similarity of the answer and the label by this metric, as `fuzzy_match` or `bleu`.
    case textSimilarity(metric: String)
    /// Another model gives a score between the two bounds.
    case scoreModel(model: String, prompt: String, range: ClosedRange<Double>)
    /// A formula over named graders.
    case multi(graders: NamedMap<GraderSpec>, formula: String)

    package enum StringOperation: String, Hashable, Sendable, Codable, CaseIterable {
        case eq, ne, like, ilike
    }
}
