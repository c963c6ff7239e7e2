// Values of reference implementations, which are not part of this repository: ../shared/tasks/golden.

import Basics
import Foundation
import Testing

/// The folder of Package.swift.
private let packageRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

enum ReferenceValues {
    static let folder = packageRoot.appending(path: "../shared/tasks/golden")
    static let arePresent = FileManager.default.fileExists(atPath: folder.path)
    /// Shown for tests that are skipped.
    static let absence: Comment = "the reference values (../shared/tasks/golden) are not on this machine"

    /// One case of a file: its members, and where a failure is to be looked up.
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let place: Int
        let members: JSONValue

        var name: String { members["case"]?.string ?? "\(file) \(place)" }
        var testDescription: String { name }

        subscript(_ member: String) -> JSONValue { members[member] ?? .null }
        func text(_ member: String) -> String { members[member]?.string ?? "" }
        func texts(_ member: String) -> [String] { members[member]?.array?.compactMap(\.string) ?? [] }
        func number(_ member: String) -> Double? { members[member]?.double }
        func numbers(_ member: String) -> [Double] { members[member]?.array?.compactMap(\.double) ?? [] }
    }

    static func cases(_ file: String, _ section: String = "cases") -> [Case] {
        guard arePresent else { return [] }
        guard let data = try? Data(contentsOf: folder.appending(path: file + ".json")),
            let list = (try? JSONValue(parsing: data))?[section]?.array
        else {
            Issue.record("\(file).json has no list '\(section)'")
            return []
        }
        return list.enumerated().map { Case(file: file, place: $0, members: $1) }
    }
}

/// Whether two numbers agree to 1e-9, absolutely and relatively.
func agree(_ ours: Double?, _ theirs: Double?) -> Bool {
    guard let ours, let theirs else { return ours == nil && theirs == nil }
    return abs(ours - theirs) <= 1e-9 * max(1, abs(theirs))
}
