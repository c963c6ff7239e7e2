// Finds the names of a dataset in replies that write them in another case.

import Foundation

/// The names of a vocabulary. A name in exactly the spelling of a reply precedes one that differs in case.
struct KnownNames {
    private let names: Set<String>
    private let spellings: [String: String]

    /// - Parameter vocabulary: of names that differ in case only, the first is found by any further spelling.
    init(_ vocabulary: [String]) {
        names = Set(vocabulary)
        spellings = Dictionary(vocabulary.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The vocabulary's spelling of a name, without surrounding white space; `nil` if the vocabulary does not contain it.
    func name(_ text: String) -> String? {
        if names.contains(text) { return text }
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return names.contains(text) ? text : spellings[text.lowercased()]
    }
}
