// Text normalization before comparison: Unicode form, case, white space, punctuation, in this order.

import Foundation

/// The normalization of a text metric. It applies equally to references and answers, and reports state it.
package struct TextForm: Hashable, Sendable {
    /// Unicode normalization form. NFC composes letters and combining marks; NFKC also maps compatibility characters,
    /// such as `ﬁ` to `fi`.
    package enum UnicodeForm: String, Hashable, Sendable, Codable { case asIs = "as-is", nfc, nfkc }

    /// The Unicode form, applied first.
    package var unicode: UnicodeForm
    /// Whether case is folded before comparison.
    package var ignoresCase: Bool
    /// Whether each run of white space becomes one space and white space at the ends is removed.
    package var foldsSpace: Bool
    /// Whether punctuation is removed before comparison.
    package var ignoresPunctuation: Bool

    /// The defaults are those of ``standard``.
    package init(
        unicode: UnicodeForm = .nfc, ignoresCase: Bool = false, foldsSpace: Bool = true, ignoresPunctuation: Bool = false
    ) {
        self.unicode = unicode
        self.ignoresCase = ignoresCase
        self.foldsSpace = foldsSpace
        self.ignoresPunctuation = ignoresPunctuation
    }

    /// NFC and folded white space; case and punctuation count.
    package static let standard = TextForm()

    /// Normalizes a text.
    package func callAsFunction(_ text: String) -> String {
        var text = composed(text)
        if ignoresCase { text = text.lowercased() }
        if foldsSpace { text = TextForm.words(text).joined(separator: " ") }
        guard ignoresPunctuation else { return text }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.lazy.filter { !TextForm.isPunctuation($0) })
        let bare = String(scalars)
        return foldsSpace ? TextForm.words(bare).joined(separator: " ") : bare
    }

    /// The code points of the normalized text: the characters counted by error rates.
    package func codePoints(_ text: String) -> [UInt32] { self(text).unicodeScalars.map(\.value) }

    private func composed(_ text: String) -> String {
        // Text below U+0300 is always in NFC.
        switch unicode {
        case .asIs: text
        case .nfc: text.unicodeScalars.allSatisfy { $0.value < 0x300 } ? text : text.precomposedStringWithCanonicalMapping
        case .nfkc: text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCompatibilityMapping
        }
    }

    /// The words of a text, separated by white space. Splits between code points, so that a space followed by a
    /// combining mark still separates words.
    package static func words(_ text: String) -> [String] {
        text.unicodeScalars.split(whereSeparator: isSpace).map { String(Substring($0)) }
    }

    /// Unicode white space and the four ASCII separators (U+001C to U+001F), at which Python's `split` splits too.
    package static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0: true
        case 0..<0x1680: false
        default: scalar.properties.isWhitespace
        }
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            true
        default: false
        }
    }
}
