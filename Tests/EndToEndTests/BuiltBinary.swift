// Runs the built `assay` in a temporary project, as a user would.

import Foundation
import Testing

/// A temporary project with the built binary.
final class TestProject: Sendable {
    let folder: String
    /// The folder of the programs that this project runs.
    let programs: String
    /// The root of the package.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    /// The folder of the built products: that of this test bundle.
    static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    /// A temporary configuration folder, so that the one of the user who runs the tests is unchanged.
    static let configuration = NSTemporaryDirectory() + "assay-e2e-configuration-\(getpid())"
    static var hasBinaries: Bool {
        ["assay", "assay-vision"].allSatisfy { FileManager.default.isExecutableFile(atPath: products + "/" + $0) }
    }
    /// The key of emulators that tests start by hand.
    static let emulatorKey = "test-emulator-key"
    /// The photographs and weights next to the project.
    static let data = root + "/../shared/data"
    static var hasData: Bool { FileManager.default.fileExists(atPath: data + "/tiny-imagenet-120.tar") }

    /// - Parameter linksPrograms: run the programs through separate links, so that a test can see when its own runs open
    ///   them: tests that run at the same time open those of `products`.
    init(linksPrograms: Bool = false) throws {
        let name = "assay-e2e-" + UUID().uuidString
        folder = NSTemporaryDirectory() + name
        programs = linksPrograms ? TestProject.products + "/" + name : TestProject.products
        if linksPrograms {
            try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
            for program in ["assay", "assay-vision"] {
                try FileManager.default.linkItem(
                    atPath: TestProject.products + "/" + program, toPath: programs + "/" + program)
            }
        }
        try FileManager.default.createDirectory(atPath: folder + "/.assay", withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
        if programs != TestProject.products { try? FileManager.default.removeItem(atPath: programs) }
    }

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

    /// A whole number among the facts of all results of a step, in no order.
    func facts(of step: String, _ name: String) throws -> [Int] {
        let results = folder + "/.assay/results"
        var found: [Int] = []
        for case let path as String in FileManager.default.enumerator(atPath: results) ?? .init() where path.hasSuffix(".json") {
            let data = try Data(contentsOf: URL(fileURLWithPath: results + "/" + path))
            guard let record = try JSONSerialization.jsonObject(with: data) as? [String: Any],
                record["step"] as? String == step, let facts = record["facts"] as? [String: Any],
                let number = facts[name] as? Int
            else { continue }
            found.append(number)
        }
        return found
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    func process(_ arguments: [String], environment: [String: String] = [:]) -> (Process, Pipe, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: programs + "/assay")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var variables = ProcessInfo.processInfo.environment
        // Nothing of the user's own configuration takes part.
        variables["XDG_CONFIG_HOME"] = TestProject.configuration
        variables["ASSAY_EMULATOR_KEY"] = TestProject.emulatorKey
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
        try assay(arguments, environment: environment)
    }

    func assay(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
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

    // MARK: Remaining state

    /// The emulated account's records of a kind: `batches`, `jobs`, `files`, `deployments`.
    func records(_ kind: String, account: String = "small") throws -> [[String: Any]] {
        try TestProject.records(in: folder + "/.assay/emulator/\(account)/\(kind)")
    }

    private static func records(in folder: String) throws -> [[String: Any]] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.map { name in
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        }
    }

    /// The number of accepted uploads by file name.
    func uploads(account: String = "small") throws -> [String: Int] {
        TestProject.uploads(try records("files", account: account))
    }

    private static func uploads(_ files: [[String: Any]]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for record in files {
            guard let object = record["object"] as? [String: Any], let purpose = object["purpose"] as? String,
                ["batch", "fine-tune"].contains(purpose), let name = object["filename"] as? String
            else { continue }
            counts[name, default: 0] += 1
        }
        return counts
    }

    /// Assay's deployments without a deletion request.
    func deploymentsLeft(account: String = "small") throws -> Int {
        try TestProject.deployments(in: folder + "/.assay/emulator/\(account)/deployments")
    }

    /// The same in an emulator's folder.
    static func deployments(in place: String) throws -> Int {
        guard FileManager.default.fileExists(atPath: place) else { return 0 }
        return try records(in: place).count { record in
            guard let object = record["object"] as? [String: Any], let name = object["name"] as? String
            else { return false }
            return name.hasPrefix("assay-") && record["deletionAskedAt"] == nil
        }
    }

    /// The rows of a run's predictions.
    func predictions(_ run: Result) throws -> [String] {
        guard let report = run.end["report"] as? String else { return [] }
        let path = URL(fileURLWithPath: report).deletingLastPathComponent().appendingPathComponent("predictions.csv")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").dropFirst().map(String.init)
    }

    /// The number of predictions without an answer.
    func unanswered(_ run: Result) throws -> Int {
        try predictions(run).count { row in
            let fields = row.split(separator: ",", omittingEmptySubsequences: false)
            return fields.count > 6 && fields[6].isEmpty
        }
    }

    func removeLedger() throws {
        for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder + "/.assay/" + name)
        }
    }

    /// All files of the project.
    func files(below part: String = "") throws -> [String] {
        let root = folder + part
        return try FileManager.default.subpathsOfDirectory(atPath: root).map { root + "/" + $0 }.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }

    func objects() throws -> [String] { try files(below: "/.assay/objects").filter { !$0.contains(".tmp-") } }

    func flipABit(in path: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        guard !bytes.isEmpty else { return }
        bytes[bytes.count / 2] ^= 4
        chmod(path, 0o644)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Makes all results and objects older than they are.
    func makeOld(hours: Double) throws {
        let old = Date().addingTimeInterval(-hours * 3600)
        let written = old.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        for path in try files(below: "/.assay/results") where path.hasSuffix(".json") {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let changed = text.replacing(#/"created_at":"[^"]*"/#, with: "\"created_at\":\"\(written)\"")
            #expect(changed != text)
            try changed.write(toFile: path, atomically: true, encoding: .utf8)
        }
        try FileManager.default.removeItem(atPath: folder + "/.assay/results.index")
        for path in try objects() {
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
        }
    }

    /// The arguments of all processes, as `ps` shows them.
    static func processArguments() -> String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { $0.allSatisfy(\.isNumber) }.map { name in
            String(decoding: FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data(), as: UTF8.self)
        }.joined(separator: "\n")
    }

    // MARK: A separate emulator

    /// `assay emulate` in a separate process.
    struct Server {
        var process: Process
        var address: String
        var folder: String

        func stop() {
            process.terminate()
            process.waitUntilExit()
        }
    }

    /// - Parameter key: the key that it takes.
    func emulator(
        _ options: [String] = [], model: String = "shapes-base", key: String = TestProject.emulatorKey
    ) throws -> Server {
        let state = folder + "/server"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: TestProject.products + "/assay")
        process.arguments =
            [
                "emulate", "--account", "small", "--folder", state, "--model", model, "--deployment",
                "base=\(model):GlobalStandard", "--deployment", "base-batch=\(model):GlobalBatch",
            ] + options
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["ASSAY_EMULATOR_KEY": key]) { _, new in new }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var said = Data()
        while !said.contains(UInt8(ascii: "\n")) {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { break }
            said += more
        }
        let first = String(decoding: said, as: UTF8.self).split(separator: "\n").first ?? ""
        return Server(process: process, address: first.split(separator: " ").last.map(String.init) ?? "", folder: state)
    }

    /// The number of uploads that an emulator accepted, by file name.
    func serverUploads(_ server: Server) throws -> [String: Int] {
        TestProject.uploads(try serverRecords("files", server))
    }

    func serverRecords(_ kind: String, _ server: Server) throws -> [[String: Any]] {
        try TestProject.records(in: server.folder + "/small/" + kind)
    }
}
