// Who answers requests.

/// A provider by its kind.
package enum ProviderSpec: Hashable, Sendable, Codable {
    case azureOpenAI(AzureOpenAISpec)
    case openAI(OpenAISpec)
    case emulator(EmulatorSpec)
    /// A kind that a plug-in brings.
    case other(OtherProviderSpec)

    /// The word that `kind` has in a spec.
    package var kind: String {
        switch self {
        case .azureOpenAI: ProviderKind.azureOpenAI.rawValue
        case .openAI: ProviderKind.openAI.rawValue
        case .emulator: ProviderKind.emulator.rawValue
        case .other(let other): other.kind
        }
    }

    /// Whether a model must be deployed before it can be asked; else it is asked by its own name.
    package var deploysModels: Bool {
        switch self {
        case .azureOpenAI, .emulator: true
        case .openAI, .other: false
        }
    }

    /// Whether its dollars are not real.
    package var isEmulated: Bool { if case .emulator = self { true } else { false } }
}
