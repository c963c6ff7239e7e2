// The provider on loopback, with a small real model behind it.

package import Basics

/// An emulated provider. Its account, weights and classes decide answers; its port and folder do not.
package struct EmulatorSpec: Hashable, Sendable, Codable {
    /// Keeps jobs, files and answers of one emulated account apart from another's. It names folders and locks below the
    /// state folder.
    package var account: SafeName
    /// The weights of the model behind it; without them, the network for generated pictures.
    package var weights: FileReference?
    /// The class names of those weights: a TSV with index, id, names.
    package var classes: FileReference?
    /// Time added to every answer.
    package var latency: LatencySpec?
    /// A fault script.
    package var faults: FileReference?
    /// The model of the price table by which its cost accrues; without it, each model's own name.
    package var priceAs: String?
    /// Which training images its image screening rejects; without it, none.
    package var screening: ScreeningSpec?

    package init(
        account: SafeName, weights: FileReference? = nil, classes: FileReference? = nil,
        latency: LatencySpec? = nil, faults: FileReference? = nil, priceAs: String? = nil,
        screening: ScreeningSpec? = nil
    ) {
        self.account = account
        self.weights = weights
        self.classes = classes
        self.latency = latency
        self.faults = faults
        self.priceAs = priceAs
        self.screening = screening
    }
}
