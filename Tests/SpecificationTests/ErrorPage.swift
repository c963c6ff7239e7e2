// docs/errors.md as data: its sections with their examples, which are tests.

import Basics
import Foundation
import Specification
import Testing

/// The page that explains every diagnostic.
struct ErrorPage {
    struct Block: Sendable {
        var language: String
        var text: String
        /// Its lines on the page, without the fences.
        var lines: Range<Int>
    }

    struct Section: Sendable, CustomTestStringConvertible {
        var title: String
        var blocks: [Block] = []

        var testDescription: String { title }
        /// The bad example, its error, and the corrected example.
        var example: (bad: Block, said: Block, mended: Block)? {
            blocks.count == 3 ? (blocks[0], blocks[1], blocks[2]) : nil
        }
    }

    static let path = "docs/errors.md"
    static let page = (try? ErrorPage(Project.text(path))) ?? ErrorPage("")
    /// A small whole spec, which the examples extend.
    static let smallSpec = page.sections.last?.blocks.first?.text ?? ""

    var lines: [String]
    var sections: [Section] = []

    init(_ text: String) {
        lines = text.components(separatedBy: "\n")
        var open: (language: String, start: Int)?
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    let body = lines[block.start..<index].joined(separator: "\n")
                    if !sections.isEmpty {
                        sections[sections.count - 1].blocks.append(
                            Block(language: block.language, text: body, lines: block.start..<index))
                    }
                    open = nil
                } else {
                    open = (String(line.dropFirst(3)), index + 1)
                }
            } else if open == nil, line.hasPrefix("## ") || line.hasPrefix("### ") {
                sections.append(Section(title: String(line.drop { $0 == "#" }.dropFirst())))
            }
        }
    }

    /// The example as a complete spec.
    static func whole(_ text: String) -> String {
        let isWhole = text.hasPrefix("assay: 1") || text.hasPrefix("# nothing")
        return text + "\n" + (isWhole ? "" : "extends: small.yaml\n")
    }

    static func loader(_ example: String) -> SpecLoader {
        SpecLoader([
            "spec.yaml": whole(example), "small.yaml": smallSpec,
            "prices.yaml": page.sections.last?.blocks.last?.text ?? "",
        ])
    }
}

/// The diagnostics that comments such as `# error[unknown-key]` expect on their lines: `3 error unknown-key`.
func expectedDiagnostics(_ text: String) -> [String] {
    text.components(separatedBy: "\n").enumerated().flatMap { index, line in
        line.matches(of: #/(error|warning)\[([a-z0-9-]+)\]/#).map { "\(index + 1) \($0.output.1) \($0.output.2)" }
    }.sorted()
}

extension [Diagnostic] {
    /// In the form of `expectedDiagnostics`.
    var summaries: [String] { map { "\($0.range?.line ?? 0) \($0.severity.rawValue) \($0.code)" }.sorted() }
}
