// Details of gallery cards: differing characters, tables of fields, boxes drawn on a picture.

import Basics
import Statistics
import TaskKit

/// Markup for the cards of a task's view. Every text is escaped; everything is bounded in size.
enum GalleryDetail {
    /// The maximum number of characters of each text that are compared.
    private static let maxCharacters = 300
    /// The maximum number of rows in a table of fields.
    private static let maxFields = 40
    /// The maximum number of boxes drawn on a picture for each model.
    private static let maxBoxes = 60

    // MARK: Characters

    /// An answer with the characters that it lacks and those that it adds: `<del>` is in the reference only, `<ins>` in
    /// the answer only.
    static func differences(reference: String, answer: String) -> String {
        let a = Array(reference.prefix(maxCharacters)), b = Array(answer.prefix(maxCharacters))
        // Length of the longest common subsequence of the rest of both texts.
        var common = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in a.indices.reversed() {
            for j in b.indices.reversed() {
                common[i][j] = a[i] == b[j] ? common[i + 1][j + 1] + 1 : max(common[i + 1][j], common[i][j + 1])
            }
        }
        var pieces: [(tag: String, text: String)] = []
        func add(_ tag: String, _ character: Character) {
            // A line end is visible where it differs.
            let shown = tag.isEmpty || !character.isNewline ? String(character) : "↵"
            if pieces.last?.tag == tag { pieces[pieces.count - 1].text += shown } else { pieces.append((tag, shown)) }
        }
        var i = 0, j = 0
        while i < a.count || j < b.count {
            if i < a.count, j < b.count, a[i] == b[j] {
                add("", a[i])
                i += 1
                j += 1
            } else if j == b.count || (i < a.count && common[i + 1][j] >= common[i][j + 1]) {
                add("del", a[i])
                i += 1
            } else {
                add("ins", b[j])
                j += 1
            }
        }
        let isCut = reference.count > maxCharacters || answer.count > maxCharacters
        return pieces.map { $0.tag.isEmpty ? Markup.html($0.text) : "<\($0.tag)>\(Markup.html($0.text))</\($0.tag)>" }.joined()
            + (isCut ? "…" : "")
    }

    // MARK: Fields

    /// The fields in which an answer differs from the reference, as a table; empty if there are none.
    static func fields(reference: JSONValue, answer: JSONValue) -> String {
        let expected = leaves(reference), given = leaves(answer)
        var rows = ""
        let names = Set(expected.keys).union(given.keys).sorted().filter { expected[$0] != given[$0] }
        for name in names.prefix(maxFields) {
            func cell(_ values: [String]?) -> String {
                Markup.html((values ?? ["–"]).joined(separator: " · ").cut(to: 120))
            }
            rows +=
                "<tr><th scope=\"row\">\(Markup.html(name.cut(to: 60)))</th><td>\(cell(expected[name]))</td><td>\(cell(given[name]))</td></tr>"
        }
        guard !rows.isEmpty else { return "" }
        let more = names.count > maxFields ? "<p>and \(names.count - maxFields) more fields</p>" : ""
        return "<table class=\"fields\"><thead><tr><th scope=\"col\">field</th><th scope=\"col\">reference</th>"
            + "<th scope=\"col\">answer</th></tr></thead><tbody>\(rows)</tbody></table>\(more)"
    }

    /// The values of each path. Entries of lists share a path, in order.
    private static func leaves(_ value: JSONValue) -> [String: [String]] {
        var found: [String: [String]] = [:]
        func walk(_ value: JSONValue, _ path: String, _ depth: Int) {
            guard depth < 32 else { return }
            switch value {
            case .object(let members):
                for (name, inner) in members.sorted(by: { $0.key < $1.key }) {
                    walk(inner, path.isEmpty ? name : path + "." + name, depth + 1)
                }
            case .array(let items): for item in items { walk(item, path, depth + 1) }
            case .null: break
            default: found[path, default: []].append(value.string ?? value.canonical)
            }
        }
        walk(value, "", 0)
        return found
    }

    // MARK: Boxes

    /// Boxes over a picture of this size, in its pixels: the reference dashed, each model in its colour.
    static func overlay(
        reference: JSONValue, answers: [(number: Int, value: JSONValue)], width: Int, height: Int
    ) -> String? {
        guard width > 0, height > 0 else { return nil }
        func rectangles(_ value: JSONValue, _ style: String) -> String {
            ((value["boxes"] ?? value).array ?? []).prefix(maxBoxes).compactMap { box -> String? in
                let numbers = box["box"]?.array?.compactMap(\.double) ?? []
                guard numbers.count == 4, numbers.allSatisfy({ $0.isFinite && abs($0) < 1e7 }), numbers[2] > 0, numbers[3] > 0
                else {
                    return nil
                }
                let places = zip(["x", "y", "width", "height"], numbers).map { "\($0)=\"\(($1 * 10).rounded() / 10)\"" }
                return "<rect class=\"\(style)\" \(places.joined(separator: " "))><title>"
                    + Markup.html((box["label"]?.string ?? "").cut(to: 60)) + "</title></rect>"
            }.joined()
        }
        let drawn =
            rectangles(reference, "reference")
            + answers.map { rectangles($0.value, "model m\($0.number % 6)") }.joined()
        return
            "<svg class=\"boxes\" viewBox=\"0 0 \(width) \(height)\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\(drawn)</svg>"
    }
}
