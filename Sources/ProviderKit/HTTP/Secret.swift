// A text that never appears in descriptions, dumps or logs.

/// A key or a token. Only `reveal()` returns the text.
package struct Secret: Hashable, Sendable {
    private let text: String

    /// - Parameter text: used verbatim, without trimming.
    package init(_ text: String) { self.text = text }

    /// The text itself, for sending only.
    package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A constant, so that interpolation cannot leak the text.
    package var description: String { "[redacted]" }
    /// A constant, so that a debugger or `dump` cannot leak the text.
    package var debugDescription: String { description }
    /// Hides the stored text from reflection.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
