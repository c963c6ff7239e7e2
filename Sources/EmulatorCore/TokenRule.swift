// Token counting rule of the emulators, simple enough to compute a bill by hand.

/// Text: one token per four UTF-8 bytes, rounded up per message. Rules for images belong to each service.
package enum TokenRule {
    /// The tokens of one message or answer.
    package static func tokens(of text: String) -> Int { (text.utf8.count + 3) / 4 }
}
