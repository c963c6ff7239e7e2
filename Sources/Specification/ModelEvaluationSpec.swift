// How one model is evaluated.

/// How one model is asked in an evaluation.
package struct ModelEvaluationSpec: Hashable, Sendable, Codable {
    /// How a hosted model is asked; `nil` for a model that runs here.
    package var ask: Ask?
    /// Other images than the evaluation's. The comparison then says that it is not paired.
    package var split: SplitReference?

    package init(ask: Ask? = nil, split: SplitReference? = nil) {
        self.ask = ask
        self.split = split
    }
}

extension ModelEvaluationSpec {
    /// The way of asking and the name of the request.
    package enum Ask: Hashable, Sendable, Codable {
        case batch(String)
        case online(String)

        package var request: String {
            switch self {
            case .batch(let name), .online(let name): name
            }
        }
    }
}
