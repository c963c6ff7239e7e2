// What the tests of this room share: the project's folder, specs in memory, recorded texts.

import Basics
import Foundation
import Specification
import Testing

/// Folders of the project, found from this file.
enum Project {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// Data and facts beside the project; not everywhere there.
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
        self.init(environment: Environment(environment), today: today) { path in
            guard let text = files[path] else { throw NoSuchFile() }
            return Array(text.utf8)
        }
    }

    /// A loader over the project's files.
    static func project(environment: [String: String] = [:], today: String = "2026-01-15") -> SpecLoader {
        SpecLoader(environment: Environment(environment), today: today) { path in
            Array(try Data(contentsOf: Project.root.appending(path: path)))
        }
    }
}

/// The diagnostics of a spec, whether it can be read or not.
func diagnostics(_ loader: SpecLoader, _ path: String, settings: [String] = []) -> (
    list: [Diagnostic], sources: SourceTexts
) {
    do {
        let loaded = try loader.load(path, settings: settings)
        return (loaded.warnings, loaded.sources)
    } catch {
        return (error.diagnostics, error.sources)
    }
}

/// A small whole spec, which others extend.
let smallSpec = """
    assay: 1
    name: small
    dataset:
      generate: { pictures: shapes, labels: 12, per_label: 50, seed: 7 }
    splits:
      main: { train: 40, validation: 5, test: 5, order: name }
    prompts:
      classify:
        system: "Classify the image into one of [{{ labels }}]."
        user: [image]
    requests:
      json: { prompt: classify, answer: { json: label, name: Classification } }
      plain: { prompt: classify, max_tokens: 20 }
    providers:
      local: { kind: emulator, account: small }
    models:
      base: { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch }
      tuned:
        provider: local
        fine_tune:
          model: shapes-base
          data: { split: main, prompt: classify }
          hyperparameters: { n_epochs: 2 }
      cnn:
        train: { architecture: small_cnn, data: { split: main }, epochs: 4 }
    evaluations:
      accuracy:
        split: main.test
        models: { base: { batch: json }, tuned: { online: plain }, cnn: {} }
    baseline: base

    """

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
