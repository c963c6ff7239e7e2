// The facts that a finished step records.

package import Basics
package import Execution

/// The facts of a finished step: usage, remote ids, times and problems. They are stored with the result and are not
/// part of any key.
///
/// Stored facts outlive the version that wrote them. Reading therefore never fails: an absent or unreadable member is
/// `nil` or empty, and a renamed one is also read under its former name.
package protocol StepFacts: Sendable {
    /// Reads stored facts; never fails.
    init(_ json: JSONValue)
    /// The stored form.
    var json: JSONValue { get }
}

extension StepOutcome {
    /// An outcome with the facts of the step's kind.
    package init(_ outputs: [String: Content], facts: some StepFacts, seconds: Double? = nil) {
        self.init(outputs, facts: facts.json, seconds: seconds)
    }
}

/// Facts that every kind of step can have.
package struct CommonFacts: StepFacts {
    /// Problems that the user should know although the step succeeded, such as images that the provider rejects.
    package var problems: [String]
    /// Images that were sent to the provider as upright PNG instead of their own bytes, each with the reason.
    package var sentAsPNG: [String]

    /// Reads stored facts; absent members become empty.
    package init(_ json: JSONValue) {
        problems = json.texts("problems")
        sentAsPNG = json.texts("sent_as_png")
    }

    /// Facts without problems unless they are given.
    package init(problems: [String] = [], sentAsPNG: [String] = []) {
        self.problems = problems
        self.sentAsPNG = sentAsPNG
    }

    /// The stored form: only the members that are not empty.
    package var json: JSONValue { .object(members) }

    /// The members that are not empty.
    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["problems"] = JSONValue(texts: problems)
        members["sent_as_png"] = JSONValue(texts: sentAsPNG)
        return members
    }
}

extension JSONValue {
    /// The strings of a list; empty if the member is absent.
    func texts(_ name: String) -> [String] { (self[name]?.array ?? []).compactMap(\.string) }

    /// The integers of an object by name; empty if the member is absent.
    func counts(_ name: String) -> [String: Int] { (self[name]?.object ?? [:]).compactMapValues(\.int) }

    /// A list; `nil` for an empty one, which is not stored.
    init?(texts: [String]) {
        guard !texts.isEmpty else { return nil }
        self = .array(texts.map { .string($0) })
    }
}
