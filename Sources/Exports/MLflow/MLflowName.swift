// Names and texts within the limits of an MLflow server.

import Basics

/// Converts names and values to those that MLflow accepts, and collects the changes.
package struct MLflowText: Sendable {
    /// Notes about renamed or shortened names, one sentence each, without repetitions.
    package private(set) var notes: [String] = []

    /// The longest name of a metric or parameter, in characters.
    package static let maxKeyBytes = 250
    /// The longest value of a parameter, in characters.
    package static let maxParameterLength = 6000
    /// The longest value of a tag, in characters.
    package static let maxTagLength = 5000

    /// Nothing changed yet.
    package init() {}

    /// A name of a metric, parameter or tag: letters, digits and `_ - . : / ` and spaces, in a form that is also a
    /// plain relative path. A name that loses characters gets a part of its digest, so that different names stay
    /// different.
    package mutating func key(_ text: String) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            let isKept = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            name.unicodeScalars.append(isKept || "_-.:/ ".unicodeScalars.contains(scalar) ? scalar : "_")
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { part -> String in
            part.isEmpty || part.allSatisfy { $0 == "." } ? "_" : String(part)
        }
        name = parts.joined(separator: "/")
        guard name != text || name.utf8.count > MLflowText.maxKeyBytes else { return text }
        let digest = Digest(of: text).short.prefix(8)
        name = "\(name.prefix(MLflowText.maxKeyBytes - 9))-\(digest)"
        note("'\(text.prefix(80))' is named '\(name.prefix(90))', because MLflow does not accept the name")
        return name
    }

    /// A parameter's value, shortened to the length that MLflow accepts; adds a note if it was shortened.
    package mutating func parameter(_ text: String, of name: String) -> String {
        shortened(text, to: MLflowText.maxParameterLength, "the parameter '\(name)'")
    }

    /// A tag's value, shortened to the length that MLflow accepts; adds a note if it was shortened.
    package mutating func tag(_ text: String, of name: String) -> String {
        shortened(text, to: MLflowText.maxTagLength, "the tag '\(name)'")
    }

    /// The name of a model: without `/ : . % ' "`.
    package mutating func modelName(_ text: String) -> String {
        let plain = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { "/:.%'\"".unicodeScalars.contains($0) || TerminalText.isControl($0) ? "_" : $0 }))
        guard plain != text || plain.isEmpty else { return text }
        let name = "\(plain.prefix(200))-\(Digest(of: text).short.prefix(8))"
        note("the model '\(text.prefix(80))' is named '\(name.prefix(90))', because MLflow does not accept the name")
        return name
    }

    private mutating func shortened(_ text: String, to limit: Int, _ what: String) -> String {
        // The server counts code points.
        guard text.unicodeScalars.count > limit else { return text }
        note("\(what) was truncated from \(text.unicodeScalars.count) to \(limit) characters, the limit of MLflow")
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
    }

    private mutating func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }
}
