// The characters that a text reader can write.

import Foundation

/// The characters of a reader, in the order of its network's outputs. Output 0 is the blank, which separates characters.
struct TextAlphabet: Sendable, Equatable {
    /// Code points, so that lengths agree with those of the error rates.
    private(set) var characters: [Unicode.Scalar]
    private var outputs: [Unicode.Scalar: Int]

    /// - Parameter characters: distinct; output 1 is the first.
    init(_ characters: [Unicode.Scalar]) {
        self.characters = characters
        outputs = Dictionary(characters.enumerated().map { ($1, $0 + 1) }, uniquingKeysWith: { first, _ in first })
    }

    /// The characters of the base model: those of ASCII that can be seen, and the space.
    static let base = TextAlphabet((32...126).compactMap { Unicode.Scalar(UInt8($0)) })

    /// Number of the network's outputs, the blank included.
    var outputCount: Int { characters.count + 1 }

    /// This alphabet and the characters of `texts` that it lacks, in code point order.
    func extended(by texts: [String]) -> TextAlphabet {
        let new = Set(texts.flatMap { $0.unicodeScalars }).subtracting(characters)
        return TextAlphabet(characters + new.sorted { $0.value < $1.value })
    }

    /// The outputs of a text's characters; `nil` if one is not in the alphabet.
    func outputs(of text: String) -> [Int]? {
        var result: [Int] = []
        for scalar in text.unicodeScalars {
            guard let output = outputs[scalar] else { return nil }
            result.append(output)
        }
        return result
    }

    /// The character of an output; `nil` for the blank.
    func character(_ output: Int) -> Unicode.Scalar? {
        characters.indices.contains(output - 1) ? characters[output - 1] : nil
    }

    /// The lines of a text as a reader learns them: composed characters, single spaces, and no empty lines.
    static func lines(of text: String) -> [String] {
        text.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.isEmpty ? nil : words.joined(separator: " ")
        }
    }
}
