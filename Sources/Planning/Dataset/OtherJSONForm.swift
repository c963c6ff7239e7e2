// Recognizes JSON that holds images in another form than one object per image, and names the command that converts it.

import Basics
import Foundation

extension CSVError {
    /// The error for a JSON document that is not a list of rows; `nil` if its form is not known.
    static func document(_ value: JSONValue) -> CSVError? {
        if let items = value.array, !items.isEmpty {
            if items.allSatisfy({ $0.array != nil }) {
                return .otherContent(
                    "a JSON list of lists",
                    hint: "\(jq(".[] | {path: .[0], label: .[1]}")) writes each inner list as an object")
            }
            return items.allSatisfy { $0.string != nil } ? .otherContent("a JSON list of texts", hint: rows) : nil
        }
        guard let members = value.object, !members.isEmpty else { return nil }
        if members["images"]?.array?.first?.object != nil, members["annotations"]?.array != nil {
            return .otherContent("a file of COCO annotations", hint: "write 'coco: FILE' in the dataset instead of 'table:'")
        }
        if CSVTable.looksLikeRow(Array(members.keys)), members.values.allSatisfy({ $0.string != nil }) {
            return .otherContent(
                "one JSON object with a label for each path",
                hint: "\(jq("to_entries[] | {path: .key, label: .value}")) writes each path on a line")
        }
        let lists = members.values.compactMap(\.array)
        if lists.count == members.count, lists.contains(where: { $0.count > 1 }) {
            return CSVError.holdsPaths(lists)
                ? .otherContent(
                    "one JSON object with a list of paths for each label",
                    hint:
                        "\(jq("to_entries[] | .key as $label | .value[] | {path: ., label: $label}")) writes each path on a line")
                : .otherContent("one JSON object with a list for each column", hint: rows)
        }
        let maps = members.values.compactMap(\.object)
        guard maps.count == members.count, let keys = maps.first?.keys, keys.count > 1, maps.allSatisfy({ $0.keys == keys })
        else { return nil }
        return .otherContent(
            "one JSON object with a map for each column",
            hint: "pandas writes it with 'orient=\"records\", lines=True'; \(rows)")
    }

    /// The error for text that begins like JSON Lines but is not; `nil` if its form is not known.
    static func lines(_ data: Data) -> CSVError? {
        let lines = data.split(separator: 0x0A, maxSplits: 2).prefix(2)
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
        guard let first = lines.first, !first.isEmpty else { return nil }
        if first.hasPrefix("["), (try? JSONValue(parsing: Data(first.utf8)))?.array != nil {
            return .otherContent(
                "JSON with a list on each line", hint: "\(jq("{path: .[0], label: .[1]}")) writes each list as an object")
        }
        if first.hasPrefix("{'") {
            return .otherContent(
                "Python's text of dictionaries", hint: "Python's json.dumps writes JSON, with double quotes")
        }
        if first.hasSuffix("},") {
            return .otherContent("JSON with commas between the lines", hint: "remove the comma at the end of each line; \(rows)")
        }
        return first == "{"
            ? .otherContent("JSON objects over several lines", hint: "\(jq(".")) writes each object on a line") : nil
    }

    private static let rows =
        "write one object per image, such as {\"path\": \"a.png\", \"label\": \"cat\"}, each on its own line"

    private static func jq(_ filter: String) -> String { "'jq -c '\(filter)' FILE > FILE.jsonl'" }

    /// Whether lists hold nothing but paths of images, as judged by the first entries.
    private static func holdsPaths(_ lists: [[JSONValue]]) -> Bool {
        lists.allSatisfy { list in
            list.prefix(3).allSatisfy { $0.string.map { CSVTable.looksLikeRow([$0]) } ?? false }
        }
    }
}
