// The providers that answer requests.

/// A provider with its settings.
package enum ProviderSpec: Hashable, Sendable, Codable {
    /// An account or server of a kind that a plug-in declares.
    case service(ServiceSpec)
    /// An emulator of one of those kinds.
    case emulator(EmulatorSpec)

    /// The value of `kind` in a spec.
    package var kind: String {
        switch self {
        case .emulator: EmulatorSpec.kind
        case .service(let service): service.kind
        }
    }

    /// The settings of a provider that is not emulated.
    package var service: ServiceSpec? { if case .service(let service) = self { service } else { nil } }

    /// Whether the provider is emulated, so that its costs are not real.
    package var isEmulated: Bool { if case .emulator = self { true } else { false } }
}

extension LoadedSpec {
    /// The kind of a provider; for an emulator, the kind that it imitates. `nil` for one that this program does not have.
    package func keys(of provider: ProviderSpec) -> ProviderKeys? { origin.vocabulary.keys(of: provider) }

    /// The kind of the provider with a name in this spec.
    package func keys(ofProvider name: String) -> ProviderKeys? { spec.providers[name].flatMap { keys(of: $0) } }
}
