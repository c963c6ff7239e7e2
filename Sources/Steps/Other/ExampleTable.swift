// Writes tables of images for users' programs.

import Basics
import Foundation
import Planning

enum ExampleTable {
    /// Writes image paths that a program can open from any folder. Without labels each path appears once. Items of a
    /// task have an id, their variables and, for programs that learn from them, the reference as JSON. If an example has
    /// several images, a column `images` holds the paths of each example's images as a JSON list.
    static func write(_ examples: [Example], labelled: Bool, to path: String, _ images: ProgramImages) throws {
        if examples.contains(where: { $0.item != nil }) {
            return try writeItems(examples, labelled: labelled, to: path, images)
        }
        var seen: Set<String> = []
        let hasSeveral = examples.contains { $0.more != nil }
        var rows = [["path"] + (labelled ? ["label"] : []) + (hasSeveral ? ["images"] : [])]
        for example in examples {
            let file = try images.path(of: example)
            guard labelled || seen.insert(file).inserted else { continue }
            rows.append([file] + (labelled ? [example.label] : []) + (hasSeveral ? [try list(example, images)] : []))
        }
        try Data(rows.map { CSVTable.line($0) }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func writeItems(_ examples: [Example], labelled: Bool, to path: String, _ images: ProgramImages) throws {
        let variables = Set(examples.flatMap { ($0.item?.variables ?? [:]).keys }).sorted()
        let hasSeveral = examples.contains { $0.more != nil }
        var rows = [["path", "id"] + (hasSeveral ? ["images"] : []) + variables + (labelled ? ["reference"] : [])]
        var seen: Set<ExactText> = []
        for example in examples {
            guard let item = example.item, seen.insert(ExactText(item.id)).inserted else { continue }
            rows.append(
                [try images.path(of: example), item.id] + (hasSeveral ? [try list(example, images)] : [])
                    + variables.map { item.variables?[$0] ?? "" }
                    + (labelled ? [item.reference.canonical] : []))
        }
        try Data(rows.map { CSVTable.line($0) }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func list(_ example: Example, _ images: ProgramImages) throws -> String {
        JSONValue.array(try images.paths(of: example).map(JSONValue.string)).canonical
    }
}
