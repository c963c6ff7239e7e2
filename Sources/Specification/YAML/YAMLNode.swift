// YAML values with source positions.

package import Basics

/// A node of a parsed document.
package struct YAMLNode: Sendable {
    /// The kind of a node and its contents.
    package enum Content: Sendable {
        case scalar(YAMLScalar)
        case list([YAMLNode])
        case map([YAMLPair])
    }

    private static let smallMap = 16

    /// The contents, with aliases and merge keys resolved.
    package let content: Content
    /// The position of the node in its source text.
    package var position: YAMLPosition
    /// The number of nodes below and including this one, with aliases expanded.
    package let weight: Int
    /// The index of each key in a large map; small maps are searched linearly.
    private let indices: [String: Int]?

    /// Computes the weight, and for large maps an index of the keys.
    package init(_ content: Content, at position: YAMLPosition) {
        self.content = content
        self.position = position
        if case .map(let pairs) = content, pairs.count > YAMLNode.smallMap {
            indices = Dictionary(pairs.indices.map { (pairs[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
        } else {
            indices = nil
        }
        switch content {
        case .scalar: weight = 1
        case .list(let nodes): weight = nodes.reduce(1) { $0 + $1.weight }
        case .map(let pairs): weight = pairs.reduce(1) { $0 + $1.value.weight }
        }
    }
}

/// One member of a map. Keys are scalars, kept as text.
package struct YAMLPair: Sendable {
    /// The key as text, for a scalar of any type.
    package var key: String
    /// The position of the key; after a change, that of the change.
    package var keyPosition: YAMLPosition
    /// The value below the key.
    package var value: YAMLNode
}

/// A scalar as written; the YAML 1.2 core schema determines its type.
package struct YAMLScalar: Sendable, Hashable {
    /// The text without quotes and with escapes resolved.
    package var text: String
    /// Whether the scalar is unquoted, so that it may have a type other than string.
    package var isPlain: Bool
    /// An explicit tag of the core schema: `!!str`, `!!int`, …; `nil` for none.
    package var tag: CoreTag?

    /// - Parameter tag: an explicit tag of the core schema; `nil` for none.
    package init(text: String, isPlain: Bool, tag: CoreTag? = nil) {
        self.text = text
        self.isPlain = isPlain
        self.tag = tag
    }

    /// The scalar tags of the core schema, named as after `!!`.
    package enum CoreTag: String, Sendable {
        case null, bool, int, float, str
    }
}

/// The start of a node and, if it is on the same line, its end.
package struct YAMLPosition: Sendable, Hashable {
    /// The text that contains the node.
    package var source: SourceText
    /// The line, counted from 1.
    package var line: Int
    /// The column in characters, counted from 1.
    package var column: Int
    /// The column after the last character; `nil` when the node ends on another line.
    package var endColumn: Int?

    /// The position as a range, for diagnostics.
    package var range: SourceRange {
        SourceRange(file: source.name, line: line, column: column, endColumn: endColumn)
    }

    /// The position of a substring that is written literally in the text starting here; otherwise this position.
    func finding(_ part: String) -> YAMLPosition {
        let part = Array(part.unicodeScalars)
        // A multi-line text is searched for as many lines as a person would plausibly write.
        for number in line..<(endColumn == nil ? line + 100 : line + 1) {
            guard let text = source.line(number) else { break }
            let scalars = Array(text.unicodeScalars)
            let first = number == line ? column - 1 : 0
            let end = number == line ? endColumn.map { $0 - 1 } ?? scalars.count : scalars.count
            guard first < end, end <= scalars.count, !part.isEmpty else { continue }
            if let range = scalars[first..<end].firstRange(of: part) {
                return YAMLPosition(
                    source: source, line: number, column: range.lowerBound + 1, endColumn: range.upperBound + 1)
            }
        }
        return self
    }
}

extension YAMLNode {
    /// The members of a map in written order; `nil` for other nodes.
    package var pairs: [YAMLPair]? { if case .map(let pairs) = content { pairs } else { nil } }
    /// The items of a list; `nil` for other nodes.
    package var items: [YAMLNode]? { if case .list(let items) = content { items } else { nil } }
    /// The scalar; `nil` for maps and lists.
    package var scalar: YAMLScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }

    /// The member of a map or, for an integer key, the item of a list; `nil` when there is none.
    package subscript(key: String) -> YAMLNode? {
        switch content {
        case .map(let pairs):
            if let indices { indices[key].map { pairs[$0].value } } else { pairs.first { $0.key == key }?.value }
        case .list(let items): Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
        case .scalar: nil
        }
    }

    /// The value as JSON; numbers without a JSON form (`.inf`, `.nan`) become strings.
    package var json: JSONValue {
        switch content {
        case .scalar(let scalar): scalar.resolved.json
        case .list(let items): .array(items.map(\.json))
        case .map(let pairs):
            .object(Dictionary(pairs.map { ($0.key, $0.value.json) }, uniquingKeysWith: { first, _ in first }))
        }
    }
}
