// The names of a network's classes, and which of them a prompt's labels mean.

import Basics
package import Foundation
import VisionProtocol

/// The names of a network's outputs: each output has one or more.
package struct ClassNames: Sendable, Equatable {
    /// The names of each output, as written in the file.
    package let names: [[String]]
    private let outputs: [String: [Int]]

    package init(_ names: [[String]]) {
        self.names = names
        var outputs: [String: [Int]] = [:]
        for (output, aliases) in names.enumerated() {
            for alias in aliases {
                let plain = Self.plain(alias)
                if outputs[plain]?.last != output { outputs[plain, default: []].append(output) }
            }
        }
        self.outputs = outputs
    }

    /// Reads lines of `index`, `synset` and comma-separated names between tabs, below a line of headings.
    ///
    /// - Throws: ``VisionFailure``, `badWeights`, that names the file and the line.
    package init(table: Data, file: String) throws {
        guard let text = String(data: table, encoding: .utf8) else {
            throw VisionFailure(code: .badWeights, message: "\(file): is not UTF-8")
        }
        var names: [[String]] = []
        for (number, line) in text.split(whereSeparator: \.isNewline).enumerated().dropFirst() {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count >= 3, Int(fields[0]) == names.count else {
                throw VisionFailure(
                    code: .badWeights,
                    message: "\(file):\(number + 1): class \(names.count) with its synset and names was expected")
            }
            names.append(fields[2].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
        }
        guard !names.isEmpty else { throw VisionFailure(code: .badWeights, message: "\(file): names no class") }
        self.init(names)
    }

    package var count: Int { names.count }

    /// The outputs that a label may mean: those with a name equal to it but for case, `_`, `-` and spaces.
    package func outputs(of label: String) -> [Int] { outputs[Self.plain(label)] ?? [] }

    /// A name without what does not tell names apart.
    static func plain(_ name: String) -> String {
        name.lowercased().split { $0 == " " || $0 == "_" || $0 == "-" }.joined(separator: " ")
    }
}
