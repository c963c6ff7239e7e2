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
    package static let all: [Entry] = [(ProviderKind.azureOpenAI, azureOpenAIText), (.openAI, openAIText)]
        .compactMap { kind, text in
            let source = SourceText(name: "built-in prices of \(kind.rawValue)", text: text)
            return (try? PriceTable.read(source)).map { Entry(provider: kind.rawValue, table: $0) }
        }

    /// The table of a provider; `nil` for plug-in providers. An emulator uses the prices of Azure OpenAI.
    static func entry(for provider: ProviderSpec) -> Entry? {
        let kind: ProviderKind
        switch provider {
        case .azureOpenAI, .emulator: kind = .azureOpenAI
        case .openAI: kind = .openAI
        case .other: return nil
        }
        return all.first { $0.provider == kind.rawValue }
    }
}
