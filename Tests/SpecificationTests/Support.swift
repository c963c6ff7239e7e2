// Shared helpers of this module's tests: the project's folder, specs in memory, recorded texts.

import Basics
import Foundation
import ProviderKit
import Providers
import Specification
import TaskKit
import Tasks
import Testing

/// Folders of the project, found from this file.
enum Project {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// Optional data next to the project.
    static let shared = root.deletingLastPathComponent().appending(path: "shared")

    static func hasShared(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: shared.appending(path: path).path)
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}

/// A file that a test did not give.
struct NoSuchFile: Error, CustomStringConvertible {
    var description: String { "no such file" }
}

extension SpecLoader {
    /// A loader over texts in memory.
    init(_ files: [String: String], environment: [String: String] = [:], today: String = "2026-01-15") {
        self.init(
            environment: Environment(environment), today: today, providers: builtInProviders.keys, tasks: .standard
        ) { path in
            guard let text = files[path] else { throw NoSuchFile() }
            return Array(text.utf8)
        }
    }

    /// A loader over the project's files.
    static func project(environment: [String: String] = [:], today: String = "2026-01-15") -> SpecLoader {
        SpecLoader(
            environment: Environment(environment), today: today, providers: builtInProviders.keys, tasks: .standard
        ) { path in
            Array(try Data(contentsOf: Project.root.appending(path: path)))
        }
    }
}

/// The diagnostics of a spec with its variants, whether it can be read or not.
func diagnostics(
    _ loader: SpecLoader, _ path: String, settings: [String] = []
) -> (
    list: [Diagnostic], sources: SourceTexts
) {
    do {
        let loaded = try loader.load(path, settings: settings)
        if let errors = loaded.variantErrors() { return (loaded.warnings + errors.diagnostics, errors.sources) }
        return (loaded.warnings, loaded.sources)
    } catch {
        return (error.diagnostics, error.sources)
    }
}

/// Compares a text with a committed file; with ASSAY_RECORD=1 in the environment it is written instead.
func expectRecorded(_ text: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if ProcessInfo.processInfo.environment["ASSAY_RECORD"] == "1" {
        try text.write(to: Project.root.appending(path: path), atomically: true, encoding: .utf8)
    }
    let recorded = try Project.text(path)
    #expect(
        recorded == text, "\(path) differs from what the key tables give; run the test with ASSAY_RECORD=1",
        sourceLocation: sourceLocation)
}
