// The number of the current latency measurement of a project.

import Foundation
import Platform

/// The number of the current latency measurement: raised by `--remeasure`, kept in the state folder.
package enum Measurement {
    /// 0 for a project whose latency was never measured again.
    package static func number(in workspace: Workspace) throws -> Int {
        let bytes = try? LocalFileSystem().read(path(workspace), limit: FileSizeLimit.text)
        let text = bytes.map { String(decoding: $0, as: UTF8.self) } ?? "0"
        let found = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        return (0...1_000_000_000).contains(found) ? found : 0
    }

    /// Records the number of a measurement that begins.
    static func keep(_ number: Int, in workspace: Workspace) throws {
        try Data("\(number)\n".utf8).write(to: URL(fileURLWithPath: path(workspace)), options: .atomic)
    }

    private static func path(_ workspace: Workspace) -> String { workspace.folder + "/measurement" }
}
