// The system fingerprint by which an emulator states which network answered.

/// States that an emulator answered, which network is behind it, and how many of the requested labels it knows. The
/// emulator writes it into each answer and the client reads it back, so both use this type.
package struct EmulatedFingerprint: Hashable, Sendable, Codable {
    /// The network as reports name it, such as `EfficientNet-Lite0`.
    package var network: String
    package var labelsKnown: Int
    package var labelsAsked: Int

    package init(network: String, labelsKnown: Int, labelsAsked: Int) {
        self.network = network
        self.labelsKnown = labelsKnown
        self.labelsAsked = labelsAsked
    }

    /// Reads a fingerprint; `nil` for one that no emulator wrote, or that names no labels.
    package init?(_ fingerprint: String) {
        guard let match = fingerprint.wholeMatch(of: #/emulated: (.+), knows (\d+) of (\d+) labels/#),
            let known = Int(match.output.2), let asked = Int(match.output.3)
        else { return nil }
        self.init(network: String(match.output.1), labelsKnown: known, labelsAsked: asked)
    }

    /// `emulated: EfficientNet-Lite0, knows 118 of 120 labels`.
    package var text: String { "emulated: \(network), knows \(labelsKnown) of \(labelsAsked) labels" }
}
