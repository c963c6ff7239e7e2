// The number of the project's current latency measurement.

import Foundation
import Platform

/// The number of the current latency measurement: incremented by `--remeasure`, stored in the state folder.
package enum Measurement {
    /// 0 if the project's latency was never remeasured.
    package static func number(in workspace: Workspace) throws -> Int {
        let bytes = try? LocalFileSystem().read(path(workspace), limit: FileSizeLimit.text)
        let text = bytes.map { String(decoding: $0, as: UTF8.self) } ?? "0"
        let found = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        return (0...1_000_000_000).contains(found) ? found : 0
    }

    /// Stores the number of a new measurement.
    static func keep(_ number: Int, in workspace: Workspace) throws {
        try Data("\(number)\n".utf8).write(to: URL(fileURLWithPath: path(workspace)), options: .atomic)
    }

    private static func path(_ workspace: Workspace) -> String { workspace.folder + "/measurement" }
}
