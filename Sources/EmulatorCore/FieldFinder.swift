// Finds the values of fields in lines of text.

import Basics
import Foundation

/// Fills the fields of a schema from lines, without knowledge of a particular document: a field's value is on the line
/// that names it, a date is recognized by its format, and a list of objects has a line for each.
struct FieldFinder {
    let lines: [String]

    /// An object with every property of the schema, null for those that were not found; `nil` if none was found.
    func object(_ schema: JSONValue) -> JSONValue? {
        let properties = schema["properties"]?.object ?? [:]
        guard !properties.isEmpty else { return nil }
        let lists = properties.filter { $0.value.plainType == "array" }
        let named = Dictionary(
            properties.keys.filter { lists[$0] == nil }.compactMap { name in line(naming: name).map { (name, $0) } },
            uniquingKeysWith: { first, _ in first })
        var members: [String: JSONValue] = [:]
        var used = Set(named.values)
        for (name, property) in properties.sorted(by: { $0.key < $1.key }) where lists[name] == nil {
            let found = value(name, property, at: named[name])
            members[name] = found?.value ?? .null
            if let line = found?.line { used.insert(line) }
        }
        for (name, property) in lists { members[name] = rows(property, without: used) }
        guard members.values.contains(where: { $0 != .null && $0.array?.isEmpty != true }) else { return nil }
        return .object(members)
    }

    /// The line that contains the words of the field's name, such as those of `total_price`, in any case. Digits that
    /// look like letters are treated as letters.
    private func line(naming name: String) -> Int? {
        let words = FieldFinder.words(name)
        return lines.indices.first { index in
            let found = FieldFinder.words(lines[index])
            return !words.isEmpty && words.allSatisfy(found.contains)
        }
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map { word in
            guard word.contains(where: \.isLetter) else { return String(word) }
            return String(
                word.map { letter -> Character in
                    switch letter {
                    case "0": "o"
                    case "1": "l"
                    case "5": "s"
                    default: letter
                    }
                })
        }
    }

    private func value(_ name: String, _ schema: JSONValue, at line: Int?) -> (value: JSONValue, line: Int?)? {
        let isDate = name.lowercased().contains("date") || schema["format"]?.string == "date"
        if isDate {
            let places = line.map { [$0] } ?? Array(lines.indices)
            for place in places {
                if let date = lines[place].firstMatch(of: /\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[.\/]\d{1,2}[.\/]\d{2,4}\b/) {
                    return (.string(String(date.output)), place)
                }
            }
            return nil
        }
        guard let line else {
            // A text that no line names is taken from the heading.
            guard schema.plainType == "string", let first = lines.first else { return nil }
            return (.string(first), 0)
        }
        switch schema.plainType {
        case "integer", "number":
            guard let number = FieldFinder.numbers(in: lines[line]).last else { return nil }
            return (FieldFinder.json(number, isWhole: schema.plainType == "integer"), line)
        case "string":
            if let amount = FieldFinder.numbers(in: lines[line]).last { return (.string(amount), line) }
            let text = lines[line].split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
            return text.flatMap { $0.isEmpty ? nil : (.string($0), line) }
        default: return nil
        }
    }

    /// An object for each line that begins with a whole number and ends with an amount, as in `2 x Rye bread 4.10`.
    private func rows(_ schema: JSONValue, without used: Set<Int>) -> JSONValue {
        guard let item = schema["items"], item.plainType == "object", let properties = item["properties"]?.object else {
            return .array([])
        }
        var rows: [JSONValue] = []
        for index in lines.indices where !used.contains(index) {
            guard let match = lines[index].wholeMatch(of: /(?:(\d+)\s*[xX*]?\s+)?(\S.*?)\s+(\d[\d.,]*\d)/) else { continue }
            let (quantity, text, amount) = (match.output.1, match.output.2, match.output.3)
            // A line without a quantity belongs to the page, such as a total.
            guard let quantity else { continue }
            var members: [String: JSONValue] = [:]
            for (name, property) in properties {
                members[name] =
                    switch property.plainType {
                    case "integer": FieldFinder.json(String(quantity), isWhole: true)
                    case "number": FieldFinder.json(String(amount), isWhole: false)
                    case "string":
                        name.lowercased().contains(/price|amount|sum|total|cost/)
                            ? .string(String(amount)) : .string(String(text))
                    default: .null
                    }
            }
            rows.append(.object(members))
        }
        return .array(rows)
    }

    /// The numbers of a text, as written.
    static func numbers(in text: String) -> [String] {
        text.matches(of: /(?:^|[^\w.,\-])(-?\d+(?:[.,]\d+)*)(?![\w\-])/).map { String($0.output.1) }
    }

    /// A number's value: a comma with three digits after it groups, another one separates decimals. Null if it is none.
    static func json(_ text: String, isWhole: Bool) -> JSONValue {
        var plain = text.replacing(/,(?=\d{3}(?:\D|$))/, with: "")
        plain = plain.replacing(",", with: ".")
        if let whole = Int64(plain) { return isWhole ? .int(whole) : .double(Double(whole)) }
        guard let number = Double(plain), number.isFinite else { return .null }
        return isWhole ? .int(Int64(saturating: number.rounded())) : .double(number)
    }
}
