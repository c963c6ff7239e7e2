// Names of a network's classes, and their matching with labels in prompts.

import Basics
package import Foundation
import VisionProtocol

/// The names of a network's outputs; an output can have several, or none.
package struct ClassNames: Sendable, Equatable {
    /// The names of each output, as written in the file.
    package let names: [[String]]
    private let outputs: [String: [Int]]

    /// - Parameter names: the names of each output; an output may have none.
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

    /// Parses a table with tab-separated `index`, `synset` and comma-separated names, after a header line.
    ///
    /// - Throws: ``VisionFailure``, `badWeights`, naming the file and the line.
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

    /// Number of outputs.
    package var count: Int { names.count }

    /// The outputs that a label may mean: those with an equal name, ignoring case, `_`, `-` and spaces.
    package func outputs(of label: String) -> [Int] { outputs[Self.plain(label)] ?? [] }

    /// The name without the differences that matching ignores.
    static func plain(_ name: String) -> String {
        name.lowercased().split { $0 == " " || $0 == "_" || $0 == "-" }.joined(separator: " ")
    }
}
