// Texts with environment variables that are resolved only when the value is used.

/// A text that may contain `${NAME}` and `${NAME:-default}` (`$${` is an escaped `${`). It stores the unresolved
/// template. A spec is therefore valid, and mostly usable, on a machine that lacks a variable, and a secret is never
/// part of the spec's value.
package struct EnvironmentText: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The unresolved text as written in the spec.
    package var template: String

    /// - Parameter template: not checked here; see `malformed`.
    package init(_ template: String) { self.template = template }

    /// Decodes the unresolved template.
    package init(from decoder: any Decoder) throws {
        template = try decoder.singleValueContainer().decode(String.self)
    }
    /// Encodes the unresolved template, so that no secret is stored.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(template)
    }

    /// The unresolved template, safe to show.
    package var description: String { template }

    /// The names of all variables in the text, in order, including those with a default.
    package var names: [String] { pieces.compactMap { if case .variable(let name, _) = $0 { name } else { nil } } }

    /// The names of the variables without a default that the environment lacks.
    package func missing(in environment: Environment) -> [String] {
        pieces.compactMap {
            if case .variable(let name, nil) = $0, environment[name] == nil { name } else { nil }
        }
    }

    /// The text with its variables replaced by their values.
    /// - Throws: `MissingEnvironment` with the names of all missing variables.
    package func resolved(in environment: Environment) throws(MissingEnvironment) -> String {
        let missing = missing(in: environment)
        guard missing.isEmpty else { throw MissingEnvironment(names: missing) }
        return pieces.map { piece in
            switch piece {
            case .text(let text): String(text)
            case .variable(let name, let fallback): environment[name] ?? fallback.map(String.init) ?? ""
            }
        }.joined()
    }

    /// The first invalid `${…` that is not escaped, up to its brace or the end of the line; `nil` when all are valid.
    package var malformed: String? {
        for case .text(let text) in pieces {
            var rest = text
            while let start = rest.firstRange(of: "${") {
                // The text after an escaping dollar starts a new piece.
                if start.lowerBound > template.startIndex, template[template.index(before: start.lowerBound)] == "$" {
                    rest = rest[start.upperBound...]
                    continue
                }
                let inside = rest[start.lowerBound...]
                let end = inside.firstIndex { $0 == "}" || $0.isNewline }
                return String(end.map { inside[$0] == "}" ? inside[...$0] : inside[..<$0] } ?? inside)
            }
        }
        return nil
    }

    /// Whether the text consists of exactly one variable.
    package var isOneVariable: Bool {
        if case .variable = pieces.first { pieces.count == 1 } else { false }
    }

    /// Whether a variable has a non-empty default, which is then written in the file itself.
    package var hasLiteralDefault: Bool {
        pieces.contains { if case .variable(_, let fallback?) = $0 { !fallback.isEmpty } else { false } }
    }

    fileprivate enum Piece {
        case text(Substring)
        case variable(name: String, fallback: Substring?)
    }

    private var pieces: [Piece] {
        let dollar = UInt8(ascii: "$")
        let open = UInt8(ascii: "{")
        let close = UInt8(ascii: "}")
        let bytes = template.utf8
        guard var index = bytes.firstIndex(of: dollar) else { return template.isEmpty ? [] : [.text(template[...])] }
        var pieces: [Piece] = []
        var start = template.startIndex
        func flush(to end: String.Index) {
            if start < end { pieces.append(.text(template[start..<end])) }
        }
        while index < bytes.endIndex {
            let next = bytes.index(after: index)
            if bytes[index] == dollar, next < bytes.endIndex {
                if bytes[next] == dollar, bytes[next...].dropFirst().first == open {
                    // `$${` is an escaped `${`.
                    flush(to: index)
                    start = next
                    index = bytes.index(next, offsetBy: 2)
                    continue
                }
                if bytes[next] == open, let end = bytes[next...].firstIndex(of: close),
                    let variable = Piece(inside: template[bytes.index(after: next)..<end])
                {
                    flush(to: index)
                    pieces.append(variable)
                    index = bytes.index(after: end)
                    start = index
                    continue
                }
            }
            index = next
        }
        flush(to: bytes.endIndex)
        return pieces
    }
}

extension EnvironmentText.Piece {
    /// Parses `NAME` or `NAME:-default`; `nil` for any other text.
    fileprivate init?(inside text: Substring) {
        let name = text.utf8.prefix { isNameByte($0) }
        guard let first = name.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        let rest = text[name.endIndex...]
        guard rest.isEmpty || rest.hasPrefix(":-") else { return nil }
        self = .variable(name: String(Substring(name)), fallback: rest.isEmpty ? nil : rest.dropFirst(2))
    }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
    default: false
    }
}

/// The error for required environment variables that are not set.
package struct MissingEnvironment: Error, Hashable, Sendable {
    /// The missing variables in order of use, possibly repeated.
    package var names: [String]

    /// - Parameter names: all missing variables of one text.
    package init(names: [String]) { self.names = names }
}
