// The kinds of providers that a spec may name, with the key tables that depend on them.

/// The kinds of providers that a spec may name. The tables are made once per loader, because a sweep reads its spec
/// thousands of times.
struct Vocabulary: Sendable {
    /// In the order of the reference page.
    let providers: [ProviderKeys]
    let services: [KeyTable<ServiceSpec>]
    let emulator: KeyTable<EmulatorSpec>
    let hyperparameters: KeyTable<HyperparametersSpec>

    /// No kind of provider but the emulator.
    static let none = Vocabulary([])

    init(_ providers: [ProviderKeys]) {
        self.providers = providers
        services = providers.map(ServiceSpec.table)
        emulator = EmulatorSpec.table(apis: providers.compactMap(\.emulatedAs))
        hyperparameters = HyperparametersSpec.table(providers)
    }

    /// The kind of a provider; for an emulator, the kind that it imitates. `nil` for an unknown kind.
    func keys(of provider: ProviderSpec) -> ProviderKeys? {
        switch provider {
        case .emulator(let emulator): providers.first { $0.emulatedAs == emulator.api }
        case .service(let service): providers.first { $0.kind == service.kind }
        }
    }

    /// All kinds of providers, the emulator included, as the value of `kind`.
    var kinds: [String] { providers.map(\.kind) + [EmulatorSpec.kind] }
}
