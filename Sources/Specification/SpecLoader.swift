// Loads a spec from its files: parse, extend, change, decode, check.

import Basics
package import TaskKit

/// Loads specs. Files, environment and date are parameters, so that loading is repeatable.
package struct SpecLoader: Sendable {
    /// Returns the bytes of the file at a path; throws `UnreadableFile`.
    package typealias ReadFile = @Sendable (String) throws -> [UInt8]

    /// The maximum length of a chain of files, or section entries, that extend each other; each one uses stack space.
    static let maxChainLength = 64

    /// The first key of an audit file, which is not a spec.
    static let auditKey = "assay-audit"

    let environment: Environment
    /// The current date, such as `2025-09-01`; models that are retired by then cause warnings.
    let today: String
    let tasks: TaskRegistry
    let readFile: ReadFile
    /// The kinds of providers.
    let vocabulary: Vocabulary

    /// - Parameters:
    ///   - today: the current date, such as `2025-09-01`.
    ///   - providers: the kinds of providers that `providers:` may name.
    ///   - tasks: the tasks that `task:` may name.
    package init(
        environment: Environment, today: String, providers: [ProviderKeys], tasks: TaskRegistry = TaskRegistry([]),
        readFile: @escaping ReadFile
    ) {
        vocabulary = Vocabulary(providers)
        self.tasks = tasks
        self.environment = environment
        self.today = today
        self.readFile = readFile
    }

    /// Creates the key tables in advance, which otherwise delays the first spec by some milliseconds.
    package static func makeKeyTables() { _ = ExperimentSpec.table }

    /// Loads and checks a spec.
    /// - Parameter settings: changes of the form `path=value`, with the value in YAML.
    /// - Throws: all errors of the spec together.
    package func load(_ path: String, settings: [String] = []) throws(SpecificationError) -> LoadedSpec {
        var sources = SourceTexts()
        let environment = try environment(beside: path, &sources)
        var root: YAMLNode
        let reading = Reading(environment: environment, vocabulary: vocabulary, tasks: tasks)
        do {
            root = try document(path, from: nil, chain: [], reading, &sources)
        } catch {
            throw SpecificationError([reading.diagnostic(error)], sources: sources)
        }
        var findings: [Finding] = []
        var changes: [SpecChange] = []
        for (index, setting) in settings.enumerated() {
            do {
                let change = try SpecChange(setting: setting, number: index + 1, &sources)
                root = try root.applying(change, vocabulary)
                changes.append(change)
            } catch {
                findings.append(error)
            }
        }
        let name = changes.isEmpty ? VariantName.unchanged : SpecChange.name(of: changes)
        let origin = Origin(
            root: root, path: path, environment: environment, today: today, tasks: tasks,
            files: FileMemory(readFile: readFile), sources: sources, vocabulary: vocabulary)
        var loaded = try origin.loaded(root, name: name, earlier: findings)
        loaded.changes = Dictionary(changes.map { ($0.path, $0.value.json) }, uniquingKeysWith: { _, last in last })
        return loaded
    }

    // MARK: Files

    private func environment(
        beside path: String, _ sources: inout SourceTexts
    ) throws(SpecificationError) -> Environment {
        let name = SourceText(name: path, bytes: []).folder
        let file = name == "." ? ".env" : name + "/.env"
        let bytes: [UInt8]
        do {
            bytes = try readFile(file)
        } catch {
            guard let error = error as? UnreadableFile, !error.isMissing else { return environment }
            throw SpecificationError(
                [Finding(.unreadableFile(file, reason: error.reason), at: nil).diagnostic], sources: sources)
        }
        let text = SourceText(name: file, bytes: bytes)
        sources.add(text)
        do {
            return environment.over(try Environment(file: text, process: environment))
        } catch {
            throw SpecificationError([error.diagnostic], sources: sources)
        }
    }

    /// A file merged over the files that it extends.
    private func document(
        _ path: String, from reference: YAMLPosition?, chain: [String], _ reading: Reading,
        _ sources: inout SourceTexts
    ) throws(Finding) -> YAMLNode {
        if chain.contains(path) { throw Finding(.extendsCycle(chain + [path]), at: reference) }
        guard chain.count < SpecLoader.maxChainLength else {
            throw Finding(.extendsTooLong(limit: SpecLoader.maxChainLength), at: reference)
        }
        if reference != nil, SecretFile.isNamed(path) {
            throw Finding(.unreadableFile(path, reason: SecretFile.refusal), at: reference)
        }
        let text = try SourceText.read(path, readFile, namedAt: reference)
        sources.add(text)
        let root = try text.singleDocument(namedAt: reference)
        // An audit has its own format: errors about each of its keys would hide that.
        if root["assay"] == nil, let audit = root.pairs?.first(where: { $0.key == SpecLoader.auditKey }) {
            throw Finding(.unknownKey(audit.key, of: "the spec", nearest: nil, known: []), at: audit.keyPosition)
        }
        guard let extends = root["extends"], let scalar = extends.scalar, case .string = scalar.resolved else {
            return root
        }
        guard let other = reading.expanded(scalar, at: extends.position) else {
            throw reading.findings.first ?? Finding(.unreadableFile(scalar.text, reason: "no path"), at: extends.position)
        }
        let base = other.hasPrefix("/") || text.folder == "." ? other : "\(text.folder)/\(other)"
        let below = try document(base.normalizedPath, from: extends.position, chain: chain + [path], reading, &sources)
        return root.without("extends").over(below, ExperimentSpec.table.description.merging(vocabulary))
    }
}

