// An error that also says what to do about it.

/// An error with advice. `description` says what happened and why; `hint` says what to do.
package protocol AdvisedError: Error {
    /// What to do about the error; `nil` where the cause is not known.
    var hint: String? { get }
}

/// What a person reads about an error: its description, then the hint if there is one.
package func explanation(of error: any Error) -> String {
    guard let hint = (error as? any AdvisedError)?.hint else { return "\(error)" }
    return "\(error). Hint: \(hint)"
}

extension Diagnostic: AdvisedError {}
