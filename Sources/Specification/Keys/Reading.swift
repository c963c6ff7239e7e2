// What goes along while nodes become values: the environment in, findings out.

import Basics
import TaskKit

/// One reading of one spec. Errors are gathered, not thrown, so that all are told at once.
final class Reading {
    let environment: Environment
    /// The kinds of providers that plug-ins bring.
    let providers: [ProviderKeys]
    let tasks: TaskRegistry
    private(set) var findings: [Finding] = []
    private(set) var errorCount = 0
    /// What was told: the same place of an anchored value is read again for each alias.
    private var told: Set<Finding> = []
    /// Entries with an error that leaves nothing to read.
    var broken: Set<YAMLPosition> = []
    /// The key whose value is read.
    var currentKey: String?
    /// The entities around the node that is read, outermost first.
    private(set) var entities: [EntityDescription] = []

    /// What variables stood for, and what is shown in its place.
    private var expansions: [String: String] = [:]

    init(environment: Environment, providers: [ProviderKeys] = [], tasks: TaskRegistry = TaskRegistry([])) {
        self.environment = environment
        self.providers = providers
        self.tasks = tasks
    }

    /// The findings in words, in the order of their places. What a variable stands for is not shown: it may be a secret
    /// at the wrong place.
    var diagnostics: [Diagnostic] { findings.inReadingOrder.map(diagnostic) }

    /// A finding in words, without what variables stand for.
    func diagnostic(_ finding: Finding) -> Diagnostic {
        let values = expansions.sorted { ($1.key.utf8.count, $1.key) < ($0.key.utf8.count, $0.key) }
        func hiding(_ text: String) -> String {
            values.reduce(text) { text, expansion in
                let quoted = text.replacing("'\(expansion.key)'", with: "'\(expansion.value)'")
                if expansion.key.utf8.count >= Reading.shortestSecret {
                    return quoted.replacing(expansion.key, with: expansion.value)
                }
                return Reading.namesSecret(expansion.value)
                    ? quoted.replacingWord(expansion.key, with: expansion.value) : quoted
            }
        }
        var diagnostic = finding.diagnostic
        guard !values.isEmpty else { return diagnostic }
        // Replaced before what looks like a key is masked, so that the variable's name is seen.
        diagnostic.message = KeyMask.masked(hiding(finding.problem.message))
        diagnostic.hint = finding.problem.hint.map { KeyMask.masked(hiding($0)) }
        return diagnostic
    }

    /// Keeps what a text's variables stand for, so that no message shows it.
    func remember(_ text: EnvironmentText) {
        guard !text.names.isEmpty, let resolved = try? text.resolved(in: environment) else { return }
        if !resolved.isEmpty { expansions[resolved] = text.template }
        for name in text.names {
            if let value = environment[name], !value.isEmpty { expansions[value] = expansions[value] ?? "${\(name)}" }
        }
    }

    /// Bytes from which on a value is hidden wherever it occurs. A shorter one is hidden where it stands in quotes, and
    /// where it is a word if its variable's name is that of a secret.
    private static let shortestSecret = 8

    private static func namesSecret(_ template: String) -> Bool {
        let name = template.uppercased()
        return ["KEY", "TOKEN", "SECRET", "PASS", "PWD", "PIN", "CREDENTIAL", "AUTH"].contains { name.contains($0) }
    }

    func report(_ problem: SpecProblem, at position: YAMLPosition?, notes: [Finding.Note] = []) {
        report(Finding(problem, at: position, notes: notes))
    }

    func report(_ finding: Finding) {
        if finding.isError { errorCount += 1 }
        if told.insert(finding).inserted { findings.append(finding) }
    }

    /// Reads what belongs to one entity; `nil` when anything in it was wrong.
    func within<Value>(_ entity: EntityDescription, _ body: () -> Value?) -> Value? {
        let before = errorCount
        entities.append(entity)
        defer { entities.removeLast() }
        let value = body()
        return errorCount == before ? value : nil
    }

    /// A scalar's text with its environment variables put in; reports and gives `nil` when one is missing.
    func expanded(_ scalar: YAMLScalar, at position: YAMLPosition) -> String? {
        guard scalar.text.namesVariables else { return scalar.text }
        let text = EnvironmentText(scalar.text)
        guard isWellFormed(text, at: position) else { return nil }
        do {
            let resolved = try text.resolved(in: environment)
            remember(text)
            return resolved
        } catch {
            for name in error.names { report(.missingEnvironment(name, isNeededNow: true), at: position) }
            return nil
        }
    }

    /// Whether every `${` in a text begins a variable or is meant; reports the first that does not.
    func isWellFormed(_ text: EnvironmentText, at position: YAMLPosition) -> Bool {
        guard let malformed = text.malformed else { return true }
        report(.badVariable(malformed), at: position.finding(malformed))
        return false
    }

    /// A scalar's value by the core schema. A scalar that is one variable and nothing else has the type that its
    /// value would have without quotes, because inside `{}` and `[]` it must be quoted.
    func value(_ scalar: YAMLScalar, at position: YAMLPosition) -> CoreValue? {
        guard scalar.text.namesVariables else { return scalar.resolved }
        guard let text = expanded(scalar, at: position) else { return nil }
        return EnvironmentText(scalar.text).isOneVariable ? YAMLScalar.coreValue(text) : .string(text)
    }
}

extension YAMLNode {
    /// What it is, for a message.
    var found: String {
        switch content {
        case .list: "a list"
        case .map: "a map"
        // What a variable holds is not shown: it may be a secret at the wrong place.
        case .scalar(let scalar) where scalar.text.namesVariables: "what '\(scalar.text)' stands for"
        case .scalar(let scalar): scalar.resolved.found
        }
    }
}

extension CoreValue {
    var found: String {
        switch self {
        case .null: "nothing"
        case .bool(let value): "\(value)"
        case .int(let value): "the number \(value)"
        case .double(let value): "the number \(value)"
        case .string(let value): "the text '\(value.count > 40 ? value.prefix(40) + "…" : value)'"
        }
    }
}

extension String {
    /// The text with each occurrence of a word replaced that no letter or digit is beside.
    fileprivate func replacingWord(_ word: String, with other: String) -> String {
        let scalars = Array(unicodeScalars)
        let wanted = Array(word.unicodeScalars)
        var result = String.UnicodeScalarView()
        var position = 0
        func isWord(_ index: Int) -> Bool {
            guard scalars.indices.contains(index) else { return false }
            return scalars[index].properties.isAlphabetic || scalars[index].properties.numericType != nil
        }
        while position < scalars.count {
            if scalars[position...].starts(with: wanted), !isWord(position - 1), !isWord(position + wanted.count) {
                result.append(contentsOf: other.unicodeScalars)
                position += wanted.count
            } else {
                result.append(scalars[position])
                position += 1
            }
        }
        return String(result)
    }

    /// Whether there is a `${` in it; nearly all texts have no dollar at all.
    fileprivate var namesVariables: Bool { utf8.contains(UInt8(ascii: "$")) && contains("${") }
}
