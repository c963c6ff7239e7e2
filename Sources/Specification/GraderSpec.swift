// Graders of reinforcement fine-tuning.

/// A grader, named as in the provider's API. `{{item.…}}` and `{{sample.…}}` are templates that the provider expands.
package indirect enum GraderSpec: Hashable, Sendable, Codable {
    /// Compares the answer with the label: `eq`, `ne`, `like` or `ilike`.
    case stringCheck(operation: StringOperation)
    /// The similarity of the answer and the label by this metric, such as `fuzzy_match` or `bleu`.
    case textSimilarity(metric: String)
    /// Another model assigns a score within the range.
    case scoreModel(model: String, prompt: String, range: ClosedRange<Double>)
    /// A formula over the scores of named graders.
    case multi(graders: NamedMap<GraderSpec>, formula: String)

    /// The string comparisons of the provider's API.
    package enum StringOperation: String, Hashable, Sendable, Codable, CaseIterable {
        case eq, ne, like, ilike
    }
}
