// The system fingerprint with which an emulator reports the network that answered.

/// Reports that an emulator answered, with which network, and how many of the requested labels that network knows.
/// The emulator writes it into each answer and the client parses it, so both use this type.
package struct EmulatedFingerprint: Hashable, Sendable, Codable {
    /// The network's display name, such as `EfficientNet-Lite0`.
    package var network: String
    /// Number of requested labels that the network has learned.
    package var labelsKnown: Int
    /// Number of labels in the prompt.
    package var labelsAsked: Int

    /// Creates the fingerprint of one answer; `labelsKnown` is at most `labelsAsked`.
    package init(network: String, labelsKnown: Int, labelsAsked: Int) {
        self.network = network
        self.labelsKnown = labelsKnown
        self.labelsAsked = labelsAsked
    }

    /// Parses a fingerprint; `nil` if no emulator wrote it or it contains no label counts.
    package init?(_ fingerprint: String) {
        guard let match = fingerprint.wholeMatch(of: #/emulated: (.+), knows (\d+) of (\d+) labels/#),
            let known = Int(match.output.2), let asked = Int(match.output.3)
        else { return nil }
        self.init(network: String(match.output.1), labelsKnown: known, labelsAsked: asked)
    }

    /// The wire form: `emulated: EfficientNet-Lite0, knows 118 of 120 labels`.
    package var text: String { "emulated: \(network), knows \(labelsKnown) of \(labelsAsked) labels" }
}
