// Reads COCO's annotations: one JSON file with the lists `images`, `annotations` and `categories`.

import Basics
package import Foundation

extension RecordTable {
    /// Reads COCO's annotations: a row for each image, even without annotations. Boxes are `[x, y, width, height]` in
    /// pixels; they are checked against the sizes that the file states, and never converted.
    /// - Throws: `DatasetError.rows` with every entry that is wrong, at its line; `DatasetError.annotations` for a file
    /// without these lists.
    package init(coco data: Data) throws(DatasetError) {
        let lists: [String: [JSONListEntry]]
        do throws(JSONListError) {
            lists = try JSONListEntry.lists(["images", "annotations", "categories"], in: data)
        } catch {
            throw .annotations(
                line: error.line, "it is not a JSON object with the lists 'images' and 'annotations': \(error.reason)")
        }
        guard let images = lists["images"], let annotations = lists["annotations"] else {
            throw .annotations(line: 1, "it has no list '\(lists["images"] == nil ? "images" : "annotations")'")
        }
        var problems: [TableProblem] = []
        func problem(_ entry: JSONListEntry, _ message: String) { problems.append(TableProblem(line: entry.line, message)) }
        func id(_ value: JSONValue?) -> String? { value?.string ?? value?.int.map(String.init) }

        var categories: [String: String] = [:]
        var names: Set<String> = []
        for entry in lists["categories"] ?? [] {
            guard let number = id(entry.value["id"]), let name = entry.value["name"]?.string, !name.isEmpty else {
                problem(entry, "a category needs an 'id' and a 'name'")
                continue
            }
            if categories.updateValue(name, forKey: number) != nil { problem(entry, "the category id \(number) occurs twice") }
            if !names.insert(name).inserted { problem(entry, "the category '\(name)' occurs twice") }
        }
        var pictures: [Picture] = []
        var places: [String: Int] = [:]
        for entry in images {
            guard let number = id(entry.value["id"]), let file = entry.value["file_name"]?.string, !file.isEmpty else {
                problem(entry, "an image needs an 'id' and a 'file_name'")
                continue
            }
            guard places[number] == nil else {
                problem(entry, "the image id \(number) occurs twice")
                continue
            }
            places[number] = pictures.count
            pictures.append(
                Picture(
                    line: entry.line, id: number, file: file, width: entry.value["width"]?.double,
                    height: entry.value["height"]?.double))
        }
        for entry in annotations {
            guard let image = id(entry.value["image_id"]) else {
                problem(entry, "an annotation needs an 'image_id'")
                continue
            }
            guard let place = places[image] else {
                problem(entry, "the annotation refers to the image \(image), which 'images' does not list")
                continue
            }
            if let caption = entry.value["caption"] {
                guard let text = caption.string, !text.isEmpty else {
                    problem(entry, "'caption' is not a text")
                    continue
                }
                pictures[place].captions.append(text)
                continue
            }
            guard let number = id(entry.value["category_id"]), let label = categories[number] else {
                problem(
                    entry,
                    id(entry.value["category_id"]).map { "the category \($0) is not in 'categories'" }
                        ?? "an annotation needs a 'category_id' or a 'caption'")
                continue
            }
            pictures[place].labels.insert(label)
            let isCrowd = entry.value["iscrowd"]?.int == 1 || entry.value["iscrowd"]?.bool == true
            guard let numbers = entry.value["bbox"]?.array else {
                // Annotations of whole images have a category alone.
                pictures[place].hasBoxes = false
                continue
            }
            if let reason = pictures[place].whyNotABox(numbers) {
                problem(entry, reason)
                continue
            }
            pictures[place].add(label, numbers, isCrowd: isCrowd, area: entry.value["area"]?.double)
        }
        guard problems.isEmpty else { throw .rows(problems.sorted { $0.line < $1.line }) }
        self = pictures.table
    }
}

/// The annotations of one image of a file of annotations.
struct Picture {
    var file: String?
    var line: Int
    var id: String
    var path: String
    var width: Double?
    var height: Double?
    var labels: Set<String> = []
    var captions: [String] = []
    /// Whether every annotation has a box.
    var hasBoxes = true
    private var boxes: [JSONValue] = []
    private var hasCrowd = false

