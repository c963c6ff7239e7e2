// A result's record as JSON, in the form that people read in `results/`.

import Basics
import Foundation

extension ResultManifest {
    /// What a record lacks, by the member's name.
    struct Malformed: Error, Hashable { var member: String }

    var json: JSONValue {
        .object([
            "format": .int(Int64(format)),
            "key": .string(key.digest.hex),
            "kind": .string(kind),
            "step": .string(step.text),
            "experiment": .string(experiment),
            "parts": .array(parts.map(\.json)),
            "outputs": .array(outputs.map { output in
                ["name": .string(output.name), "digest": .string(output.digest.hex), "bytes": .int(output.bytes)]
            }),
            "facts": facts,
            "created_at": .string(createdAt.isoText),
            "seconds": .double(seconds),
            "run": .string(run.text),
            "tool": .string(tool),
        ])
    }

    /// Throws `Malformed`.
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
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["name": .string(name), "value": value]
        if let place {
            var at: [String: JSONValue] = [
                "file": .string(place.file), "line": .int(Int64(place.line)), "column": .int(Int64(place.column)),
            ]
            if let end = place.endColumn { at["endColumn"] = .int(Int64(end)) }
            members["place"] = .object(at)
        }
        return .object(members)
    }

    fileprivate init(json: JSONValue) throws {
        guard let value = json["value"] else { throw ResultManifest.Malformed(member: "value") }
        let place = try json["place"].map { place in
            SourceRange(
                file: try place.text("file"), line: try place.number("line"), column: try place.number("column"),
                endColumn: place["endColumn"]?.int)
        }
        self.init(name: try json.text("name"), value: value, place: place)
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
    /// The nearest whole millisecond: what is written is what is read back.
    var toMillisecond: Date { Date(timeIntervalSince1970: (timeIntervalSince1970 * 1000).rounded() / 1000) }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// `2026-11-23T16:27:05.123Z`.
    fileprivate var isoText: String {
        // The style cuts off what a binary fraction falls short of.
        addingTimeInterval(0.0002).formatted(Date.style)
    }

    /// Reads whole seconds too, as earlier records have them.
    fileprivate init?(isoText: String) {
        guard let date = (try? Date.style.parse(isoText)) ?? (try? Date.ISO8601FormatStyle().parse(isoText)) else {
            return nil
        }
        self = date.toMillisecond
    }
}
