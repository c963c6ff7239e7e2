// Errors that carry advice for the user.

/// An error with advice. `description` says what happened and why; `hint` says what to do.
package protocol AdvisedError: Error {
    /// The recommended action; `nil` if the cause is not known.
    var hint: String? { get }
}

/// The text shown to the user for an error: its description, then its hint when it has one.
package func explanation(of error: any Error) -> String {
    guard let hint = (error as? any AdvisedError)?.hint else { return "\(error)" }
    let text = "\(error)"
    return text + (text.hasSuffix(".") ? " " : ". ") + "Hint: \(hint)"
}

extension Diagnostic: AdvisedError {}
