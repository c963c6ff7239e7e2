// Pins the parts and the key of every kind of step, so that renaming a property cannot silently invalidate paid results.

import Artifacts
import Basics
import Foundation
import Planning
import Testing

@Suite struct KeyGoldenTests {
    private static let golden = RandomEditTests.root.appendingPathComponent("Tests/Golden/keys.txt")

    /// One block for each distinct step over all forms of the full spec: its kind and implementation, its parts, its key.
    private static func text() throws -> String {
        var blocks: [String] = []
        for step in try KeyCompletenessTests.steps() {
            var digests: [String: Digest] = [:]
            for input in step.inputs { digests[input.name] = Digest(of: "\(input.from) \(input.output)") }
            guard let parts = step.keyParts(digests: digests) else { continue }
            let lines = parts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
                .map { "  \($0.name) = \($0.value.canonical)" }
            let block =
                (["\(step.kind.rawValue) \(step.kind.definition.implementation)"] + lines
                + ["  key: \(Step.key(kind: step.kind, parts: parts))"]).joined(separator: "\n")
            if !blocks.contains(block) { blocks.append(block) }
        }
        return "key format \(Step.keyFormat)\n\n" + blocks.joined(separator: "\n\n") + "\n"
    }

    /// A difference here means that results of earlier versions are not found any more. It is allowed only with a line
    /// under *Cache keys* in the change log; `ASSAY_RECORD=1` then writes the file again.
    @Test func partsAndKeysAreAsTheyWere() throws {
        let text = try KeyGoldenTests.text()
        if ProcessInfo.processInfo.environment["ASSAY_RECORD"] == "1" {
            try text.write(to: KeyGoldenTests.golden, atomically: true, encoding: .utf8)
            return
        }
        let golden = try String(contentsOf: KeyGoldenTests.golden, encoding: .utf8).split(separator: "\n")
        for (now, before) in zip(text.split(separator: "\n"), golden) where now != before {
            Issue.record("was: \(before)\nnow: \(now)")
            break
        }
        #expect(text.split(separator: "\n").count == golden.count)
    }
}
