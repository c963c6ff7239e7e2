// The filters of list requests.

import Basics
import EmulatorCore
import Foundation

/// A conjunction of comparisons such as `labels.run=k1 AND state="JOB_STATE_SUCCEEDED"`.
struct ListFilter: Sendable {
    private struct Term: Sendable {
        var field: String
        var comparison: String
        var value: String
    }

    private var terms: [Term] = []

    /// - Throws: 400 for a filter that cannot be read.
    init(_ text: String?) throws(GoogleError) {
        guard var rest = text.map({ Substring($0) }) else { return }
        func skipSpaces() { rest = rest.drop { $0.isWhitespace } }
        skipSpaces()
        while !rest.isEmpty {
            let field = rest.prefix { $0.isASCIIName || $0 == "." || $0 == "-" }
            guard !field.isEmpty else { throw Self.refusal(text) }
            rest = rest.dropFirst(field.count)
            skipSpaces()
            guard let comparison = ["!=", "<=", ">=", "=", ":", "<", ">"].first(where: { rest.hasPrefix($0) }) else {
                throw Self.refusal(text)
            }
            rest = rest.dropFirst(comparison.count)
            skipSpaces()
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                var isClosed = false
                while let character = rest.popFirst() {
                    if character == "\"" {
                        isClosed = true
                        break
                    }
                    value.append(character == "\\" ? rest.popFirst() ?? character : character)
                }
                guard isClosed else { throw Self.refusal(text) }
            } else {
                value = String(rest.prefix { !$0.isWhitespace })
                rest = rest.dropFirst(value.count)
            }
            terms.append(Term(field: String(field), comparison: comparison, value: value))
            skipSpaces()
            if rest.isEmpty { break }
            guard rest.hasPrefix("AND") else { throw Self.refusal(text) }
            rest = rest.dropFirst(3)
            skipSpaces()
            guard !rest.isEmpty else { throw Self.refusal(text) }
        }
    }

    private static func refusal(_ text: String?) -> GoogleError {
        .invalid("Invalid filter: \"\(text ?? "")\". The emulator knows comparisons joined by AND.")
    }

    /// Whether a resource meets all comparisons.
    /// - Parameter labels: the resource's labels.
    /// - Parameter value: the value of another field; `nil` if the resource has no such field.
    func matches(labels: [String: String], _ value: (String) -> String?) throws(GoogleError) -> Bool {
        for term in terms {
            let held: String?
            if term.field.hasPrefix("labels.") {
                held = labels[String(term.field.dropFirst("labels.".count))]
            } else {
                guard let text = value(term.field) else {
                    throw .invalid("Invalid filter: there is no field \"\(term.field)\" to filter by.")
                }
                held = text
            }
            guard Self.holds(held, term) else { return false }
        }
        return true
    }

    private static func holds(_ held: String?, _ term: Term) -> Bool {
        switch term.comparison {
        case "=": held == term.value
        case "!=": held != term.value
        case ":":
            if term.value == "*" {
                held != nil
            } else if term.value.contains("*") {
                held.map { Self.wildcard($0, term.value) } ?? false
            } else {
                held?.contains(term.value) ?? false
            }
        case "<": held.map { $0 < term.value } ?? false
        case ">": held.map { $0 > term.value } ?? false
        case "<=": held.map { $0 <= term.value } ?? false
        default: held.map { $0 >= term.value } ?? false
        }
    }

    private static func wildcard(_ text: String, _ pattern: String) -> Bool {
        var rest = text[...]
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() where !part.isEmpty {
            if index == 0 {
                guard rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else {
                guard let found = rest.range(of: part) else { return false }
                rest = rest[found.upperBound...]
            }
        }
        return pattern.hasSuffix("*") || rest.isEmpty
    }
}

extension Character {
    fileprivate var isASCIIName: Bool { isASCII && (isLetter || isNumber) || self == "_" }
}

/// A page of a list of resources.
struct ResourcePage {
    /// - Parameters:
    ///   - key: the list's name in the answer, such as `tuningJobs`.
    ///   - items: all items in order, each with its id.
    static func reply(_ key: String, _ items: [(id: String, json: JSONValue)], _ call: GoogleCall) throws -> Reply {
        let most = try call.pageSize("pageSize", default: 100, maximum: 100)
        var rest = items[...]
        if let token = call.query["pageToken"], !token.isEmpty {
            let last = try PageToken.decode(token)
            guard let at = rest.firstIndex(where: { $0.id == last }) else { throw GoogleError.invalid("Invalid page token.") }
            rest = rest[rest.index(after: at)...]
        }
        let shown = rest.prefix(most)
        var page: [String: JSONValue] = [:]
        if !shown.isEmpty { page[key] = .array(shown.map(\.json)) }
        if rest.count > shown.count, let last = shown.last { page["nextPageToken"] = .string(PageToken.encode(last.id)) }
        return try Reply(200, JSONValue.object(page))
    }
}
