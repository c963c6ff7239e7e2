// The cases of the official YAML test suite, and why some of them come out otherwise.

import Basics
import Foundation
import Specification
import Testing

/// libyaml is a parser of YAML 1.1 with much of 1.2. Where it deviates from the suite, the spec language deviates too;
/// each case is named here with its reason, and stays only while it deviates.
private let deviations: [String: String] = Dictionary(
    uniqueKeysWithValues: ([
        "96NN/00 96NN/01 A2M4 DK95/00 DK95/03 DK95/04 Q5MG R4YG":
            "a tab as white space where libyaml sees indentation; refused with a hint to use spaces",
        "2JQS 4ABK CFD4 FRK4 M2N8/00 NHX8 NKF9 S3PD SM9W/01 UKK6/00":
            "an empty key, which libyaml reads in few places; a spec has no use for one",
        "9MMW M2N8/01 M5DY Q9WF V9D5 X38W XW4D":
            "a list or a map as a key, which JSON cannot have and a spec refuses",
        "2SXE 5T43 652Z DBG4 HM87/00 HM87/01":
            "a plain text that begins with ':' or '?', or a colon right after a quoted key, as YAML 1.1 reads it",
        "2LFX 6LVF BEC7 MUS6/05 MUS6/06":
            "a reserved directive, or a version above 1.2, which libyaml refuses instead of passing it over",
        "8XYN W5VH":
            "an anchor with letters beyond ASCII",
        "DK3J FP8R HWV9 M7A3":
            "a block text without indentation, or a document without content, at the top",
        "9JBA DK95/01 MUS6/00":
            "an error of detail that libyaml lets pass: a comment right after a bracket or a version, a tab in quotes",
    ] as KeyValuePairs).flatMap { ids, reason in ids.split(separator: " ").map { (String($0), reason) } })

@Suite struct YAMLSuiteTests {
    static let archive = "data/yaml-test-suite-half.tar"

    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var yaml: [UInt8]
        var json: String?
        var isError: Bool
        var testDescription: String { id }

        /// What the reader makes of it: `nil` when it is as the suite says.
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
