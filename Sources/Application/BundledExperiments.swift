// The experiments that come with the program.

import Foundation
import VisionProtocol

/// Experiments that a command takes by their name alone: `assay run quickstart`.
package enum BundledExperiments {
    /// The spec of a name such as `quickstart`, where an installation or a checkout has it; `nil` for a path, and where a file
    /// of that name is in the current folder.
    package static func spec(named name: String) -> String? {
        let files = FileManager.default
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
            !files.fileExists(atPath: name)
        else { return nil }
        let program = URL(fileURLWithPath: VisionWorkerClient.executableBesideThisProgram()).deletingLastPathComponent()
        // Beside an installed `bin`, and above the build folder of a checkout.
        return ["../share/assay/experiments", "../../../experiments"]
            .map { program.appendingPathComponent("\($0)/\(name).yaml").standardizedFileURL.path }
            .first { files.fileExists(atPath: $0) }
    }
}
