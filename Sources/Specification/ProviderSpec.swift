// The providers that answer requests.

/// A provider with the settings of its kind.
package enum ProviderSpec: Hashable, Sendable, Codable {
    case azureOpenAI(AzureOpenAISpec)
    case openAI(OpenAISpec)
    case emulator(EmulatorSpec)
    /// A kind that is defined by a plug-in.
    case other(OtherProviderSpec)

    /// The value of `kind` in a spec.
    package var kind: String {
        switch self {
        case .azureOpenAI: ProviderKind.azureOpenAI.rawValue
        case .openAI: ProviderKind.openAI.rawValue
        case .emulator: ProviderKind.emulator.rawValue
        case .other(let other): other.kind
        }
    }

    /// Whether a model must be deployed before it can be used; otherwise it is addressed by its own name.
    package var deploysModels: Bool {
        switch self {
        case .azureOpenAI: true
        case .emulator(let emulator): emulator.api == .azure
        case .openAI, .other: false
        }
    }

    /// The kind that an emulator imitates, if the spec names another API than the usual one.
    package var imitatedKind: String? {
        if case .emulator(let emulator) = self, emulator.api != .azure { emulator.api.rawValue } else { nil }
    }

    /// Whether the provider is emulated, so that its costs are not real.
    package var isEmulated: Bool { if case .emulator = self { true } else { false } }
}
