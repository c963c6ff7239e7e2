// Runs a user's program in a folder that holds its declared inputs, and takes its declared outputs.

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

    func run(_ context: StepContext) async throws -> StepOutcome {
        let folder = context.scratch
        let files = LocalFileSystem()
        for (name, source) in work.settings.sources { try ProgramFolder.copy(source, to: name, in: folder) }
        for (name, input) in context.inputs where name.hasPrefix("file:") {
            try ProgramFolder.copy(file: input.path, to: String(name.dropFirst("file:".count)), in: folder)
        }
        var parts: [SplitExamples] = []
        while context.inputs[RunCommand.examples(parts.count)] != nil {
            parts.append(try context.examples(RunCommand.examples(parts.count)))
        }
        if !parts.isEmpty {
            try ExampleTable.write(
                parts.flatMap(\.examples), labelled: false, to: folder + "/predict.csv", work.settings.imageFolder, context)
            for name in [SplitPart.train.rawValue, SplitPart.validation.rawValue] where context.inputs[name] != nil {
                let part = try SplitExamples(decoding: context.data(name))
                try ExampleTable.write(
                    part.examples, labelled: true, to: folder + "/\(name).csv", work.settings.imageFolder, context)
            }
        }
        let log = try ProgramLog()
        defer { log.close() }
        do {
            var outcome = try await run(in: folder, parts, log, context)
            let output = try log.contents()
            if !output.isEmpty { outcome.outputs[RunCommand.log] = .data(Data(output.utf8)) }
            return outcome
        } catch {
            // A failed step has no result to keep its output in.
            if let output = try? log.contents(), let path = try? context.persistentPath(RunCommand.failedLog) {
                try? LocalFileSystem().replace(path, with: Data(output.utf8), durable: false)
            }
            throw error
        }
    }

    private func run(
        in folder: String, _ parts: [SplitExamples], _ log: ProgramLog, _ context: StepContext
    ) async throws -> StepOutcome {
        let files = LocalFileSystem()
        try await start(in: folder, log, context)
        if !parts.isEmpty, let name = work.identity.predictions {
            let data: Data
            do {
                data = try files.read(folder.appending(try SafePath(name)), limit: FileSizeLimit.memory)
            } catch FileError.missing {
                throw StepFailure.outputMissing(name)
            }
            return try await answers(parts, PredictionsFile(data, name: name), context)
        }
        var outputs: [String: StepOutcome.Content] = [:]
        for name in work.identity.outputs {
            let path = folder.appending(try SafePath(name))
            guard let isLink = files.isLink(path), !isLink || files.exists(path) else {
                throw StepFailure.outputMissing(name)
            }
            outputs[name] = .file(isLink ? try contents(of: path, name, context) : path)
        }
        return StepOutcome(outputs)
    }

    /// A file with what a link leads to: the link itself would lead nowhere from the store.
    private func contents(of path: String, _ name: String, _ context: StepContext) throws -> String {
        let copy = context.temporary + "/link-" + Digest(of: name).short
        try LocalFileSystem().copy(path, to: copy, sync: false)
        return copy
    }

    private func start(in folder: String, _ log: ProgramLog, _ context: StepContext) async throws {
        var seen = ["TMPDIR": absolutePath(context.temporary)]
        for name in ProgramFolder.usualVariables + besides + work.identity.environment.keys { seen[name] = environment[name] }
        if let python = work.settings.pythonFolder.map(absolutePath) {
            seen["VIRTUAL_ENV"] = python
            seen["PATH"] = python + "/bin:" + (seen["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        }
        let (program, arguments): (String, [String])
        switch work.identity.command {
        case .arguments(let list): (program, arguments) = (list.first ?? "", Array(list.dropFirst()))
        case .shell(let line): (program, arguments) = ("/bin/sh", ["-c", line])
        }
        let command = ChildCommand(
            program, arguments, environment: seen, inheritsEnvironment: false, workingFolder: folder)
        let limit = work.settings.timeLimitSeconds
        let status = try await context.lanes.run(in: .local) {
            try await programs.telling(log, { context.progress(nil, String($0.prefix(80))) }) {
                try await ended(command, log, within: limit, context.clock)
            }
        }
        guard status?.isSuccess != true else { return }
        let ending = status.map { "ended with \($0)" } ?? "took longer than its time limit of \(Int(saturating: limit ?? 0)) s"
        throw StepFailure.command(
            command: work.identity.command, ending: ending, output: try log.lastLines(12, bytes: 4000))
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

    /// The answers to each part that a program was asked about.
    private func answers(
        _ parts: [SplitExamples], _ file: PredictionsFile, _ context: StepContext
    ) async throws -> StepOutcome {
        var names: [String: String] = [:]
        for example in parts.flatMap(\.examples) { names[try ExampleTable.path(of: example, work.settings.imageFolder, context)] = example.path }
        let predictions = try file.predictions(of: names, allowMissing: work.settings.allowsMissing)
        var outcome = StepOutcome([:], facts: ["route": "command"])
        var isTimed = false
        for (number, part) in parts.enumerated() {
            let answers = try part.examples.map { example in
                guard let found = predictions[try ExampleTable.path(of: example, work.settings.imageFolder, context)] else {
                    return Answer(example: example.id, status: .missing)
                }
                isTimed = isTimed || found.latencyMilliseconds != nil
                return Answer(
                    example: example.id, status: .answered, text: found.answer,
                    latencyMilliseconds: found.latencyMilliseconds)
            }
            outcome.outputs[RunCommand.answers(number)] = .data(AnswerSet(answers).encoded)
        }
        if isTimed {
            let latency = work.identity.latency
            outcome.facts = [
                "route": "command", "concurrency": .int(Int64(latency?.concurrency ?? 1)),
                "warmup": .int(Int64(latency?.warmup ?? 0)),
                "machine": .string(latency?.machine ?? work.settings.machine ?? ""),
                "measured_at": .double(await context.clock.now().timeIntervalSince1970),
            ]
        }
        return outcome
    }
}
