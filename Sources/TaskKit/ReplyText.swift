// Extracts values from replies: code fences, text around JSON, other spellings, truncated replies.

package import Basics
import Foundation

/// The text of a reply, with the parsing that tasks share.
package struct ReplyText: Hashable, Sendable {
    /// The reply's text.
    package let text: String
    private let trimmed: String

    /// - Parameter text: the reply without the model's reasoning.
    package init(_ text: String) {
        self.text = text
        trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Reads a text answer: the property of a JSON reply if JSON was requested, else the reply without an outer code
    /// fence.
    package func text(_ form: AnswerForm) -> Prediction {
        let (inner, wasFenced) = unfenced
        guard let property = form.property else {
            return Prediction(.string(wasFenced ? inner : text), wasFenced ? .unwrapped : .clean)
        }
        if let value = parsed(inner)?.value[property]?.string {
            return Prediction(.string(value), wasFenced ? .unwrapped : .clean)
        }
        if let document = lenient(inner), let value = document.value.member(like: property) {
            if document.contradicts(property) { return .unreadable(ReplyText.contradiction(property)) }
            if let text = value.string { return Prediction(.string(text), .unwrapped) }
            if value.double != nil || value.bool != nil { return Prediction(.string(value.canonical), .unwrapped) }
            return .unreadable(value.isNull ? "'\(property)' is null" : "'\(property)' is not a text")
        }
        if let text = cutString(inner, property) { return Prediction(.string(text), .cut) }
        if inner.hasPrefix("{") { return .unreadable("not a JSON object with '\(property)'") }
        // A plain-text reply is accepted although JSON was requested, as another form.
        return Prediction(.string(inner), .unwrapped)
    }

    /// Reads a JSON answer: the value of the requested property, or the whole reply if no property was requested.
    /// - Parameter isWanted: whether a value has the task's shape; the first matching candidate is used.
    package func json(_ form: AnswerForm, where isWanted: (JSONValue) -> Bool) -> Prediction {
        let (inner, wasFenced) = unfenced
        func value(in document: JSONValue) -> (JSONValue, isPlain: Bool)? {
            // An object with the answer as the only entry of a list, which may itself have the task's shape.
            let items = document.array ?? []
            let only = items.count == 1 ? items[0] : .null
            if let property = form.property, only.object != nil,
                let value = only[property] ?? only.member(like: property), isWanted(value)
            {
                return (value, false)
            }
            return member(of: document) ?? member(of: only).map { ($0.0, false) }
        }
        func member(of document: JSONValue) -> (JSONValue, isPlain: Bool)? {
            if let property = form.property {
                if let value = document[property], isWanted(value) { return (value, true) }
                if let value = document.member(like: property), isWanted(value) { return (value, false) }
                if isWanted(document) { return (document, false) }
                return nil
            }
            if isWanted(document) { return (document, true) }
            // The reply may wrap the answer in an object with a single member of another name.
            if let only = document.object, only.count == 1, let value = only.values.first, isWanted(value) {
                return (value, false)
            }
            return nil
        }
        if let document = parsed(inner), let (value, isPlain) = value(in: document.value) {
            if let property = form.property, document.contradicts(property) {
                return .unreadable(ReplyText.contradiction(property))
            }
            return Prediction(value, isPlain && !wasFenced && document.contradicted.isEmpty ? .clean : .unwrapped)
        }
        if let document = lenient(inner) {
            if let property = form.property, document.contradicts(property) {
                return .unreadable(ReplyText.contradiction(property))
            }
            if let (value, _) = value(in: document.value) { return Prediction(value, .unwrapped) }
        }
        return .unreadable(inner.contains("{") || inner.contains("[") ? "JSON of another shape" : "no JSON")
    }

    /// Whether an object ends in the middle, or the reply begins with a list that does.
    package var endsInJSON: Bool {
        let bytes = Array(unfenced.text.utf8)
        guard let start = bytes.firstIndex(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }),
            start == 0 || bytes[start] == UInt8(ascii: "{")
        else { return false }
        return ReplyText.end(of: bytes, from: start) == nil
    }

    /// Whether the first object, with no list before it, ends in the middle.
    package var endsInObject: Bool {
        let bytes = Array(unfenced.text.utf8)
        guard let start = bytes.firstIndex(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }) else { return false }
        return bytes[start] == UInt8(ascii: "{") && ReplyText.end(of: bytes, from: start) == nil
    }

    /// Whether the reply begins with a list that ends in the middle.
    package var endsInList: Bool {
        let bytes = Array(unfenced.text.utf8)
        guard let start = bytes.firstIndex(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }),
            bytes[start] == UInt8(ascii: "[")
        else { return false }
        return ReplyText.end(of: bytes, from: start) == nil
    }

    /// The complete objects of a list that ends in the middle, for tasks that can use a part of an answer.
    package var completeObjects: [JSONValue] {
        var found: [JSONValue] = []
        let bytes = Array(unfenced.text.utf8)
        var at = bytes.firstIndex(of: UInt8(ascii: "[")) ?? bytes.count
        while let start = bytes[at...].firstIndex(of: UInt8(ascii: "{")) {
            guard let end = ReplyText.end(of: bytes, from: start) else { break }
            let piece = String(decoding: bytes[start...end], as: UTF8.self)
            if let document = parsed(piece, isTolerant: true) { found.append(document.value) }
            at = end + 1
            if at >= bytes.count { break }
        }
        return found
    }

    // MARK: Forms

    /// The reply without a code fence that encloses all of it.
    package var unfenced: (text: String, wasFenced: Bool) {
        guard trimmed.hasPrefix("```"), let lineEnd = trimmed.firstIndex(where: \.isNewline) else { return (trimmed, false) }
        var inner = trimmed[trimmed.index(after: lineEnd)...]
        if inner.hasSuffix("```") { inner = inner.dropLast(3) } else if inner.contains("```") { return (trimmed, false) }
        if let last = inner.last, last.isNewline { inner = inner.dropLast() }
        guard !inner.contains("```") else { return (trimmed, false) }
        return (String(inner), true)
    }

    /// The JSON value of a text that uses single quotes, trailing commas or Python's constants, as Python writes lists and
    /// objects; `nil` if it is not one as a whole.
    static func literal(_ text: String) -> JSONValue? {
        try? JSONValue(parsingRecord: Data(repaired(text).utf8), allowsRepeatedNames: true)
    }

    /// JSON in a reply.
    private struct Document {
        /// Members with several different values are null.
        let value: JSONValue
        /// The names of such members.
        let contradicted: Set<String>

        /// Whether a member of this name, in any spelling that counts as the same, has several different values.
        func contradicts(_ name: String) -> Bool { contradicted.contains { JSONValue.isSpelling($0, of: name) } }
    }

    private static func contradiction(_ property: String) -> String { "it has '\(property)' twice, with different values" }

    private func parsed(_ text: String, isTolerant: Bool = false) -> Document? {
        var contradicted: Set<String> = []
        return (try? JSONValue(parsingAnswer: text, isTolerant: isTolerant, contradicted: &contradicted))
            .map { Document(value: $0, contradicted: contradicted) }
    }

    /// Parses JSON surrounded by text, with single quotes, trailing commas or line breaks within texts.
    private func lenient(_ text: String) -> Document? {
        var found: Document?
        forEachDocument(text) { document in
            found = document
            return false
        }
        return found
    }

    /// The JSON objects of the reply in order, read like ``json(_:where:)`` reads them, each with the names of its
    /// members that have several different values; those members are null.
    package var objects: [(value: JSONValue, contradicted: Set<String>)] {
        var found: [(value: JSONValue, contradicted: Set<String>)] = []
        forEachDocument(unfenced.text) { document in
            if document.value.object != nil { found.append((document.value, document.contradicted)) }
            return found.count < 200
        }
        return found
    }

    /// Visits the JSON objects and lists of a text until `visit` returns false.
    private func forEachDocument(_ text: String, _ visit: (Document) -> Bool) {
        let bytes = Array(text.utf8)
        var at = 0, passes = 0, documents = 0
        var brackets = Brackets()
        while at < bytes.count {
            guard let start = bytes[at...].firstIndex(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }) else {
                return
            }
            if !brackets.contain(start) {
                // A pass over the rest; a reply that needs hundreds contains no answer.
                passes += 1
                guard passes <= 200 else { return }
                brackets = Brackets(of: bytes, from: start)
            }
            if let end = brackets.end(of: start) {
                documents += 1
                guard documents <= 200 else { return }
                let piece = String(decoding: bytes[start...end], as: UTF8.self)
                if let document = parsed(piece, isTolerant: true) ?? parsed(ReplyText.repaired(piece), isTolerant: true),
                    !visit(document)
                {
                    return
                }
                at = end + 1
            } else {
                at = start + 1
            }
        }
    }

    /// The text of a property with an unterminated string.
    private func cutString(_ text: String, _ property: String) -> String? {
        guard text.hasPrefix("{"), let name = text.range(of: "\"\(property)\"") else { return nil }
        let rest = text[name.upperBound...].drop { $0.isWhitespace || $0 == ":" }
        guard rest.first == "\"" else { return nil }
        // A truncated escape is removed.
        for dropped in 0...6 where rest.utf8.count > dropped {
            let piece = "[" + rest.dropLast(dropped) + "\"]"
            if let value = parsed(piece, isTolerant: true)?.value.array?.first?.string { return value }
        }
        return nil
    }

    /// The index of the bracket that closes the one at `start`; `nil` if it is not closed.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? { Brackets(of: bytes, from: start).end(of: start) }

    /// The brackets of JSON from a first one to the one that closes it, or to the end, without those in strings.
    private struct Brackets {
        /// The index of the closing bracket, or `nil` if there is none, by that of the opening one.
        private var ends: [Int: Int?] = [:]

        /// No brackets.
        init() {}

        /// One pass over the bytes. It finds for every bracket within what a pass from that bracket would find.
        init(of bytes: [UInt8], from start: Int) {
            var open: [Int] = []
            var quote: UInt8?
            var at = start
            while at < bytes.count {
                let byte = bytes[at]
                if let mark = quote {
                    if byte == UInt8(ascii: "\\") { at += 1 } else if byte == mark { quote = nil }
                } else {
                    switch byte {
                    case UInt8(ascii: "\""): quote = byte
                    case UInt8(ascii: "'") where ReplyText.opensText(bytes, at): quote = byte
                    case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(at)
                    case UInt8(ascii: "}"), UInt8(ascii: "]"):
                        if let bracket = open.popLast() { ends[bracket] = at }
                        if open.isEmpty { return }
                    default: break
                    }
                }
                at += 1
            }
            for bracket in open { ends[bracket] = .some(nil) }
        }

        /// Whether the bracket at an index was passed.
        func contain(_ index: Int) -> Bool { ends[index] != nil }
        /// The index of the bracket that closes the one at an index; `nil` if it is not closed.
        func end(of index: Int) -> Int? { ends[index] ?? nil }
    }

    /// Whether a single quote opens a string: it is where a value or a name can begin.
    private static func opensText(_ bytes: [UInt8], _ at: Int) -> Bool {
        let before = bytes[..<at].last { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        return before.map { "{[,:".utf8.contains($0) } ?? true
    }

    /// Python's constants, as it writes them outside of texts, and those of JSON.
    private static let constants = [
        (python: "True", json: "true"), (python: "False", json: "false"), (python: "None", json: "null"),
    ]

    /// Replaces single quotes with double quotes and Python's constants with those of JSON, and removes commas before closing
    /// brackets.
    private static func repaired(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var quote: UInt8?
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if let open = quote {
                if byte == UInt8(ascii: "\\"), at + 1 < bytes.count {
                    // JSON has no escape for a single quote.
                    if bytes[at + 1] != UInt8(ascii: "'") { result.append(byte) }
                    result.append(bytes[at + 1])
                    at += 2
                    continue
                }
                if byte == open {
                    quote = nil
                    result.append(UInt8(ascii: "\""))
                } else if byte == UInt8(ascii: "\"") {
                    result += [UInt8(ascii: "\\"), byte]
                } else {
                    result.append(byte)
                }
            } else if let word = constants.first(where: { bytes[at...].starts(with: $0.python.utf8) }) {
                result += Array(word.json.utf8)
                at += word.python.utf8.count
                continue
            } else if byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "'") && opensText(bytes, at)) {
                quote = byte
                result.append(UInt8(ascii: "\""))
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                while let last = result.last, last == 0x20 || last == 0x0A || last == 0x0D || last == 0x09 { result.removeLast() }
                if result.last == UInt8(ascii: ",") { result.removeLast() }
                result.append(byte)
            } else {
                result.append(byte)
            }
            at += 1
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension JSONValue {
    /// The member whose name differs only in case and in characters that are neither letters nor digits. `nil` if
    /// there are several.
    package func member(like name: String) -> JSONValue? {
        if let exact = self[name] { return exact }
        let members = (object ?? [:]).filter { JSONValue.isSpelling($0.key, of: name) }
        return members.count == 1 ? members.first?.value : nil
    }

    /// Whether two names differ at most in case and in characters that are neither letters nor digits.
    fileprivate static func isSpelling(_ one: String, of other: String) -> Bool {
        func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }
        return plain(one) == plain(other)
    }
}
