// The encoded form of hyperparameters, which cache keys and the fingerprints of paid jobs are computed from.

import Basics
import ProviderKit
import Providers
import Specification
import Testing

@Suite struct HyperparametersTests {
    /// Other spellings would not be read back.
    @Test func namesAreInTheSpellingOfSpecs() {
        let names = builtInProviders.keys.flatMap(\.hyperparameters).map(\.name)
        #expect(names.count > 10)
        for name in names { #expect(name.wholeMatch(of: #/[a-z][a-z0-9]*(_[a-z0-9]+)*/#) != nil, "\(name)") }
    }

    @Test(
        arguments: [
            (["n_epochs": 2], ["nEpochs": ["value": ["_0": 2]]]),
            (["learning_rate_multiplier": .double(1)], ["learningRateMultiplier": ["value": ["_0": .double(1)]]]),
            (["l2_multiplier": 0.1, "epochs": 3], ["l2Multiplier": ["value": ["_0": 0.1]], "epochs": ["value": ["_0": 3]]]),
            (["reasoning_effort": "low"], ["reasoningEffort": "low"]),
            (["lr_2": 1], ["lr_2": ["value": ["_0": 1]]]),
            ([:], [:]),
        ] as [([String: JSONValue], JSONValue)])
    func theFormIsPinned(values: [String: JSONValue], form: JSONValue) throws {
        let encoded = try JSONValue(encoding: HyperparametersSpec(values))
        #expect(encoded == form)
        #expect(try encoded.decoded(as: HyperparametersSpec.self) == HyperparametersSpec(values))
    }
}
