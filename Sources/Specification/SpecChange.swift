// A change of one value of a spec, from --set, a variant or a sweep.

import Basics

/// A dotted path and its new value.
struct SpecChange: Sendable {
    var path: String
    var pathPosition: YAMLPosition
    var value: YAMLNode

    init(path: String, at position: YAMLPosition, value: YAMLNode) {
        self.path = path
        pathPosition = position
        self.value = value
    }

    /// Parses `path=value`, where the value is YAML.
    init(setting: String, number: Int, _ sources: inout SourceTexts) throws(Finding) {
        let name = number == 1 ? "--set" : "--set #\(number)"
        let whole = SourceText(name: name, text: setting)
        sources.add(whole)
        let start = YAMLPosition(source: whole, line: 1, column: 1)
        guard let sign = setting.firstIndex(of: "="), sign > setting.startIndex else {
            throw Finding(.badFormat(setting, expected: "a setting such as models.cnn.train.epochs=3"), at: start)
        }
        path = String(setting[..<sign])
        pathPosition = YAMLPosition(source: whole, line: 1, column: 1, endColumn: path.unicodeScalars.count + 1)
        let text = String(setting[setting.index(after: sign)...])
        let shift = path.unicodeScalars.count + 1
        let documents: [YAMLNode]
        do {
            documents = try YAMLReader.documents(SourceText(name: name, text: text))
        } catch {
            var finding = error
            finding.position = error.position?.moved(to: whole, by: shift)
            finding.notes = error.notes.map { .init($0.subject, at: $0.position.moved(to: whole, by: shift)) }
            throw finding
        }
        guard let node = documents.first, documents.count == 1, node.scalar?.resolved != .null else {
            throw Finding(.badFormat(setting, expected: "a setting such as models.cnn.train.epochs=3"), at: start)
        }
        value = node.moved(to: whole, by: shift)
    }

    /// The position of the last key of the path, or of the whole path when it is quoted.
    var keyPosition: YAMLPosition {
        let length = path.unicodeScalars.count
        guard pathPosition.endColumn == pathPosition.column + length, let dot = path.lastIndex(of: ".") else {
            return pathPosition
        }
        var position = pathPosition
        position.column += path[...dot].unicodeScalars.count
        return position
    }

    /// A name derived from the changes, such as `learning_rate=0.0003`. Paths with equal ends are lengthened until
    /// they differ.
    static func name(of changes: [SpecChange]) -> VariantName {
        name(of: changes.map { ($0.path, $0.value.json) })
    }

    static func name(of changes: [(path: String, value: JSONValue)]) -> VariantName {
        let paths = changes.map { $0.path.split(separator: ".") }
        let parts = changes.enumerated().map { index, change in
            var length = 1
            func tail(_ path: [Substring]) -> ArraySlice<Substring> { path.suffix(length) }
            while length < paths[index].count,
                paths.enumerated().contains(where: { $0.offset != index && tail($0.element) == tail(paths[index]) })
            {
                length += 1
            }
            return tail(paths[index]).joined(separator: ".") + "=" + change.value.plainText
        }
        // Keys are masked, because the name appears in tables, reports and the ledger.
        return VariantName(KeyMask.masked(parts.joined(separator: ",")))
    }
}

extension JSONValue {
    /// A string without quotes; any other value as JSON.
    fileprivate var plainText: String { string ?? canonical }
}

extension YAMLPosition {
    /// The corresponding position in a longer text that ends with this one.
    fileprivate func moved(to source: SourceText, by columns: Int) -> YAMLPosition {
        let shift = line == 1 ? columns : 0
        return YAMLPosition(
            source: source, line: line, column: column + shift, endColumn: endColumn.map { $0 + shift })
    }
}

extension YAMLNode {
    /// The corresponding node in a longer text that ends with this one.
    fileprivate func moved(to source: SourceText, by columns: Int) -> YAMLNode {
        let content: Content =
            switch self.content {
            case .scalar: self.content
            case .list(let items): .list(items.map { $0.moved(to: source, by: columns) })
            case .map(let pairs):
                .map(
                    pairs.map {
                        YAMLPair(
                            key: $0.key, keyPosition: $0.keyPosition.moved(to: source, by: columns),
                            value: $0.value.moved(to: source, by: columns))
                    })
            }
        return YAMLNode(content, at: position.moved(to: source, by: columns))
    }

