// Runs the built `assay` in a temporary project, as a user would.

import Foundation
import Testing

/// A temporary project with the built binary.
final class TestProject: Sendable {
    let folder: String
    /// The root of the package.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    /// The folder of the built products: that of this test bundle.
    static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    static var hasBinaries: Bool {
        ["assay", "assay-vision"].allSatisfy { FileManager.default.isExecutableFile(atPath: products + "/" + $0) }
    }
    /// The photographs and weights beside the project.
    static let data = root + "/../shared/data"
    static var hasData: Bool { FileManager.default.fileExists(atPath: data + "/tiny-imagenet-120.tar") }

    init() throws {
        folder = NSTemporaryDirectory() + "assay-e2e-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder + "/.assay", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    struct Result {
        var status: Int32
        var output: String
        var errors: String
        var seconds: Double

        /// The last JSON line: the event that ends a run.
        var end: [String: Any] {
            let line = output.split(separator: "\n").last.map(String.init) ?? ""
            return (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
        }

        /// The ids of the steps that came to a state, from JSON events.
        func steps(_ state: String) -> Set<String> {
            var ids: Set<String> = []
            for line in output.split(separator: "\n") {
                guard let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                    event["event"] as? String == "step", event["state"] as? String == state,
                    let id = event["id"] as? String
                else { continue }
                ids.insert(id)
            }
            return ids
        }
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    func process(_ arguments: [String], environment: [String: String] = [:]) -> (Process, Pipe, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: TestProject.products + "/assay")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        let output = folder + "/output-" + UUID().uuidString
        FileManager.default.createFile(atPath: output, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: output)
        let errors = Pipe()
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        return (process, errors, output)
    }

    /// Runs `assay` to its end.
    func assay(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        let (process, errors, output) = process(arguments, environment: environment)
        let start = Date()
        try process.run()
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        return Result(
            status: process.terminationStatus, output: text, errors: errorText,
            seconds: Date().timeIntervalSince(start))
    }

    /// The requests that the emulated account got, by operation.
    func requests(account: String) throws -> [String: Int] {
        let log = folder + "/.assay/emulator/\(account)/requests.jsonl"
        var counts: [String: Int] = [:]
        for line in (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n") ?? [] {
            guard let entry = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let operation = entry["operation"] as? String
            else { continue }
            counts[operation, default: 0] += 1
        }
        return counts
    }
}
