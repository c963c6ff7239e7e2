// A text that may name environment variables, which are read only when it is needed.

/// A text with `${NAME}` and `${NAME:-default}` in it. It keeps its template, so that a spec is valid, and most of it
/// runs, on a machine that lacks a variable; and so that a secret is never part of the spec's value.
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

    /// Whether it is one variable and nothing else.
    package var isOneVariable: Bool {
        if case .variable = pieces.first { pieces.count == 1 } else { false }
    }

    private enum Piece {
        case text(Substring)
        case variable(name: String, fallback: Substring?)
    }

    private var pieces: [Piece] {
        var pieces: [Piece] = []
        var rest = template[...]
        while let match = rest.firstMatch(of: #/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/#) {
            if match.range.lowerBound > rest.startIndex { pieces.append(.text(rest[..<match.range.lowerBound])) }
            pieces.append(.variable(name: String(match.output.1), fallback: match.output.2))
            rest = rest[match.range.upperBound...]
        }
        if !rest.isEmpty { pieces.append(.text(rest)) }
        return pieces
    }
}

/// Environment variables that are needed and not set.
package struct MissingEnvironment: Error, Hashable, Sendable {
    package var names: [String]

    package init(names: [String]) { self.names = names }
}
