// The context of decoding: the environment as input, findings as output.

import Basics
import TaskKit

/// The decoding of one spec. Errors are collected instead of thrown, so that all are reported together.
final class Reading {
    let environment: Environment
    /// The kinds of providers.
    let vocabulary: Vocabulary
    let tasks: TaskRegistry
    private(set) var findings: [Finding] = []
    private(set) var errorCount = 0
    /// Findings already reported; an anchored value is decoded again for each alias.
    private var reported: Set<Finding> = []
    /// Entries with an error that makes them unusable.
    var broken: Set<YAMLPosition> = []
    /// The key of the value being decoded.
    var currentKey: String?
    /// The entities around the current node, outermost first.
    private(set) var entities: [EntityDescription] = []

    /// The values of variables, with the text that replaces them in messages.
    private var expansions: [String: String] = [:]

    init(environment: Environment, vocabulary: Vocabulary = .none, tasks: TaskRegistry = TaskRegistry([])) {
        self.environment = environment
        self.vocabulary = vocabulary
        self.tasks = tasks
    }

    /// The findings as diagnostics, sorted by position. The values of variables are hidden, because they may be
    /// secrets.
    var diagnostics: [Diagnostic] { findings.inReadingOrder.map(diagnostic) }

    /// A finding as a diagnostic, with the values of variables hidden.
    func diagnostic(_ finding: Finding) -> Diagnostic {
        let values = expansions.sorted { ($1.key.utf8.count, $1.key) < ($0.key.utf8.count, $0.key) }
        func hiding(_ text: String) -> String {
            values.reduce(text) { text, expansion in
                let quoted = text.replacing("'\(expansion.key)'", with: "'\(expansion.value)'")
                if expansion.key.utf8.count >= Reading.minSecretBytes {
                    return quoted.replacing(expansion.key, with: expansion.value)
                }
                return Reading.namesSecret(expansion.value)
                    ? quoted.replacingWord(expansion.key, with: expansion.value) : quoted
            }
        }
        var diagnostic = finding.diagnostic
        guard !values.isEmpty else { return diagnostic }
        // Replaced before keys are masked, so that the variable's name stays visible.
        diagnostic.message = KeyMask.masked(hiding(finding.problem.message))
        diagnostic.hint = finding.problem.hint.map { KeyMask.masked(hiding($0)) }
        return diagnostic
    }

    /// Records the values of a text's variables, so that no message shows them.
    func remember(_ text: EnvironmentText) {
        guard !text.names.isEmpty, let resolved = try? text.resolved(in: environment) else { return }
        if !resolved.isEmpty { expansions[resolved] = text.template }
        for name in text.names {
            if let value = environment[name], !value.isEmpty { expansions[value] = expansions[value] ?? "${\(name)}" }
        }
    }

    /// The minimum length in bytes of values that are hidden wherever they occur. Shorter values are hidden within
    /// quotes and, if the variable's name suggests a secret, as whole words.
    private static let minSecretBytes = 8

    private static func namesSecret(_ template: String) -> Bool {
        let name = template.uppercased()
        return ["KEY", "TOKEN", "SECRET", "PASS", "PWD", "PIN", "CREDENTIAL", "AUTH"].contains { name.contains($0) }
    }

    func report(_ problem: SpecProblem, at position: YAMLPosition?, notes: [Finding.Note] = []) {
        report(Finding(problem, at: position, notes: notes))
    }

    func report(_ finding: Finding) {
        if finding.isError { errorCount += 1 }
        if reported.insert(finding).inserted { findings.append(finding) }
    }

    /// Decodes the contents of one entity; `nil` when any part of it was invalid.
    func within<Value>(_ entity: EntityDescription, _ body: () -> Value?) -> Value? {
        let before = errorCount
        entities.append(entity)
        defer { entities.removeLast() }
        let value = body()
        return errorCount == before ? value : nil
    }

    /// A scalar's text with its environment variables expanded; reports missing ones and returns `nil`.
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

    /// Whether every `${` in a text starts a variable or is escaped; reports the first that does not.
    func isWellFormed(_ text: EnvironmentText, at position: YAMLPosition) -> Bool {
        guard let malformed = text.malformed else { return true }
        report(.badVariable(malformed), at: position.finding(malformed))
        return false
    }

    /// A scalar's value by the core schema. A scalar that consists of one variable has the type that its value would
    /// have without quotes, because it must be quoted within `{}` and `[]`.
    func value(_ scalar: YAMLScalar, at position: YAMLPosition) -> CoreValue? {
        guard scalar.text.namesVariables else { return scalar.resolved }
        guard let text = expanded(scalar, at: position) else { return nil }
        return EnvironmentText(scalar.text).isOneVariable ? YAMLScalar.coreValue(text) : .string(text)
    }
}

extension YAMLNode {
    /// A description of the node for messages.
    var found: String {
        switch content {
        case .list: "a list"
        case .map: "a map"
        // The value of a variable is not shown, because it may be a misplaced secret.
        case .scalar(let scalar) where scalar.text.namesVariables: "the value of '\(scalar.text)'"
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
    /// The text with all occurrences of a whole word replaced.
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

    /// Whether the text contains `${`; most texts have no dollar sign.
    fileprivate var namesVariables: Bool { utf8.contains(UInt8(ascii: "$")) && contains("${") }
}
