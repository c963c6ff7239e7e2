// Every test named in docs/wire.md exists.

import Foundation
import Testing

@Suite struct WireFactsTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The tests' sources, each with the suites in it.
    private static func sources() throws -> [String] {
        let folder = root.appending(path: "Tests")
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
    }

    @Test func everyFactNamesAnExistingTest() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/wire.md"), encoding: .utf8)
        let sources = try Self.sources()
        var facts = 0
        for (index, line) in page.components(separatedBy: "\n").enumerated() where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard let holders = cells.last, cells.count == 5, cells[0] != "fact" else { continue }
            facts += 1
            let names = holders.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
            #expect(!names.isEmpty, "line \(index + 1) names nothing that holds it")
            for name in names {
                if name.hasPrefix("scripts/") {
                    #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: name).path), "\(name)")
                    continue
                }
                let parts = name.split(separator: ".").map(String.init)
                let isThere =
                    parts.count == 2
                    && sources.contains {
                        $0.contains("struct \(parts[0]) ") && $0.contains("func \(parts[1])(")
                    }
                #expect(isThere, "line \(index + 1): there is no \(name)")
            }
        }
        #expect(facts > 60)
    }
}
