// The tags and the note of a run as a form sends them.

import Application
import Basics
import Ledger

/// The tags and the note of a run, and what a form changes of them.
struct Annotations: Equatable {
    var tags: [String]
    /// Empty for none.
    var note: String

    init(_ run: RunRecord) {
        tags = run.tags
        note = run.note ?? ""
    }

    /// The tags as the form shows them.
    var tagText: String { tags.joined(separator: " ") }

    /// A digest of the values. A form carries that of the values it was made from, so that a form of an old page does not
    /// overwrite a later change.
    var version: String {
        Digest(of: JSONValue.array([.array(tags.map { .string($0) }), .string(note)]).canonical).hex
    }

    /// The values that a form sets. A missing field, and one with the text that the form showed, changes nothing.
    func changed(by form: FormFields) -> Annotations {
        var wanted = self
        if let text = form["tags"], !Annotations.isSame(text, tagText) {
            wanted.tags = text.split { $0.isWhitespace || $0 == "," }.map(String.init)
        }
        if let text = form["note"], !Annotations.isSame(text, note) { wanted.note = Annotations.lines(text) }
        return wanted
    }

    /// Whether a browser sends a text for the control that shows another.
    private static func isSame(_ sent: String, _ shown: String) -> Bool {
        lines(sent).utf8.elementsEqual(lines(shown).replacing("\0", with: "\u{FFFD}").utf8)
    }

    /// The text with the line breaks of this system; browsers send those of the network.
    private static func lines(_ text: String) -> String {
        text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    }
}
