// Runs a user's program in a folder with its declared inputs, and stores its declared outputs.

import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification
import VisionProtocol

struct RunCommandRunner: StepRunner {
    let work: RunCommand
    let environment: Specification.Environment
    let programs: RunningPrograms
    let vision: VisionWorkerClient
    /// Names of variables that the program receives besides the usual ones and those it declares.
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
        let asked = parts.flatMap(\.examples)
        let learned = try [SplitPart.train.rawValue, SplitPart.validation.rawValue].compactMap { name in
            parts.isEmpty || context.inputs[name] == nil
                ? nil : (name, try SplitExamples(decoding: context.data(name)).examples)
        }
        let images = try await ProgramImages(
            asked + learned.flatMap(\.1), folder: work.settings.imageFolder, context, vision: vision)
        if !parts.isEmpty {
            try ExampleTable.write(asked, labelled: false, to: folder + "/predict.csv", images)
            for (name, examples) in learned {
                try ExampleTable.write(examples, labelled: true, to: folder + "/\(name).csv", images)
            }
        }
        let log = try ProgramLog()
        defer { log.close() }
        do {
            var outcome = try await run(in: folder, parts, images, log, context)
            let output = try log.contents()
            if !output.isEmpty { outcome.outputs[RunCommand.log] = .data(Data(output.utf8)) }
            return outcome
        } catch {
            // A failed step has no result that could contain its output, so the log is kept separately.
            if let output = try? log.contents(), let path = try? context.persistentPath(RunCommand.failedLog) {
                try? LocalFileSystem().replace(path, with: Data(output.utf8), durable: false)
            }
            throw error
        }
    }

    private func run(
        in folder: String, _ parts: [SplitExamples], _ images: ProgramImages, _ log: ProgramLog, _ context: StepContext
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
            return try await answers(parts, PredictionsFile(data, name: name), images, context)
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

    /// A file with the content of a link's target, because the link would be dangling in the store.
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
        let status = try await context.inOwnLane {
            try await programs.reporting(log, { context.progress(nil, String($0.prefix(80))) }) {
                try await ended(command, log, within: limit, context.clock)
            }
        }
        guard status?.isSuccess != true else { return }
        let ending = status.map { "ended with \($0)" } ?? "took longer than its time limit of \(Int(saturating: limit ?? 0)) s"
        throw StepFailure.command(
            command: work.identity.command, ending: ending, output: try log.lastLines(12, bytes: 4000))
    }

    /// The program's exit status; `nil` if it exceeded its time limit in seconds.
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

    /// The answers for each part that the program predicted.
    private func answers(
        _ parts: [SplitExamples], _ file: PredictionsFile, _ images: ProgramImages, _ context: StepContext
    ) async throws -> StepOutcome {
        let names = try AnswerNames(parts.flatMap(\.examples), images)
        let predictions = try file.predictions(of: names.names, ids: names.ids, allowMissing: work.settings.allowsMissing)
        var facts = AnsweringFacts(route: .command)
        var outputs: [String: StepOutcome.Content] = [:]
        let timed = predictions.values.count { $0.latencyMilliseconds != nil }
        for (number, part) in parts.enumerated() {
            let answers = try part.examples.map { example in
                guard let found = predictions[try names.key(example, images)] else {
                    return Answer(example: example.id, status: .missing)
                }
                return Answer(
                    example: example.id, status: .answered, text: found.answer,
                    latencyMilliseconds: found.latencyMilliseconds)
            }
            outputs[RunCommand.answers(number)] = .data(AnswerSet(answers).encoded)
        }
        if timed > 0 {
            let latency = work.identity.latency
            facts.latency = .init(
                concurrency: latency?.concurrency ?? 1, warmUp: latency?.warmup ?? 0,
                machine: latency?.machine ?? work.settings.machine ?? "",
                measuredAt: await context.clock.now().timeIntervalSince1970)
            if let problem = AnsweringFacts.partialLatency(timed, of: predictions.count) {
                context.note(problem)
                facts.common.problems = [problem]
            }
        }
        return StepOutcome(outputs, facts: facts)
    }
}
