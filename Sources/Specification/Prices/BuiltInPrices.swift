// The built-in price tables, one per kind of provider.

/// The built-in price tables. They apply to specs without `prices:` and are as current as their date.
package enum BuiltInPrices {
    /// A price table with its kind of provider, as written in specs.
    package struct Entry: Sendable {
        /// The kind of provider, as written in `kind`.
        package var provider: String
        /// The parsed price table.
        package var table: PriceTable
    }

    /// All tables, parsed on first use.
    package static let all: [Entry] = [
        (ProviderKind.azureOpenAI.rawValue, azureOpenAIText), (ProviderKind.openAI.rawValue, openAIText),
        (vertex, vertexText(isGlobal: true)), (vertexRegional, vertexText(isGlobal: false)),
    ]
    .compactMap { kind, text in
        let source = SourceText(name: "built-in prices of \(kind)", text: text)
        return (try? PriceTable.read(source)).map { Entry(provider: kind, table: $0) }
    }

    /// The table of a provider; `nil` for plug-in providers without one. An emulator uses the prices of the provider
    /// that it imitates.
    static func entry(for provider: ProviderSpec) -> Entry? {
        let kind: String
        switch provider {
        case .azureOpenAI: kind = ProviderKind.azureOpenAI.rawValue
        case .emulator(let emulator): kind = emulator.api == .azure ? ProviderKind.azureOpenAI.rawValue : vertexRegional
        case .openAI: kind = ProviderKind.openAI.rawValue
        case .other(let other):
            guard other.kind == vertex else { return nil }
            // A location that only a variable names may be a region, which costs more.
            kind = other.settings["location"]?.template.lowercased() == "global" ? vertex : vertexRegional
        }
        return all.first { $0.provider == kind }
    }
}
