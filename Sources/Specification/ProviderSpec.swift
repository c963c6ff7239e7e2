// Who answers requests.

/// A provider by its kind.
package enum ProviderSpec: Hashable, Sendable, Codable {
    case azureOpenAI(AzureOpenAISpec)
    case openAI(OpenAISpec)
    case emulator(EmulatorSpec)

    /// Whether its dollars are not real.
    package var isEmulated: Bool { if case .emulator = self { true } else { false } }
}
