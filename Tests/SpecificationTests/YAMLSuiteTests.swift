// The cases of the official YAML test suite, with the reasons for deviations.

import Basics
import Foundation
import Specification
import Testing

/// The cases that deviate with their reasons, from the table of docs/yaml.md. Each stays only while it deviates.
private let deviations: [String: String] = {
    var reasons: [String: String] = [:]
    for line in (try? Project.text("docs/yaml.md"))?.split(separator: "\n") ?? [] where line.hasPrefix("| ") {
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count == 2, cells[0] != "cases" else { continue }
        for id in cells[0].split(separator: " ") { reasons[String(id)] = cells[1] }
    }
    return reasons
}()

@Suite struct YAMLSuiteTests {
    static let archive = "data/yaml-test-suite-half.tar"

    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var yaml: [UInt8]
        var json: String?
        var isError: Bool
        var testDescription: String { id }

        /// The deviation of the reader; `nil` if it agrees with the suite.
        var deviation: String? {
            let documents: [YAMLNode]
            do {
                documents = try YAMLReader.documents(
                    SourceText(name: "\(id).yaml", bytes: yaml), dialect: .plain)
            } catch {
                return isError ? nil : "refused: \(error.problem.message)"
            }
            if isError { return "taken, though it is an error" }
            guard let json else { return nil }
            let expected = jsonDocuments(json).map(\.canonical)
            let found = documents.map(\.json.canonical)
            return expected == found ? nil : "\(found) instead of \(expected)"
        }
    }

    static let cases: [Case] = {
        guard let tar = try? Data(contentsOf: Project.shared.appending(path: archive)) else { return [] }
        var files: [String: [String: [UInt8]]] = [:]
        for (path, bytes) in tarMembers(Array(tar)) {
            let parts = path.split(separator: "/").map(String.init)
            guard parts.count >= 3 else { continue }
            files[parts[1...].dropLast().joined(separator: "/"), default: [:]][parts[parts.count - 1]] = bytes
        }
        return files.compactMap { id, files in
            files["in.yaml"].map {
                Case(
                    id: id, yaml: $0, json: files["in.json"].map { String(decoding: $0, as: UTF8.self) },
                    isError: files["error"] != nil)
            }
        }.sorted { $0.id < $1.id }
    }()

    @Test(.enabled(if: Project.hasShared(archive), "needs ../shared/data"))
    func holdsTheSuite() {
        #expect(Self.cases.count == 209)
        #expect(Self.cases.filter(\.isError).count == 46)
        #expect(deviations.count == 45)
        #expect(Set(deviations.keys).isSubset(of: Self.cases.map(\.id)))
    }

    @Test(.enabled(if: Project.hasShared(archive), "needs ../shared/data"), arguments: cases)
    func isReadAsTheSuiteSays(test: Case) {
        if let reason = deviations[test.id] {
            #expect(test.deviation != nil, "\(test.id) no longer deviates (\(reason)): strike it from the list")
        } else {
            #expect(test.deviation == nil)
        }
    }
}

/// The regular files of a tar archive.
private func tarMembers(_ bytes: [UInt8]) -> [(path: String, bytes: [UInt8])] {
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self) }
    var members: [(String, [UInt8])] = []
    var offset = 0
    while offset + 512 <= bytes.count, bytes[offset] != 0 {
        let size = Int(text(offset + 124..<offset + 136).trimmingCharacters(in: .whitespaces), radix: 8) ?? 0
        let isFile = bytes[offset + 156] == UInt8(ascii: "0") || bytes[offset + 156] == 0
        let prefix = text(offset + 345..<offset + 500)
        let name = (prefix.isEmpty ? "" : prefix + "/") + text(offset..<offset + 100)
        if isFile { members.append((name, Array(bytes[offset + 512..<offset + 512 + size]))) }
        offset += 512 + (size + 511) / 512 * 512
    }
    return members
}

/// The JSON documents of a text that holds one after the other.
private func jsonDocuments(_ text: String) -> [JSONValue] {
    var documents: [JSONValue] = []
    var pending = ""
    for line in text.components(separatedBy: "\n") {
        pending += line + "\n"
        if let value = try? JSONValue(parsing: Data(pending.utf8)) {
            documents.append(value)
            pending = ""
        }
    }
    return documents
}
