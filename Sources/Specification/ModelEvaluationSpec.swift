// The settings of one model in an evaluation.

/// The request and the images for one model of an evaluation.
package struct ModelEvaluationSpec: Hashable, Sendable, Codable {
    /// The request for a hosted model; `nil` for a model that runs locally.
    package var ask: Ask?
    /// Images other than the evaluation's; the comparison is then reported as unpaired. `nil` for the evaluation's
    /// images.
    package var split: SplitReference?

    /// - Parameter split: `nil` for the images of the evaluation.
    package init(ask: Ask? = nil, split: SplitReference? = nil) {
        self.ask = ask
        self.split = split
    }
}

extension ModelEvaluationSpec {
    /// The request mode and the name of the request.
    package enum Ask: Hashable, Sendable, Codable {
        case batch(String)
        case online(String)

        /// The name of the request, for either mode.
        package var request: String {
            switch self {
            case .batch(let name), .online(let name): name
            }
        }
    }
}
