// The emulated provider, which runs on the loopback interface with a small real model.

package import Basics

/// An emulated provider. The account, weights, classes and program determine its answers; its port and folder do not.
package struct EmulatorSpec: Hashable, Sendable, Codable {
    /// The emulated account, which separates jobs, files and answers from those of other accounts. It names folders
    /// and locks below the state folder.
    package var account: SafeName
    /// The API that it serves, by the word that a kind of provider has for it.
    package var api: String
    /// The weights of the emulator's model; `nil` for the built-in network for generated pictures.
    package var weights: FileReference?
    /// The class names of those weights: a TSV file with the columns index, id and names.
    package var classes: FileReference?
    /// The latency added to every answer; `nil` for none.
    package var latency: LatencySpec?
    /// The fault script; `nil` for no injected faults.
    package var faults: FileReference?
    /// The model of the price table that prices all requests; `nil` to price each model by its own name.
    package var priceAs: String?
    /// The training images that the emulated image screening rejects; `nil` for none.
    package var screening: ScreeningSpec?
    /// The program that answers instead of the emulator's model; `nil` for the model.
    package var program: CommandLine?
    /// The files that the program reads, at the same relative paths in its folder.
    package var inputs: [FileReference]
    /// Part of the cache key; changed by the user when the program behaves differently although its files are the same.
    package var version: String?
    /// Whether one process of the program answers all questions.
    package var isLongLived: Bool
    /// The longest time for one answer of the program; `nil` for a minute.
    package var timeLimit: Duration?

    /// - Parameter weights: `nil` for the built-in network for generated pictures.
    package init(
        account: SafeName, api: String = EmulatorSpec.defaultAPI, weights: FileReference? = nil, classes: FileReference? = nil,
        latency: LatencySpec? = nil, faults: FileReference? = nil, priceAs: String? = nil,
        screening: ScreeningSpec? = nil, program: CommandLine? = nil, inputs: [FileReference] = [],
        version: String? = nil, isLongLived: Bool = false, timeLimit: Duration? = nil
    ) {
        self.account = account
        self.api = api
        self.weights = weights
        self.classes = classes
        self.latency = latency
        self.faults = faults
        self.priceAs = priceAs
        self.screening = screening
        self.program = program
        self.inputs = inputs
        self.version = version
        self.isLongLived = isLongLived
        self.timeLimit = timeLimit
    }
}

extension EmulatorSpec {
    /// The value of `kind` in a spec.
    package static let kind = "emulator"
    /// The API of specs that name none.
    package static let defaultAPI = "azure"
}
