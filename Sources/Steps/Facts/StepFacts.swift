// What the steps of a kind record of how they went.

package import Basics
package import Execution

/// Facts of a finished step: usage, remote ids, times, problems. They are stored beside the result and belong to no key.
///
/// Stored facts outlive the version that wrote them. Reading therefore never fails: an absent or unreadable member is
/// `nil` or empty, and a renamed one is also read under its former name.
package protocol StepFacts: Sendable {
    /// Reads stored facts.
    init(_ json: JSONValue)
    /// The facts as they are stored.
    var json: JSONValue { get }
}

extension StepOutcome {
    /// An outcome with the facts of its step's kind.
    package init(_ outputs: [String: Content], facts: some StepFacts, seconds: Double? = nil) {
        self.init(outputs, facts: facts.json, seconds: seconds)
    }
}

/// Facts that steps of any kind may have.
package struct CommonFacts: StepFacts {
    /// What a person should know although the step succeeded, such as images that the provider rejects.
    package var problems: [String]
    /// Images that a provider received as upright PNG instead of their own bytes, each with the reason.
    package var sentAsPNG: [String]

    package init(_ json: JSONValue) {
        problems = json.texts("problems")
        sentAsPNG = json.texts("sent_as_png")
    }

    /// Nothing is known to be wrong, unless it is named.
    package init(problems: [String] = [], sentAsPNG: [String] = []) {
        self.problems = problems
        self.sentAsPNG = sentAsPNG
    }

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
    /// The texts of a list; none where the member is absent.
    func texts(_ name: String) -> [String] { (self[name]?.array ?? []).compactMap(\.string) }

    /// The numbers of an object by their names.
    func counts(_ name: String) -> [String: Int] { (self[name]?.object ?? [:]).compactMapValues(\.int) }

    /// A list; `nil` for an empty one, which is not stored.
    init?(texts: [String]) {
        guard !texts.isEmpty else { return nil }
        self = .array(texts.map { .string($0) })
    }
}
