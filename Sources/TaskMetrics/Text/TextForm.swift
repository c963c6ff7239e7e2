// How texts are normalised before they are compared: Unicode form, case, white space, punctuation, in this order.

import Foundation

/// The normalisation of a text metric. The same form applies to references and answers, and reports state it.
package struct TextForm: Hashable, Sendable {
    /// Unicode normalisation. NFC joins letters and their combining marks; NFKC also joins look-alikes such as `ﬁ` and `fi`.
    package enum UnicodeForm: String, Hashable, Sendable, Codable { case asIs = "as-is", nfc, nfkc }

    package var unicode: UnicodeForm
    package var ignoresCase: Bool
    /// Whether each run of white space becomes one blank and white space at the ends is removed.
    package var foldsSpace: Bool
    package var ignoresPunctuation: Bool

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

    /// The normalised text.
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

    /// The code points of the normalised text: the characters that error rates count.
    package func codePoints(_ text: String) -> [UInt32] { self(text).unicodeScalars.map(\.value) }

    private func composed(_ text: String) -> String {
        // Below U+0300 every text already is in form C.
        switch unicode {
        case .asIs: text
        case .nfc: text.unicodeScalars.allSatisfy { $0.value < 0x300 } ? text : text.precomposedStringWithCanonicalMapping
        case .nfkc: text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCompatibilityMapping
        }
    }

    /// The words of a text: what stands between white space. Splits between code points, so that a combining mark behind
    /// a blank cannot hide the blank.
    package static func words(_ text: String) -> [String] {
        text.unicodeScalars.split(whereSeparator: isSpace).map { String(Substring($0)) }
    }

    /// Unicode white space and the four separators of ASCII (U+001C to U+001F), which Python's `split` cuts at as well.
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