    /// This root with one changed value.
    func applying(_ change: SpecChange, _ vocabulary: Vocabulary) throws(Finding) -> YAMLNode {
        let components = change.path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        func missing(_ component: String, among known: [String]) -> Finding {
            Finding(
                .unknownPath(change.path, component: component, nearest: known.nearest(to: component)),
                at: change.pathPosition)
        }
        guard let section = components.first else { return self }
        let sections = ExperimentSpec.table.keys.map(\.name)
        guard sections.contains(section) else { throw missing(section, among: sections) }
        // A path must lead into an existing entry; only a whole entry may be new.
        if YAMLNode.sectionsOfEntries.contains(section), components.count > 2 {
            let entries = (self[section]?.pairs ?? []).map(\.key)
            guard entries.contains(components[1]) else { throw missing(components[1], among: entries) }
        }
        var node: YAMLNode? = self
        for component in components {
            if component.isEmpty { throw missing(component, among: []) }
            if let items = node?.items, Int(component).map({ items.indices.contains($0) }) != true {
                throw missing(component, among: [])
            }
            node = node?[component]
        }
        return setting(
            components[...], to: change.value, keyAt: change.keyPosition, ExperimentSpec.table.description.merging(vocabulary))
    }

    /// The sections with user-chosen keys.
    static let sectionsOfEntries: Set<String> = [
        "splits", "prompts", "requests", "providers", "models", "evaluations", "commands",
    ]

    /// This root with `extends` in section entries resolved.
    func resolvingEntryExtends(_ reading: Reading) -> YAMLNode {
        guard let sections = pairs else { return self }
        let resolved = sections.map { section in
            guard YAMLNode.sectionsOfEntries.contains(section.key), let entries = section.value.pairs,
                entries.contains(where: { $0.value.hasExtends })
            else { return section }
            var resolver = EntryResolver(section: section.key, entries: entries, reading: reading)
            var changed = section
            changed.value = YAMLNode(
                .map(
                    entries.map {
                        YAMLPair(key: $0.key, keyPosition: $0.keyPosition, value: resolver.resolved($0.key, from: nil))
                    }), at: section.value.position)
            return changed
        }
        return YAMLNode(.map(resolved), at: position)
    }

    fileprivate var hasExtends: Bool { self["extends"] != nil }
}

/// Resolves `extends` within one section.
private struct EntryResolver {
    let section: String
    let entries: [YAMLPair]
    let reading: Reading
    private let places: [String: Int]
    private var done: [String: YAMLNode] = [:]
    private var path: [String] = []

    init(section: String, entries: [YAMLPair], reading: Reading) {
        self.section = section
        self.entries = entries
        self.reading = reading
        places = Dictionary(entries.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func resolved(_ name: String, from reference: YAMLPosition?) -> YAMLNode {
        if let known = done[name] { return known }
        guard let place = places[name] else { return YAMLNode(.map([]), at: entries[0].value.position) }
        let node = entries[place].value
        guard let extends = node["extends"] else { return node }
        let own = node.without("extends")
        guard let scalar = extends.scalar, case .string(let base) = scalar.resolved else {
            reading.wrongType(extends, expected: "a text")
            return own
        }
        path.append(name)
        defer { path.removeLast() }
        var result = own
        if path.count > SpecLoader.maxChainLength {
            reading.report(.extendsTooLong(limit: SpecLoader.maxChainLength), at: extends.position)
            reading.broken.insert(node.position)
        } else if path.contains(base) {
            reading.report(.extendsCycle(path.drop { $0 != base } + [base]), at: extends.position)
            // All entries of the cycle are invalid for the same reason.
            for name in path { if let place = places[name] { reading.broken.insert(entries[place].value.position) } }
        } else if places[base] == nil {
            reading.report(
                .unknownReference(
                    kind: String(section.dropLast()), name: base, nearest: entries.map(\.key).nearest(to: base),
                    known: entries.map(\.key)), at: extends.position)
            reading.broken.insert(node.position)
        } else {
            result = own.over(
                resolved(base, from: extends.position),
                ExperimentSpec.table.description.merging(reading.vocabulary).below(section).below(name))
        }
        done[name] = result
        return result
    }
}
