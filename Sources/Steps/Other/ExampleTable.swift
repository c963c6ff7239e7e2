// Writes tables of images for users' programs.

import Basics
import Foundation
import Planning

enum ExampleTable {
    /// Writes image paths that a program can open from any folder. Without labels each path appears once. Items of a
    /// task have an id, their variables and, for programs that learn from them, the reference as JSON.
    static func write(_ examples: [Example], labelled: Bool, to path: String, _ images: ProgramImages) throws {
        if examples.contains(where: { $0.item != nil }) {
            return try writeItems(examples, labelled: labelled, to: path, images)
        }
        var seen: Set<String> = []
        var rows = [labelled ? ["path", "label"] : ["path"]]
        for example in examples {
            let file = try images.path(of: example)
            if labelled { rows.append([file, example.label]) } else if seen.insert(file).inserted { rows.append([file]) }
        }
        try Data(rows.map { CSVTable.line($0) }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func writeItems(_ examples: [Example], labelled: Bool, to path: String, _ images: ProgramImages) throws {
        let variables = Set(examples.flatMap { ($0.item?.variables ?? [:]).keys }).sorted()
        var rows = [["path", "id"] + variables + (labelled ? ["reference"] : [])]
        var seen: Set<ExactText> = []
        for example in examples {
            guard let item = example.item, seen.insert(ExactText(item.id)).inserted else { continue }
            rows.append(
                [try images.path(of: example), item.id] + variables.map { item.variables?[$0] ?? "" }
                    + (labelled ? [item.reference.canonical] : []))
        }
        try Data(rows.map { CSVTable.line($0) }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }
}
