// A project in a temporary folder, for tests of the application.

import Foundation

@testable import Application

/// A folder with a spec and its state. The user's configuration and the state are below it, independent of the
/// process's environment.
struct Project {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "application-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    var environment: [String: String] { ["XDG_CONFIG_HOME": path("configuration"), "HOME": path("home")] }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Writes a file below the project's folder.
    /// - Returns: its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    func workspace(spec: String? = nil) throws -> Workspace {
        try Workspace(spec: spec, state: path(".assay"), environment: environment)
    }

    /// A spec that asks a hosted model about images of an archive that is not here yet.
    func hostedSpec(price: String = "", endpoint: String = "https://models.example.com/v1") throws -> String {
        try write("labels.txt", "cat\ndog\n")
        return try write(
            "spec.yaml",
            """
            assay: 1
            name: hosted
            dataset:
              archive: https://data.example.com/images.tar.gz
              expect: { labels: labels.txt, per_label: 40 }
            splits:
              main: { train: 10, validation: 0, test: 20, order: name }
            prompts:
              classify: { system: "One of [{{ labels }}].", user: [image] }
            requests:
              plain: { prompt: classify, detail: low, answer: text, max_tokens: 20 }
            providers:
              there: { kind: openai, endpoint: "\(endpoint)"\(price) }
            models:
              asked: { provider: there, model: gpt-4o }
            evaluations:
              accuracy: { split: main.test, models: { asked: { online: plain } } }
            """)
    }
}

/// Collects what the application reports.
final class Reports: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    var all: [String] { lock.withLock { lines } }

    func add(_ line: String) { lock.withLock { lines.append(line) } }

    /// A dialogue in which every question gets the same answer; `nil` without a user to ask.
    func dialogue(answering answer: Bool?) -> Dialogue {
        var ask: (@Sendable (String) async -> Bool)?
        if let answer {
            ask = { question in
                self.add("? " + question)
                return answer
            }
        }
        return Dialogue(report: { self.add($0) }, warn: { self.add("! " + $0) }, ask: ask)
    }
}