    init(of annotations: String? = nil, line: Int, id: String, file: String, width: Double?, height: Double?) {
        self.file = annotations
        self.line = line
        self.id = id
        path = file
        self.width = width
        self.height = height
    }

    /// Why four values are not a box of the image, as `[x, y, width, height]`; `nil` if they are one.
    func whyNotABox(_ values: [JSONValue]) -> String? {
        let numbers = values.compactMap(\.double)
        let shown = JSONValue.array(values).canonical.prefix(80)
        guard values.count == 4, numbers.count == 4, numbers.allSatisfy(\.isFinite) else {
            return "'\(shown)' is not a box: [x, y, width, height] is expected"
        }
        guard numbers[2] > 0, numbers[3] > 0 else { return "the box \(shown) has no area: [x, y, width, height] is expected" }
        // Rounded numbers may exceed the image by less than a pixel on each side.
        guard numbers[0] >= -1, numbers[1] >= -1, width.map({ numbers[0] + numbers[2] <= $0 + 1 }) ?? true,
            height.map({ numbers[1] + numbers[3] <= $0 + 1 }) ?? true
        else {
            let size =
                "\(width.map { JSONValue.double($0).canonical } ?? "?") x \(height.map { JSONValue.double($0).canonical } ?? "?")"
            return "the box \(shown) extends beyond the image of \(size) pixels: [x, y, width, height] is expected"
        }
        return nil
    }

    mutating func add(_ label: String, _ numbers: [JSONValue], isCrowd: Bool, area: Double?) {
        var box: [String: JSONValue] = ["label": .string(label), "box": .array(numbers)]
        if isCrowd { box["crowd"] = true }
        if let area { box["area"] = .double(area) }
        boxes.append(.object(box))
        hasCrowd = hasCrowd || isCrowd
    }

    fileprivate var row: RecordTable.Row {
        func list(_ texts: some Sequence<String>) -> String { JSONValue.array(texts.map(JSONValue.string)).canonical }
        return RecordTable.Row(
            file: file, line: line,
            fields: [
                id, path, hasBoxes ? JSONValue.array(boxes).canonical : "", list(labels.sorted()),
                // A crowd is an unknown number of objects.
                hasCrowd || !hasBoxes ? "" : String(boxes.count), captions.isEmpty ? "" : list(captions),
            ], gaps: gaps)
    }

    /// Why columns are empty: lines do not identify an image, because many files of annotations are a single line.
    private var gaps: [String: String] {
        let isVOC = file != nil
        let image = isVOC ? "the image '\(path)'" : "the image '\(path)' (id \(id))"
        let remove = isVOC ? "remove the file" : "remove the image from 'images'"
        var gaps: [String: String] = [:]
        if captions.isEmpty {
            gaps["captions"] =
                isVOC
                ? "\(image) has no caption: Pascal VOC states none; use a table, or COCO's captions"
                : "\(image) has no annotation with a 'caption': add one, or \(remove)"
        }
        if !hasBoxes {
            let reason = "\(image) has an annotation without 'bbox': add the box, or \(remove)"
            gaps["boxes"] = reason
            gaps["number"] = reason
        } else if hasCrowd {
            let mark =
                isVOC
                ? "a 'difficult' object, which may be counted or not" : "an 'iscrowd' annotation of an unknown number of objects"
            gaps["number"] = "\(image) has \(mark), so its count is unknown: \(remove)"
        }
        return gaps
    }
}

extension [Picture] {
    /// The images as a table with the columns of the tasks that annotations serve.
    var table: RecordTable {
        RecordTable(
            header: ["id", "path", "boxes", "tags", "number", "captions"], rows: map(\.row), isJSON: true)
    }
}

/// An entry of a list in a JSON document, with the line where it starts.
struct JSONListEntry {
    var line: Int
    var value: JSONValue

    /// The entries of some lists of a document's top-level object. Only one entry at a time is decoded, so large files
    /// need little memory besides their entries.
    /// - Throws: `JSONListError` with the line of the first syntax error.
    static func lists(_ names: Set<String>, in data: Data) throws(JSONListError) -> [String: [JSONListEntry]] {
        var scanner = JSONListScanner(bytes: Array(data))
        return try scanner.lists(names)
    }
}