/// The reason why a file could not be read.
package struct UnreadableFile: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, phrased to follow the file's name.
    package var reason: String
    /// Whether no file exists at the path.
    package var isMissing: Bool

    /// - Parameter isMissing: whether no file exists at the path.
    package init(reason: String, isMissing: Bool = false) {
        self.reason = reason
        self.isMissing = isMissing
    }

    /// The same text as `reason`.
    package var description: String { reason }
}

/// The merged documents of a spec, from which variants are derived.
struct Origin: Sendable {
    var root: YAMLNode
    var path: String
    var environment: Environment
    var today: String
    var tasks: TaskRegistry
    var files: FileMemory
    var sources: SourceTexts
    var vocabulary: Vocabulary

    /// Decodes and checks a changed root.
    /// - Parameter earlier: findings of the changes, reported together with those of the spec.
    func loaded(_ root: YAMLNode, name: VariantName, earlier: [Finding] = []) throws(SpecificationError) -> LoadedSpec {
        var sources = sources
        let reading = Reading(environment: environment, vocabulary: vocabulary, tasks: tasks)
        for finding in earlier { reading.report(finding) }
        let root = root.resolvingEntryExtends(reading)
        var spec = ExperimentSpec.table.readAll(root, reading)
        // The explicit default equals the implicit one: the same plan and the same keys.
        if spec?.task?.name == TaskChoice.classification { spec?.task = nil }
        var prices: PriceTable?
        var labels: [String]?
        if let spec {
            prices = priceTable(spec, root, reading, &sources)
            labels = expectedLabels(spec, root, reading)
            let checks = SpecChecks(
                spec: spec, task: spec.task.flatMap { try? tasks.task($0) }, root: root, prices: prices, labels: labels,
                today: today, reading: reading)
            checks.run()
        }
        let diagnostics = reading.diagnostics
        guard let spec, reading.errorCount == 0 else { throw SpecificationError(diagnostics, sources: sources) }
        return LoadedSpec(
            path: path, name: name, spec: spec, task: spec.task.flatMap { try? tasks.task($0) }, environment: environment,
            prices: prices, expectedLabels: labels,
            warnings: diagnostics, sources: sources, root: root, origin: self)
    }

    private func priceTable(
        _ spec: ExperimentSpec, _ root: YAMLNode, _ reading: Reading, _ sources: inout SourceTexts
    ) -> PriceTable? {
        guard let reference = spec.prices, case .path(let path)? = try? reference.location(in: environment) else {
            return nil
        }
        switch files.prices(path.normalizedPath, namedAt: root["prices"]?.position, environment) {
        case .success(let (table, text)):
            sources.add(text)
            return table
        case .failure(let failure):
            if let text = failure.text { sources.add(text) }
            for finding in failure.findings { reading.report(finding) }
            return nil
        }
    }

    private func expectedLabels(_ spec: ExperimentSpec, _ root: YAMLNode, _ reading: Reading) -> [String]? {
        switch spec.dataset?.expect?.labels {
        case nil: return nil
        case .list(let labels): return labels.sorted()
        case .file(let reference):
            guard case .path(let path)? = try? reference.location(in: environment) else { return nil }
            let position = root.node(at: "dataset.expect.labels")?.position
            switch files.labels(path.normalizedPath, namedAt: position) {
            case .success(let labels): return labels.sorted()
            case .failure(let finding):
                reading.report(finding)
                return nil
            }
        }
    }
}

extension SourceText {
    static func read(
        _ path: String, _ readFile: SpecLoader.ReadFile, namedAt position: YAMLPosition?
    ) throws(Finding) -> SourceText {
        do {
            return SourceText(name: path, bytes: try readFile(path))
        } catch {
            throw Finding(.unreadableFile(path, reason: "\(error)"), at: position)
        }
    }

    /// The single document of a file named in a spec. If a file without a YAML or JSON extension is invalid, its
    /// contents are not quoted, because they may be confidential.
    func singleDocument(namedAt position: YAMLPosition?) throws(Finding) -> YAMLNode {
        do {
            return try singleDocument()
        } catch {
            if position == nil || isYAML { throw error }
            throw Finding(
                .unreadableFile(name, reason: "it is not a YAML map; its contents are not shown"), at: position)
        }
    }

    /// The single document of the text, which must be a map.
    func singleDocument() throws(Finding) -> YAMLNode {
        let documents = try YAMLReader.documents(self)
        let start = YAMLPosition(source: self, line: 1, column: 1)
        guard let root = documents.first, root.scalar?.resolved != .null else { throw Finding(.emptyFile, at: start) }
        guard documents.count == 1 else { throw Finding(.severalDocuments, at: documents[1].position.start) }
        guard root.pairs != nil else {
            throw Finding(
                .wrongType(expected: "a map with the keys of the spec", found: root.found, mistake: nil), at: root.position
            )
        }
        return root
    }
}

extension String {
    /// The path without `.` and with `..` resolved where possible.
    var normalizedPath: String {
        var parts: [Substring] = []
        for part in split(separator: "/", omittingEmptySubsequences: true) where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        return (hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}

extension [Finding] {
    /// The findings sorted by position, file by file in order of first occurrence; those without a position come
    /// first.
    var inReadingOrder: [Finding] {
        var files: [String: Int] = [:]
        for finding in self {
            if let file = finding.position?.source.name, files[file] == nil { files[file] = files.count }
        }
        func place(_ item: (offset: Int, element: Finding)) -> (Int, Int, Int, Int) {
            guard let position = item.element.position else { return (-1, 0, 0, item.offset) }
            return (files[position.source.name] ?? 0, position.line, position.column, item.offset)
        }
        return enumerated().sorted { place($0) < place($1) }.map(\.element)
    }
}
