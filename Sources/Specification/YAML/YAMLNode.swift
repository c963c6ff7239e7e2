// A YAML value that knows where it stands.

package import Basics

/// One node of a composed document.
package struct YAMLNode: Sendable {
    package enum Content: Sendable {
        case scalar(YAMLScalar)
        case list([YAMLNode])
        case map([YAMLPair])
    }

    private static let smallMap = 16

    package let content: Content
    package var position: YAMLPosition
    /// How many nodes it stands for, with aliases written out.
    package let weight: Int
    /// Where each key of a large map is; small ones are looked through.
    private let indices: [String: Int]?

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

/// One member of a map. Keys are scalars, taken as text.
package struct YAMLPair: Sendable {
    package var key: String
    package var keyPosition: YAMLPosition
    package var value: YAMLNode
}

/// A scalar as written; its type follows from the YAML 1.2 core schema.
package struct YAMLScalar: Sendable, Hashable {
    package var text: String
    /// Whether it stands without quotes and so may be another type than text.
    package var isPlain: Bool
    /// An explicit tag of the core schema: `!!str`, `!!int`, …
    package var tag: CoreTag?

    package init(text: String, isPlain: Bool, tag: CoreTag? = nil) {
        self.text = text
        self.isPlain = isPlain
        self.tag = tag
    }

    package enum CoreTag: String, Sendable {
        case null, bool, int, float, str
    }
}

/// Where a node starts and, when that is on the same line, ends.
package struct YAMLPosition: Sendable, Hashable {
    package var source: SourceText
    /// Counts from 1.
    package var line: Int
    /// Counts characters from 1.
    package var column: Int
    /// The column after the last character, when it is on the same line.
    package var endColumn: Int?

    package var range: SourceRange {
        SourceRange(file: source.name, line: line, column: column, endColumn: endColumn)
    }

    /// Where a part of the text that begins here stands, as far as it is written there in the same letters; else the
    /// place of the whole.
    func finding(_ part: String) -> YAMLPosition {
        let part = Array(part.unicodeScalars)
        // A text of several lines is looked through as far as a person would write one.
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
    package var pairs: [YAMLPair]? { if case .map(let pairs) = content { pairs } else { nil } }
    package var items: [YAMLNode]? { if case .list(let items) = content { items } else { nil } }
    package var scalar: YAMLScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }

    /// The member of a map or, by a whole number, the item of a list.
    package subscript(key: String) -> YAMLNode? {
        switch content {
        case .map(let pairs):
            if let indices { indices[key].map { pairs[$0].value } } else { pairs.first { $0.key == key }?.value }
        case .list(let items): Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
        case .scalar: nil
        }
    }

    /// The value as JSON; a number without a JSON form (`.inf`, `.nan`) becomes its text.
    package var json: JSONValue {
        switch content {
        case .scalar(let scalar): scalar.resolved.json
        case .list(let items): .array(items.map(\.json))
        case .map(let pairs):
            .object(Dictionary(pairs.map { ($0.key, $0.value.json) }, uniquingKeysWith: { first, _ in first }))
        }
    }
}