extension JSONListEntry {
    /// The entries of a document that is a list.
    /// - Throws: `JSONListError` with the line of the first syntax error.
    static func list(_ data: Data) throws(JSONListError) -> [JSONListEntry] {
        var scanner = JSONListScanner(bytes: Array(data))
        return try scanner.whole()
    }
}

/// Why a JSON document has no readable lists.
struct JSONListError: Error {
    var line: Int
    var reason: String
}

/// Finds the entries of lists without decoding the document as a whole.
private struct JSONListScanner {
    let bytes: [UInt8]
    var at = 0
    var line = 1

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    mutating func lists(_ names: Set<String>) throws(JSONListError) -> [String: [JSONListEntry]] {
        var found: [String: [JSONListEntry]] = [:]
        try expect("{")
        if try peek() == UInt8(ascii: "}") { return found }
        repeat {
            let start = line
            let key = try value()
            guard case .string(let name)? = try? decoded(key) else {
                throw JSONListError(line: start, reason: "a name is expected")
            }
            try expect(":")
            let isList = try peek() == UInt8(ascii: "[")
            if names.contains(name), isList {
                guard found[name] == nil else { throw JSONListError(line: start, reason: "'\(name)' occurs twice") }
                found[name] = try entries()
            } else {
                _ = try value()
            }
        } while try next(",", orEnd: "}")
        return found
    }

    /// The entries of a document that is a list; only white space may follow it.
    mutating func whole() throws(JSONListError) -> [JSONListEntry] {
        let found = try entries()
        guard (try? peek()) == nil else { throw JSONListError(line: line, reason: "unexpected content after the list") }
        return found
    }

    private mutating func entries() throws(JSONListError) -> [JSONListEntry] {
        try expect("[")
        var entries: [JSONListEntry] = []
        if try peek() == UInt8(ascii: "]") {
            at += 1
            return entries
        }
        repeat {
            _ = try peek()
            let start = line
            let slice = try value()
            guard let value = try? decoded(slice) else { throw JSONListError(line: start, reason: "the entry is not JSON") }
            entries.append(JSONListEntry(line: start, value: value))
        } while try next(",", orEnd: "]")
        return entries
    }

    private func decoded(_ slice: ArraySlice<UInt8>) throws -> JSONValue { try JSONValue(parsing: Data(slice)) }

    /// Skips white space; the next byte.
    private mutating func peek() throws(JSONListError) -> UInt8 {
        while at < bytes.count {
            switch bytes[at] {
            case 0x0A:
                line += 1
                at += 1
            case 0x20, 0x09, 0x0D: at += 1
            default: return bytes[at]
            }
        }
        throw JSONListError(line: line, reason: "the file ends too early")
    }

    private mutating func expect(_ text: Unicode.Scalar) throws(JSONListError) {
        guard try peek() == UInt8(ascii: text) else { throw JSONListError(line: line, reason: "'\(text)' is expected") }
        at += 1
    }

    /// Whether another entry follows.
    private mutating func next(_ separator: Unicode.Scalar, orEnd end: Unicode.Scalar) throws(JSONListError) -> Bool {
        let byte = try peek()
        guard byte == UInt8(ascii: separator) || byte == UInt8(ascii: end) else {
            throw JSONListError(line: line, reason: "'\(separator)' or '\(end)' is expected")
        }
        at += 1
        return byte == UInt8(ascii: separator)
    }

    /// The bytes of one value; the caller decodes them.
    private mutating func value() throws(JSONListError) -> ArraySlice<UInt8> {
        let first = try peek()
        let start = at
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            if first == UInt8(ascii: "\"") {
                try skipText()
            } else {
                while at < bytes.count, !",:]} \t\r\n".utf8.contains(bytes[at]) { at += 1 }
            }
            return bytes[start..<at]
        }
        var depth = 0
        repeat {
            switch try peek() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                at += 1
            case UInt8(ascii: "\""): try skipText()
            default: at += 1
            }
        } while depth > 0
        return bytes[start..<at]
    }

    private mutating func skipText() throws(JSONListError) {
        at += 1
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\\"): at += 2
            case UInt8(ascii: "\""):
                at += 1
                return
            // A line end inside a text is an error, which decoding reports.
            default: at += 1
            }
        }
        at = bytes.count
        throw JSONListError(line: line, reason: "a text is not closed")
    }
}
