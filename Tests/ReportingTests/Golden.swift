// Golden files: the last reviewed outputs.

import Foundation
import Testing

/// The folder of Package.swift.
let packageRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Holds a text against `Tests/Golden/report/<name>`. With `ASSAY_RECORD=1` in the environment the file is written
/// instead; read the difference before committing it.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = packageRoot.appending(path: "Tests/Golden/report/\(name)")
    if ProcessInfo.processInfo.environment["ASSAY_RECORD"] == "1" {
        try text.write(to: file, atomically: true, encoding: .utf8)
        return
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    guard text != golden else { return }
    let ours = text.split(separator: "\n", omittingEmptySubsequences: false)
    let theirs = golden.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(ours, theirs).enumerated().first { $0.element.0 != $0.element.1 }
    let difference =
        line.map { "line \($0.offset + 1):\n  golden \($0.element.1)\n  now    \($0.element.0)" }
        ?? "one has \(ours.count) lines, the other \(theirs.count)"
    Issue.record("\(name) differs; ASSAY_RECORD=1 writes it anew. \(difference)", sourceLocation: sourceLocation)
}
