// Reads Pascal VOC's annotations: an XML file for each image.

import Basics
package import Foundation

extension RecordTable {
    /// Reads Pascal VOC's annotations. Their boxes are corners of whole pixels, counted from 1 and inclusive, and become
    /// `[x, y, width, height]` counted from 0. Objects that are marked `difficult` become crowds, which count neither
    /// as found nor as missed.
    /// - Parameter files: each file's path and content.
    /// - Throws: `DatasetError.rows` with every entry that is wrong, at its file and line.
    package init(voc files: [(path: String, data: Data)]) throws(DatasetError) {
        var problems: [TableProblem] = []
        var pictures: [Picture] = []
        for (path, data) in files {
            func problem(_ line: Int, _ message: String) { problems.append(TableProblem(file: path, line: line, message)) }
            let root: AnnotationElement
            do throws(AnnotationError) { root = try AnnotationElement(parsing: data) } catch {
                problem(error.line, "it is not XML: \(error.reason)")
                continue
            }
            guard root.name == "annotation" else {
                problem(root.line, "'\(root.name)' is not 'annotation'")
                continue
            }
            guard let file = root["filename"]?.text, !file.isEmpty else {
                problem(root.line, "the annotation has no 'filename'")
                continue
            }
            func number(_ element: AnnotationElement?) -> Double? {
                element.flatMap { Double($0.text) }.flatMap { $0.isFinite ? $0 : nil }
            }
            var picture = Picture(
                of: path, line: root.line, id: file, file: file, width: number(root["size"]?["width"]),
                height: number(root["size"]?["height"]))
            for object in root.children where object.name == "object" {
                guard let label = object["name"]?.text, !label.isEmpty else {
                    problem(object.line, "the object has no 'name'")
                    continue
                }
                let corners = ["xmin", "ymin", "xmax", "ymax"].map { number(object["bndbox"]?[$0]) }
                guard let left = corners[0], let top = corners[1], let right = corners[2], let bottom = corners[3] else {
                    problem(object.line, "the object '\(label)' has no 'bndbox' with the numbers xmin, ymin, xmax and ymax")
                    continue
                }
                let box = [left - 1, top - 1, right - left + 1, bottom - top + 1].map(JSONValue.double)
                if let reason = right >= left && bottom >= top ? picture.whyNotABox(box) : "its corners are not in order" {
                    problem(object.line, "the object '\(label)': \(reason)")
                    continue
                }
                picture.labels.insert(label)
                picture.add(label, box, isCrowd: object["difficult"]?.text == "1", area: nil)
            }
            pictures.append(picture)
        }
        guard problems.isEmpty else { throw .rows(problems) }
        self = pictures.table
    }
}

/// An element of an XML file, without its attributes.
struct AnnotationElement {
    var name: String
    /// The line of its start tag, counted from 1.
    var line: Int
    var children: [AnnotationElement] = []
    private var content = ""

    /// The text of the element itself, without white space at its ends.
    var text: String { content.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// The first child with this name.
    subscript(name: String) -> AnnotationElement? { children.first { $0.name == name } }

    fileprivate init(name: String, line: Int) {
        self.name = name
        self.line = line
    }

    /// Parses a document. A document type, which could define entities, is an error.
    init(parsing data: Data) throws(AnnotationError) {
        guard let text = String(validating: data, as: UTF8.self) else {
            throw AnnotationError(line: 1, reason: "the text is not UTF-8")
        }
        var parser = AnnotationParser(text: Array(text.utf8))
        self = try parser.document()
    }

    fileprivate mutating func append(_ text: String) { content += text }
}

/// The first error of an XML file.
struct AnnotationError: Error {
    var line: Int
    var reason: String
}

private struct AnnotationParser {
    let text: [UInt8]
    var at = 0
    var line = 1
    /// The deepest nesting of elements.
    private static let deepest = 100

