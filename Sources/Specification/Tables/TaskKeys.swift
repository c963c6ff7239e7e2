// The key `task`: a word, or a map with one word and its options.

import Basics
import TaskKit

extension ValueType where Value == TaskChoice {
    private static let expected = "the name of a task, or a map with the name of one task"

    /// One of the registry's tasks. ``SpecSchema`` replaces this schema with that of a registry.
    static let task = ValueType(
        expected: expected, word: "[task](#task)", schema: ["type": ["string", "object"]],
        read: { node, reading in
            var options: [String: JSONValue] = [:]
            let name: String
            var position = node.position
            var inner: YAMLNode?
            if let scalar = node.scalar, case .string = scalar.resolved {
                guard let text = reading.expanded(scalar, at: node.position) else { return nil }
                name = text
            } else if let pairs = node.pairs, let pair = pairs.first {
                guard pairs.count == 1 else {
                    reading.report(
                        .badTask("a spec has one task, not \(pairs.count)", hint: "indent options below their task"),
                        at: pairs[1].keyPosition)
                    return nil
                }
                name = pair.key
                position = pair.keyPosition
                inner = pair.value
                if pair.value.scalar?.resolved != .null {
                    guard let pairs = pair.value.pairs else {
                        reading.wrongType(pair.value, expected: "a map with the options of '\(name)'")
                        return nil
                    }
                    for option in pairs {
                        guard let value = reading.json(option.value) else { return nil }
                        options[option.key] = value
                    }
                }
            } else {
                reading.wrongType(node, expected: expected)
                return nil
            }
            let choice = TaskChoice(name, TaskOptions(options))
            do throws(TaskOptionError) {
                _ = try reading.tasks.task(choice)
            } catch {
                reading.report(.badTask(error.message, hint: error.hint), at: inner?.place(error.path) ?? position)
                return nil
            }
            return choice
        },
        write: { choice in
            choice.options.values.isEmpty
                ? .string(choice.name) : .object([choice.name: .object(choice.options.values)])
        })
}

extension YAMLNode {
    /// The position of the value at a path of keys, or of the last existing key on it; `nil` for an empty path.
    fileprivate func place(_ path: [String]) -> YAMLPosition? {
        guard let first = path.first else { return nil }
        if let pair = pairs?.first(where: { $0.key == first }) {
            return pair.value.place(Array(path.dropFirst())) ?? pair.keyPosition
        }
        if let items, let index = Int(first), items.indices.contains(index) {
            return items[index].place(Array(path.dropFirst())) ?? items[index].position
        }
        return position.start
    }
}

extension Reading {
    /// An untyped value with its environment variables expanded; `nil` when one is missing.
    fileprivate func json(_ node: YAMLNode) -> JSONValue? {
        switch node.content {
        case .scalar(let scalar): return value(scalar, at: node.position)?.json
        case .list(let nodes):
            var items: [JSONValue] = []
            for node in nodes {
                guard let item = json(node) else { return nil }
                items.append(item)
            }
            return .array(items)
        case .map(let pairs):
            var members: [String: JSONValue] = [:]
            for pair in pairs {
                guard let member = json(pair.value) else { return nil }
                members[pair.key] = member
            }
            return .object(members)
        }
    }
}

extension ValueType where Value == TableColumns {
    /// Column names by role. Roles other than the common ones belong to tasks.
    static let columns: ValueType = {
        let entity = ValueType<TableColumns>.entity
        return ValueType(
            expected: entity.expected, word: entity.word, schema: entity.schema, entities: entity.entities,
            merging: entity.merging,
            read: { node, reading in
                guard let pairs = node.pairs else { return entity.read(node, reading) }
                let known = Set(TableColumns.table.keys.map(\.name))
                let roles = reading.tasks.kinds.flatMap { $0.columns.map(\.role) }.filter { !known.contains($0) }
                let others = pairs.filter { roles.contains($0.key) }
                let rest = YAMLNode(.map(pairs.filter { !roles.contains($0.key) }), at: node.position)
                guard var columns = entity.read(rest, reading) else { return nil }
                for pair in others {
                    guard let name = ValueType<String>.text.read(pair.value, reading) else { return nil }
                    columns.roles = (columns.roles ?? [:]).merging([pair.key: name]) { $1 }
                }
                return columns
            },
            write: { entity.write($0) })
    }()
}
