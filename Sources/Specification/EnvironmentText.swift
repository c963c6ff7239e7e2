// A text that may name environment variables, which are read only when it is needed.

/// A text with `${NAME}` and `${NAME:-default}` in it (`$${` stands for `${`). It keeps its template, so that a spec is
/// valid, and most of it runs, on a machine that lacks a variable; and so that a secret is never part of the spec's
/// value.
package struct EnvironmentText: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The text as it is written in the spec.
    package var template: String

    package init(_ template: String) { self.template = template }

    package init(from decoder: any Decoder) throws {
        template = try decoder.singleValueContainer().decode(String.self)
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(template)
    }

    package var description: String { template }

    /// The names of the variables in it, in order, those with a default too.
    package var names: [String] { pieces.compactMap { if case .variable(let name, _) = $0 { name } else { nil } } }

    /// The names of the variables that it needs and that an environment lacks.
    package func missing(in environment: Environment) -> [String] {
        pieces.compactMap {
            if case .variable(let name, nil) = $0, environment[name] == nil { name } else { nil }
        }
    }

    /// The text with its variables put in.
    /// - Throws: `MissingEnvironment` with the names of all that are missing.
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

    /// The first `${…` in it that is no variable and no `$${`, up to its brace or to the end of the line.
    package var malformed: String? {
        for case .text(let text) in pieces {
            var rest = text
            while let start = rest.firstRange(of: "${") {
                // What follows an escaping dollar begins a piece of its own.
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

    /// Whether it is one variable and nothing else.
    package var isOneVariable: Bool {
        if case .variable = pieces.first { pieces.count == 1 } else { false }
    }

    /// Whether a variable in it has a default other than nothing, which stands in the file itself.
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
                    // `$${` is a `${` that is meant.
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
    /// `NAME` or `NAME:-default`.
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

/// Environment variables that are needed and not set.
package struct MissingEnvironment: Error, Hashable, Sendable {
    package var names: [String]

    package init(names: [String]) { self.names = names }
}
