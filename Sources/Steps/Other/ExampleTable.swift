// Tables of images for users' programs.

import Basics
import Execution
import Foundation
import Planning

enum ExampleTable {
    /// Writes the paths of images, with which a program can open them wherever it runs. Without labels each path appears
    /// once.
    static func write(
        _ examples: [Example], labelled: Bool, to path: String, _ imageFolder: String?, _ context: StepContext
    ) throws {
        var seen: Set<String> = []
        var rows = [labelled ? ["path", "label"] : ["path"]]
        for example in examples {
            let file = try self.path(of: example, imageFolder, context)
            if labelled { rows.append([file, example.label]) } else if seen.insert(file).inserted { rows.append([file]) }
        }
        try Data(rows.map { CSVTable.line($0) }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }

    /// The absolute path of an image as a program gets it.
    static func path(of example: Example, _ imageFolder: String?, _ context: StepContext) throws -> String {
        absolutePath(try context.imagePath(example.digest, example.path, folder: imageFolder))
    }
}
