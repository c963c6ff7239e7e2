// Reads the boxes of a model's reply, in the forms that models write.

package import Basics
import Foundation

/// The boxes of a reply and how they were read.
package struct BoxReading: Hashable, Sendable {
    package var boxes: [Box]
    package var form: ReplyForm
    /// Boxes without area inside the picture, or without four numbers.
    package var dropped = 0
    /// Why nothing could be read.
    package var problem: String?
}

/// Turns replies into boxes in pixels. Total: every reply has a reading.
package struct BoxReader: Sendable {
    package var convention: BoxConvention
    package var width: Double
    package var height: Double
    /// The size of the picture as sent, where pixels refer to it.
    package var sent: (width: Double, height: Double)?
    /// The label of boxes without one; `nil` where the question does not name a single one.
    package var label: String?
    /// Whether boxes are cut to the picture.
    package var clips: Bool

    package init(
        convention: BoxConvention, width: Double, height: Double, sent: (width: Double, height: Double)? = nil,
        label: String? = nil, clips: Bool = true
    ) {
        self.convention = convention
        self.width = width
        self.height = height
        self.sent = sent
        self.label = label
        self.clips = clips
    }

    package func read(_ reply: String) -> BoxReading {
        guard reply.utf8.count <= LenientJSON.longest else {
            return BoxReading(boxes: [], form: .unreadable, problem: "longer than \(LenientJSON.longest) bytes")
        }
        if convention == .loc1024 { return locationTokens(reply) }
        if let (value, form) = LenientJSON.read(reply) {
            var reading = BoxReading(boxes: [], form: form)
            if let found = collect(value) {
                // Nova 2 also writes several lists side by side: `[1, 2, 3, 4], [5, 6, 7, 8].`
                let rows = value.array?.first?.double != nil && form == .unwrapped ? bareRows(reply) ?? found : found
                take(rows, into: &reading)
                return reading
            }
        }
        let complete = LenientJSON.completeObjects(reply).compactMap(raw)
        if !complete.isEmpty {
            var reading = BoxReading(boxes: [], form: .cut)
            take(complete, into: &reading)
            return reading
        }
        return BoxReading(boxes: [], form: .unreadable, problem: "no boxes in the reply")
    }

    private struct Raw {
        var label: String?
        var numbers: [Double]
        var score: Double?
    }

    private func take(_ rows: [Raw], into reading: inout BoxReading) {
        for row in rows {
            guard let name = row.label ?? label,
                let box = convention.box(row.numbers, label: name, score: row.score, width: width, height: height, sent: sent),
                let kept = clips ? box.clipped(width: width, height: height) : box
            else {
                reading.dropped += 1
                continue
            }
            reading.boxes.append(kept)
        }
    }

    /// The boxes of a JSON value; `nil` where it is not a form of a list of boxes.
    private func collect(_ value: JSONValue) -> [Raw]? {
        switch value {
        case .array(let items):
            if items.count == 4, let numbers = numbers(value) { return [Raw(label: nil, numbers: numbers)] }
            var found: [Raw] = []
            for item in items {
                if let one = raw(item) {
                    found.append(one)
                } else if let numbers = numbers(item) {
                    found.append(Raw(label: nil, numbers: numbers))
                } else if let members = item.object, let named = named(members) {
                    found.append(contentsOf: named)
                } else {
                    return nil
                }
            }
            return found
        case .object(let members):
            if let one = raw(value) { return [one] }
            for key in ["boxes", "objects", "detections", "bboxes"] {
                if let list = members[key] {
                    if list.array != nil { return collect(list) }
                    if list.isNull { return [] }
                }
            }
            if let named = named(members) { return named }
            // `{"answer": […]}`: the only member holds the list.
            guard members.count == 1, let list = members.values.first, list.array != nil else { return nil }
            return collect(list)
        default: return nil
        }
    }

    /// `{"NAME": [x, y, x, y]}` and `{"NAME": [[…], […]]}`.
    private func named(_ members: [String: JSONValue]) -> [Raw]? {
        var found: [Raw] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if let numbers = numbers(value) {
                found.append(Raw(label: name, numbers: numbers))
            } else if let rows = value.array, rows.allSatisfy({ numbers($0) != nil }) {
                found.append(contentsOf: rows.compactMap(numbers).map { Raw(label: name, numbers: $0) })
            } else {
                return nil
            }
        }
        return found.isEmpty ? nil : found
    }

    private func raw(_ value: JSONValue) -> Raw? {
        guard let members = value.object,
            let place = ["bbox_2d", "box_2d", "bbox", "box"].lazy.compactMap({ members[$0] }).first
        else { return nil }
        let name = ["label", "class", "category", "name"].lazy.compactMap { members[$0]?.string }.first
        let score = ["confidence", "score"].lazy.compactMap { members[$0]?.double }.first
        // A box without four numbers is dropped and counted, not a reason to drop the others.
        return Raw(label: name, numbers: numbers(place) ?? [], score: score)
    }

    private func numbers(_ value: JSONValue) -> [Double]? {
        guard let items = value.array, items.count == 4 else { return nil }
        let numbers = items.compactMap(\.double)
        return numbers.count == 4 ? numbers : nil
    }

    private func bareRows(_ reply: String) -> [Raw]? {
        let rows = reply.matches(of: #/\[\s*(-?[0-9.]+)\s*,\s*(-?[0-9.]+)\s*,\s*(-?[0-9.]+)\s*,\s*(-?[0-9.]+)\s*\]/#)
        let found = rows.map { row in [row.1, row.2, row.3, row.4].compactMap { Double(String($0)) } }
        return found.isEmpty ? nil : found.map { Raw(label: nil, numbers: $0) }
    }

    /// `<loc0256><loc0128><loc0768><loc0512> cup ; …`.
    private func locationTokens(_ reply: String) -> BoxReading {
        var reading = BoxReading(boxes: [], form: .clean)
        let pattern = #/((?:<loc[0-9]{4}>){4})\s*([^;<]*)/#
        var rows: [Raw] = []
        for match in reply.matches(of: pattern) {
            let numbers = match.1.matches(of: #/[0-9]{4}/#).compactMap { Double(String($0.0)) }
            let name = match.2.trimmingCharacters(in: .whitespacesAndNewlines)
            rows.append(Raw(label: name.isEmpty ? nil : name, numbers: numbers))
        }
        guard !rows.isEmpty else {
            let isNone = reply.allSatisfy(\.isWhitespace)
            return BoxReading(boxes: [], form: isNone ? .clean : .unreadable, problem: isNone ? nil : "no location tokens in the reply")
        }
        take(rows, into: &reading)
        return reading
    }
}
