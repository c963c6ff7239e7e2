// HTML whose inserted text is escaped.

import Reporting

/// HTML as a string literal. Text inserted into it is escaped for elements and quoted attributes; only another
/// `SafeHTML` is inserted unchanged.
struct SafeHTML: Sendable, ExpressibleByStringInterpolation {
    private(set) var text: String

    /// - Parameter content: content that `Reporting` rendered, which escapes all text.
    init(rendered content: String) { text = content }

    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// Joins parts without a separator.
    init(_ parts: [SafeHTML]) { text = parts.map(\.text).joined() }

    struct Interpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + 32 * interpolationCount) }
        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: String) { text += Markup.html(value) }
        /// The exact value of a form control. Text for people is inserted without the label, so that controls are replaced.
        mutating func appendInterpolation(exact value: String) { text += Markup.value(value) }
        mutating func appendInterpolation(_ value: Int) { text += String(value) }
        mutating func appendInterpolation(_ value: SafeHTML) { text += value.text }
        mutating func appendInterpolation(_ value: SafeHTML?) { text += value?.text ?? "" }
        mutating func appendInterpolation(_ values: [SafeHTML]) { for value in values { text += value.text } }
    }
}
