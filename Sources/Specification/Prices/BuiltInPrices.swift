// The price tables that ship with the program, one for each kind of provider.

/// Price tables that ship with the program. They hold for specs without `prices:` and are as old as their date.
package enum BuiltInPrices {
    /// One table with the kind of provider that it is for, as specs write it.
    package struct Entry: Sendable {
        package var provider: String
        package var table: PriceTable
    }

    /// All tables, read once.
    package static let all: [Entry] = [(ProviderKind.azureOpenAI, azureOpenAIText), (.openAI, openAIText)]
        .compactMap { kind, text in
            let source = SourceText(name: "built-in prices of \(kind.rawValue)", text: text)
            return (try? PriceTable.read(source)).map { Entry(provider: kind.rawValue, table: $0) }
        }

    /// The table for a provider. An emulator's work is priced as Azure OpenAI's.
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
