// Locates the experiments that ship with the program.

import Basics
import Foundation
import VisionProtocol

/// Experiments that commands accept by name: `assay run quickstart`.
package enum BundledExperiments {
    /// The spec with a name such as `quickstart` in the installation or checkout; `nil` for a path, and if the
    /// current folder has a file with that name.
    package static func spec(named name: String) -> String? {
        let files = FileManager.default
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
            !files.fileExists(atPath: name)
        else { return nil }
        return file(name + ".yaml")
    }

    /// The names of the bundled experiments.
    package static var names: [String] {
        guard let folder = file("quickstart.yaml").map({ $0.parentPath }),
            let files = try? FileManager.default.contentsOfDirectory(atPath: folder)
        else { return [] }
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// The path of a file of the bundled experiments, such as `trainers/timm/train.py`; `nil` if there is none.
    static func file(_ path: String) -> String? {
        let program = URL(fileURLWithPath: VisionWorkerClient.executableBesideThisProgram()).deletingLastPathComponent()
        // Relative to an installed `bin` folder, and to the build folder of a checkout.
        return ["../share/assay/experiments", "../../../experiments"]
            .map { program.appendingPathComponent("\($0)/\(path)").standardizedFileURL.path }
            .first { FileManager.default.fileExists(atPath: $0) }
    }
}
