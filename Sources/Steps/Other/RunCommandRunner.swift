// Runs a program of the user's in a folder that holds what it declared, and takes what it declared.

import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification

struct RunCommandRunner: StepRunner {
    let work: RunCommand
    let environment: Specification.Environment
    let programs: RunningPrograms
    /// Names of variables that it sees beside the usual ones and its own.
    var besides: [String] = []

    /// What every program sees besides what it declares: where programs are and how the machine speaks, which
    /// decides no result.
    private static let usualVariables = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ"]

    func run(_ context: StepContext) async throws -> StepOutcome {
        let folder = context.scratch
        let files = LocalFileSystem()
        for (name, source) in work.settings.sources { try copy(source, to: name, in: folder) }
        for (name, input) in context.inputs where name.hasPrefix("file:") {
            try copy(file: input.path, to: String(name.dropFirst("file:".count)), in: folder)
        }
        var examples: SplitExamples?
        if context.inputs["examples"] != nil {
            let part = try context.examples()
            examples = part
            try table(part.examples, columns: ["path"], to: folder + "/predict.csv", context)
            for name in [SplitPart.train.rawValue, SplitPart.validation.rawValue] where context.inputs[name] != nil {
                let part = try SplitExamples(decoding: context.data(name))
                try table(part.examples, columns: ["path", "label"], to: folder + "/\(name).csv", context)
            }
        }
        try await start(in: folder, context)
        if let examples, let predictions = work.identity.predictions {
            return StepOutcome([
                RunCommand.answers: .data(try answers(examples, predictions: folder + "/" + predictions, context).encoded)
            ], facts: ["route": "command"])
        }
        var outputs: [String: StepOutcome.Content] = [:]
        for name in work.identity.outputs {
            let path = folder + "/" + name
            guard let isLink = files.isLink(path), !isLink || files.exists(path) else {
                throw StepFailure.outputMissing(name)
            }
            outputs[name] = .file(isLink ? try contents(of: path, name, context) : path)
        }
        return StepOutcome(outputs)
    }

    /// A file with what a link leads to: the link itself would lead nowhere from the store.
    private func contents(of path: String, _ name: String, _ context: StepContext) throws -> String {
        let copy = context.temporary + "/output-" + Digest(of: name).short
        try LocalFileSystem().copy(path, to: copy, sync: false)
        return copy
    }

    private func start(in folder: String, _ context: StepContext) async throws {
        var seen = ["TMPDIR": context.temporary]
        for name in RunCommandRunner.usualVariables + besides + work.identity.environment.keys { seen[name] = environment[name] }
        let (program, arguments): (String, [String])
        switch work.identity.command {
        case .arguments(let list): (program, arguments) = (list.first ?? "", Array(list.dropFirst()))
        case .shell(let line): (program, arguments) = ("/bin/sh", ["-c", line])
        }
        let command = ChildCommand(
            program, arguments, environment: seen, inheritsEnvironment: false, workingFolder: folder)
        let limit = work.settings.timeLimitSeconds
        let log = try ProgramLog()
        defer { log.close() }
        let status = try await context.lanes.run(in: .local) {
            try await programs.telling(log, { context.progress(nil, String($0.prefix(80))) }) {
                try await ended(command, log, within: limit, context.clock)
            }
        }
        guard let status else {
            throw StepFailure.command(
                program: program, status: "took longer than its time limit of \(Int(limit ?? 0)) s", lastWords: "")
        }
        guard status.isSuccess else {
            throw StepFailure.command(
                program: program, status: "\(status)",
                lastWords: try log.tail(400).trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// How the program ended; `nil` where it took longer than its time limit in seconds.
    private func ended(
        _ command: ChildCommand, _ log: ProgramLog, within limit: Double?, _ clock: any WallClock
    ) async throws -> ExitStatus? {
        guard let limit else { return try await ChildProcess.run(command, log: log) }
        return try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { try await ChildProcess.run(command, log: log) }
            group.addTask {
                try await clock.sleep(seconds: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Copies a file or a folder to its place in the program's folder.
    private func copy(_ source: String, to name: String, in folder: String) throws {
        guard try LocalFileSystem().status(source)?.kind == .folder else {
            return try copy(file: source, to: name, in: folder)
        }
        try LocalFileSystem().makeFolder(folder + "/" + name)
        for path in try relativePaths(below: source) {
            try copy(file: source + "/" + path, to: name + "/" + path, in: folder)
        }
    }

    private func copy(file source: String, to name: String, in folder: String) throws {
        let target = folder + "/" + name
        if name.utf8.contains(UInt8(ascii: "/")) { try LocalFileSystem().makeFolder(Platform.folder(of: target)) }
        try LocalFileSystem().copy(source, to: target, sync: false)
    }

    private func table(
        _ examples: [Example], columns: [String], to path: String, _ context: StepContext
    ) throws {
        let rows = try examples.map { example in
            let file = try context.imagePath(example.digest, example.path, folder: work.settings.imageFolder)
            return columns.contains("label") ? [file, example.label] : [file]
        }
        let text = ([columns] + rows).map { CSVTable.line($0) }.joined()
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// The answers that a program wrote, by the paths that it was given.
    private func answers(
        _ part: SplitExamples, predictions path: String, _ context: StepContext
    ) throws -> AnswerSet {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StepFailure.outputMissing(work.identity.predictions ?? path)
        }
        let table: CSVTable
        do { table = try CSVTable(parsing: data) } catch { throw StepFailure.predictions(reason: "\(error)") }
        guard let file = table.column("path"), let answer = table.column("answer") else {
            throw StepFailure.predictions(reason: "the columns path and answer are needed")
        }
        let latency = table.column("latency_ms")
        let rows = Dictionary(table.rows.map { ($0.fields[file], $0.fields) }, uniquingKeysWith: { first, _ in first })
        return AnswerSet(try part.examples.map { example in
            let given = try context.imagePath(example.digest, example.path, folder: work.settings.imageFolder)
            guard let row = rows[given] else { return Answer(example: example.id, status: .missing) }
            return Answer(
                example: example.id, status: .answered, text: row[answer],
                latencyMilliseconds: latency.flatMap { Double(row[$0]) })
        })
    }
}
