// Parses the boxes in a model's reply, in the forms that models write.

import Basics
import Foundation
import TaskKit
import TaskMetrics

/// Parses replies into boxes in pixels. Total: every reply has a result, which may be `unreadable`.
struct BoxReader {
    var convention: BoxConvention
    /// Size of the image in pixels; `nil` if unknown, which only pixel conventions allow.
    var size: (width: Double, height: Double)?
    /// The label of unlabelled boxes; `nil` if several labels are requested.
    var label: String?
    var form: AnswerForm

    /// The boxes of a reply, how they were read, and the number of boxes dropped because they have no area within the
    /// image or lack four numbers.
    struct Found {
        var boxes: [Box]
        var dropped: Int
        var reading: Prediction.Reading
    }

    func read(_ reply: String) -> Result<Found, Unreadable> {
        if convention == .loc1024 { return locationTokens(reply) }
        let text = ReplyText(reply)
        let read = text.json(form) { rows($0) != nil }
        // A box found inside a list that ends in the middle is not the whole answer.
        if read.reading != .clean, text.endsInList {
            let complete = text.completeObjects.compactMap(row)
            if !complete.isEmpty { return .success(placed(complete, .cut)) }
        }
        if let value = read.value, let rows = rows(value) {
            // Nova 2 also writes several lists in a row: `[1, 2, 3, 4], [5, 6, 7, 8].`
            let isBare = value.array?.first?.double != nil && read.reading == .unwrapped
            if isBare { return .success(placed(bareRows(reply) ?? rows, read.reading)) }
            // An object a line, or several with commas between them but without the list.
            let several = row(value) == nil ? [] : text.objects.compactMap { $0.contradicted.isEmpty ? row($0.value) : nil }
            return .success(placed(several.count > 1 ? several : rows, read.reading))
        }
        let complete = text.completeObjects.compactMap(row)
        if !complete.isEmpty { return .success(placed(complete, .cut)) }
        return .failure(Unreadable(reason: read.reason ?? "no boxes"))
    }

    struct Unreadable: Error { var reason: String }

    private struct Row {
        var label: String?
        var numbers: [Double]
        var score: Double?
    }

    private func placed(_ rows: [Row], _ reading: Prediction.Reading) -> Found {
        var found = Found(boxes: [], dropped: 0, reading: reading)
        let (width, height) = size ?? (1, 1)
        for row in rows {
            guard let name = row.label ?? label, size != nil || convention == .xyxyPixels,
                let box = convention.box(row.numbers, label: name, score: row.score, width: width, height: height),
                let kept = size == nil ? (box.area > 0 ? box : nil) : box.clipped(width: width, height: height)
            else {
                found.dropped += 1
                continue
            }
            found.boxes.append(kept)
        }
        return found
    }

    /// The boxes of a JSON value; `nil` if it has none of the supported forms.
    private func rows(_ value: JSONValue) -> [Row]? {
        switch value {
        case .array(let items):
            if let numbers = numbers(value) { return [Row(numbers: numbers)] }
            var found: [Row] = []
            for item in items {
                if let row = row(item) {
                    found.append(row)
                } else if let numbers = numbers(item) {
                    found.append(Row(numbers: numbers))
                } else if let members = item.object, let named = named(members) {
                    found.append(contentsOf: named)
                } else {
                    return nil
                }
            }
            return found
        case .object(let members):
            if let row = row(value) { return [row] }
            for key in ["boxes", "objects", "detections", "bboxes"] {
                guard let list = members[key] else { continue }
                return list.isNull ? [] : list.array == nil ? nil : rows(list)
            }
            return named(members)
        default: return nil
        }
    }

    /// `{"NAME": [x, y, x, y]}` and `{"NAME": [[…], […]]}`.
    private func named(_ members: [String: JSONValue]) -> [Row]? {
        var found: [Row] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if let numbers = numbers(value) {
                found.append(Row(label: name, numbers: numbers))
            } else if let rows = value.array?.map(numbers), rows.allSatisfy({ $0 != nil }) {
                found.append(contentsOf: rows.compactMap { $0 }.map { Row(label: name, numbers: $0) })
            } else {
                return nil
            }
        }
        return found.isEmpty ? nil : found
    }

    private func row(_ value: JSONValue) -> Row? {
        guard let members = value.object,
            let place = ["bbox_2d", "box_2d", "bbox", "box"].lazy.compactMap({ members[$0] }).first
        else { return nil }
        let name = ["label", "class", "category", "name"].lazy.compactMap { members[$0]?.string }.first
        let stated = ["confidence", "score"].compactMap { members[$0] }
        // Models also write the number as a text, `"0.9"`.
        let score = stated.compactMap { $0.double ?? $0.string.flatMap { pythonFloat($0) } }.first { $0.isFinite }
        // A box without four numbers is dropped and counted; the others are kept.
        return Row(label: name, numbers: numbers(place) ?? [], score: score)
    }

    private func numbers(_ value: JSONValue) -> [Double]? {
        guard let items = value.array, items.count == 4 else { return nil }
        let numbers = items.compactMap(\.double)
        return numbers.count == 4 ? numbers : nil
    }

    private func bareRows(_ reply: String) -> [Row]? {
        let number = #/-?[0-9]+(?:\.[0-9]+)?/#
        let rows = reply.matches(of: #/\[[^\[\]]*\]/#).map { row in
            row.output.matches(of: number).compactMap { Double(String($0.output)) }
        }
        let found = rows.filter { $0.count == 4 }
        return found.isEmpty ? nil : found.map { Row(numbers: $0) }
    }

    /// `<loc0256><loc0128><loc0768><loc0512> cup ; …`
    private func locationTokens(_ reply: String) -> Result<Found, Unreadable> {
        let rows = reply.matches(of: #/((?:<loc[0-9]{4}>){4})\s*([^;<]*)/#).map { match in
            let name = String(match.output.2).trimmingCharacters(in: .whitespacesAndNewlines)
            let numbers = match.output.1.matches(of: #/[0-9]{4}/#).compactMap { Double(String($0.output)) }
            return Row(label: name.isEmpty ? nil : name, numbers: numbers)
        }
        return rows.isEmpty ? .failure(Unreadable(reason: "no location tokens")) : .success(placed(rows, .clean))
    }
}
