// The JSON form of a result's record, as people read it in `results/`.

import Basics
import Foundation

extension ResultManifest {
    /// A member of the record is missing or has the wrong type.
    struct Malformed: Error, Hashable { var member: String }

    /// The record's canonical JSON. It is written directly, without an intermediate JSON value, because each of
    /// 10,000 steps has a record.
    var canonicalBytes: [UInt8] {
        var record = CanonicalObject()
        record.add("created_at", .string(createdAt.isoText))
        record.add("experiment", .string(experiment))
        record.add("facts", facts)
        record.add("format", .int(Int64(format)))
        record.add("key", .string(key.digest.hex))
        record.add("kind", .string(kind))
        record.add("outputs", outputs) { output in
            var item = CanonicalObject()
            item.add("bytes", .int(output.bytes))
            item.add("digest", .string(output.digest.hex))
            item.add("name", .string(output.name))
            return item
        }
        record.add("parts", parts) { $0.canonical }
        record.add("run", .string(run.text))
        record.add("seconds", .double(seconds))
        record.add("step", .string(step.text))
        record.add("tool", .string(tool))
        return record.text
    }

    /// Reads a record. Throws `Malformed`.
    init(json: JSONValue) throws {
        guard let created = Date(isoText: try json.text("created_at")) else { throw Malformed(member: "created_at") }
        guard let seconds = json["seconds"]?.double else { throw Malformed(member: "seconds") }
        self.init(
            key: StepKey(try json.digest("key")), kind: try json.text("kind"), step: StepID(try json.text("step")),
            experiment: try json.text("experiment"), parts: try json.list("parts").map(KeyPart.init(json:)),
            outputs: try json.list("outputs").map { output in
                StepOutput(
                    name: try output.text("name"), digest: try output.digest("digest"),
                    bytes: Int64(try output.number("bytes")))
            },
            facts: json["facts"] ?? .null, createdAt: created, seconds: seconds, run: RunID(try json.text("run")),
            tool: try json.text("tool"))
        format = try json.number("format")
    }
}

extension KeyPart {
    fileprivate var canonical: CanonicalObject {
        var part = CanonicalObject()
        part.add("name", .string(name))
        if let place {
            var at = CanonicalObject()
            at.add("column", .int(Int64(place.column)))
            if let end = place.endColumn { at.add("endColumn", .int(Int64(end))) }
            at.add("file", .string(place.file))
            at.add("line", .int(Int64(place.line)))
            part.add("place", at)
        }
        part.add("value", value)
        return part
    }

    fileprivate init(json: JSONValue) throws {
        guard let value = json["value"] else { throw ResultManifest.Malformed(member: "value") }
        let place = try json["place"].map { place in
            let places = 1...1_000_000_000
            let (line, column) = (try place.number("line"), try place.number("column"))
            guard places.contains(line), places.contains(column) else {
                throw ResultManifest.Malformed(member: "place")
            }
            return SourceRange(
                file: try place.text("file"), line: line, column: column,
                endColumn: place["endColumn"]?.int.flatMap { places.contains($0) ? $0 : nil })
        }
        self.init(name: try json.text("name"), value: value, place: place)
    }
}

/// Builds the canonical text of an object; members must be added in the order of their names.
private struct CanonicalObject {
    private var bytes: [UInt8] = []

    /// The complete text.
    var text: [UInt8] { bytes.isEmpty ? Array("{}".utf8) : bytes + [UInt8(ascii: "}")] }

    private mutating func begin(_ name: StaticString) {
        if bytes.isEmpty { bytes.reserveCapacity(256) }
        bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func add(_ name: StaticString, _ value: JSONValue) {
        begin(name)
        value.writeCanonical(to: &bytes)
    }

    mutating func add(_ name: StaticString, _ object: CanonicalObject) {
        begin(name)
        bytes.append(contentsOf: object.text)
    }

    mutating func add<Item>(_ name: StaticString, _ items: [Item], _ object: (Item) -> CanonicalObject) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: object(item).text)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}

extension JSONValue {
    fileprivate func text(_ name: String) throws -> String {
        guard let text = self[name]?.string else { throw ResultManifest.Malformed(member: name) }
        return text
    }

    fileprivate func number(_ name: String) throws -> Int {
        guard let number = self[name]?.int else { throw ResultManifest.Malformed(member: name) }
        return number
    }

    fileprivate func digest(_ name: String) throws -> Digest {
        guard let digest = Digest(hex: try text(name)) else { throw ResultManifest.Malformed(member: name) }
        return digest
    }

    fileprivate func list(_ name: String) throws -> [JSONValue] {
        guard let list = self[name]?.array else { throw ResultManifest.Malformed(member: name) }
        return list
    }
}

extension Date {
    /// The nearest whole millisecond, so that a written date is equal to the date read back.
    var toMillisecond: Date { Date(timeIntervalSince1970: (timeIntervalSince1970 * 1000).rounded() / 1000) }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// The date in the form `2026-11-23T16:27:05.123Z`.
    fileprivate var isoText: String {
        // The format style truncates, and the binary fraction may be slightly too small.
        addingTimeInterval(0.0002).formatted(Date.style)
    }

    /// Also reads whole seconds, which earlier records have.
    fileprivate init?(isoText: String) {
        guard let date = (try? Date.style.parse(isoText)) ?? (try? Date.ISO8601FormatStyle().parse(isoText)) else {
            return nil
        }
        self = date.toMillisecond
    }
}