    init(text: [UInt8]) {
        self.text = text
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    mutating func document() throws(AnnotationError) -> AnnotationElement {
        var open: [AnnotationElement] = []
        while at < text.count {
            guard text[at] == UInt8(ascii: "<") else {
                let piece = try characters()
                guard open.isEmpty else {
                    open[open.count - 1].append(piece)
                    continue
                }
                guard piece.allSatisfy(\.isWhitespace) else { throw error("text outside of an element") }
                continue
            }
            if skips("<!--", upTo: "-->") || skips("<?", upTo: "?>") { continue }
            if starts("<![CDATA[") {
                let from = at + 9
                guard !open.isEmpty, skips("<![CDATA[", upTo: "]]>") else { throw error("an unclosed CDATA section") }
                open[open.count - 1].append(String(decoding: text[from..<(at - 3)], as: UTF8.self))
                continue
            }
            if starts("<!--") || starts("<?") { throw error("a comment or an instruction is not closed") }
            if starts("<!") { throw error("a document type is not supported") }
            let start = line
            guard let end = text[at...].firstIndex(of: UInt8(ascii: ">")) else { throw error("a tag is not closed") }
            let tag = String(decoding: text[(at + 1)..<end], as: UTF8.self)
            advance(to: end + 1)
            if tag.hasPrefix("/") {
                let name = tag.dropFirst().trimmingCharacters(in: .whitespacesAndNewlines)
                guard let last = open.popLast(), last.name == name else {
                    throw AnnotationError(line: start, reason: "</\(name)> does not close an element")
                }
                guard !open.isEmpty else { return last }
                open[open.count - 1].children.append(last)
                continue
            }
            let isEmpty = tag.hasSuffix("/")
            let name = String(tag.dropLast(isEmpty ? 1 : 0).prefix { !$0.isWhitespace })
            guard !name.isEmpty else { throw AnnotationError(line: start, reason: "a tag has no name") }
            guard open.count < AnnotationParser.deepest else {
                throw AnnotationError(line: start, reason: "elements are nested too deeply")
            }
            let element = AnnotationElement(name: name, line: start)
            if !isEmpty {
                open.append(element)
            } else if open.isEmpty {
                return element
            } else {
                open[open.count - 1].children.append(element)
            }
        }
        throw error(open.last.map { "<\($0.name)> is not closed" } ?? "there is no element")
    }

    private func error(_ reason: String) -> AnnotationError { AnnotationError(line: line, reason: reason) }

    private func starts(_ prefix: String) -> Bool { text[at...].starts(with: prefix.utf8) }

    private mutating func advance(to end: Int) {
        line += text[at..<end].count { $0 == 0x0A }
        at = end
    }

    /// Skips a section with these delimiters; false, without moving, if it does not start here or is not closed.
    private mutating func skips(_ start: String, upTo end: String) -> Bool {
        guard starts(start) else { return false }
        let close = Array(end.utf8)
        var place = at + start.utf8.count
        while place + close.count <= text.count {
            if text[place..<(place + close.count)].elementsEqual(close) {
                advance(to: place + close.count)
                return true
            }
            place += 1
        }
        return false
    }

    /// The text up to the next tag, with its character references resolved.
    private mutating func characters() throws(AnnotationError) -> String {
        let end = text[at...].firstIndex(of: UInt8(ascii: "<")) ?? text.count
        var rest = String(decoding: text[at..<end], as: UTF8.self)[...]
        var result = ""
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            guard let close = rest[ampersand...].firstIndex(of: ";") else {
                throw error("'&' does not start a character reference")
            }
            let name = rest[rest.index(after: ampersand)..<close]
            switch name {
            case "amp": result += "&"
            case "lt": result += "<"
            case "gt": result += ">"
            case "quot": result += "\""
            case "apos": result += "'"
            default:
                let code =
                    name.hasPrefix("#x")
                    ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
                guard let scalar = code.flatMap(Unicode.Scalar.init) else { throw error("'&\(name);' is not a known character") }
                result.unicodeScalars.append(scalar)
            }
            rest = rest[rest.index(after: close)...]
        }
        advance(to: end)
        return result + rest
    }
}
