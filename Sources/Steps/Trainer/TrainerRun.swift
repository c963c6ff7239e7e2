// Runs a trainer for one step: prepares its folder and request, runs the process, and reads its output.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification

/// One request to a trainer, in a new process or in a long-lived one.
struct TrainerRun {
    let program: TrainerProgram
    let settings: TrainerSettings
    let environment: Specification.Environment
    let services: TrainerServices
    /// Names of variables that the program receives besides the usual ones and those it declares.
    var besides: [String] = []

    /// The folder of a request: the program reads `request.json` and writes its results below `output`.
    struct Folder {
        let path: String
        var request: String { path + "/request.json" }
        var output: String { path + "/output" }
        var checkpoint: String { path + "/checkpoint" }
    }

    /// Creates the request's folder in the step's scratch folder, with the previous checkpoint unpacked.
    func prepare(_ context: StepContext) throws -> Folder {
        let folder = Folder(path: absolutePath(context.scratch))
        try LocalFileSystem().makeFolder(folder.output)
        if let checkpoint = context.inputs[TrainEpoch.checkpoint] {
            try FolderArchive.unpack(checkpoint.path, to: folder.checkpoint)
        }
        return folder
    }

    /// Runs the program for a request, and returns its standard output and error.
    /// - Parameter isMeasured: whether nothing else may run on this machine at the same time.
    func perform(
        _ request: TrainerRequest, in folder: Folder, isMeasured: Bool = false, _ context: StepContext
    ) async throws -> String {
        try Data((request.json.prettyWithPoints + "\n").utf8).write(to: URL(fileURLWithPath: folder.request))
        let log = try ProgramLog()
        defer { log.close() }
        do {
            try await services.devices.run(
                on: settings.resources.gpu,
                waiting: {
                    context.progress(
                        nil, "waiting for \(settings.resources.gpu) free GPU\(settings.resources.gpu == 1 ? "" : "s")")
                }
            ) { devices in
                let body: @Sendable () async throws -> Void = {
                    try await within(settings.timeLimitSeconds, context.clock, log) {
                        if settings.isLongLived {
                            try await serve(request, in: folder, devices, log, context)
                        } else {
                            try await runOnce(request, in: folder, devices, log, context)
                        }
                    }
                }
                if isMeasured {
                    try await context.lanes.measure(body)
                } else {
                    try await context.lanes.run(in: .local, body)
                }
            }
            return try log.contents()
        } catch {
            // A failed step has no result that could contain its output, so the log is kept separately.
            if let output = try? log.contents(), let path = try? context.persistentPath(RunCommand.failedLog) {
                try? LocalFileSystem().replace(path, with: Data(output.utf8), durable: false)
            }
            throw error
        }
    }

    /// Copies the program's files, and the command outputs that it reads, to its folder.
    func copyInputs(to folder: String, _ context: StepContext) throws {
        for (name, source) in settings.sources { try ProgramFolder.copy(source, to: name, in: folder) }
        for (name, input) in context.inputs where name.hasPrefix("file:") {
            try ProgramFolder.copy(file: input.path, to: String(name.dropFirst("file:".count)), in: folder)
        }
    }

    // MARK: One process per request

    private func runOnce(
        _ request: TrainerRequest, in folder: Folder, _ devices: [Int]?, _ log: ProgramLog, _ context: StepContext
    ) async throws {
        let place = folder.path + "/program"
        try LocalFileSystem().makeFolder(place)
        try copyInputs(to: place, context)
        let command = command(
            [request.action.rawValue, folder.request], in: place, temporary: absolutePath(context.temporary), devices)
        let status = try await services.programs.reporting(log, { report($0, context) }) {
            try await ChildProcess.run(command, log: log)
        }
        guard status.isSuccess else {
            throw StepFailure.command(
                command: program.command, ending: "ended with \(status)", output: try log.lastLines(12, bytes: 4000))
        }
    }

    /// Reports a line of output; a JSON object with `progress` reports a fraction of the work.
    private func report(_ line: String, _ context: StepContext) {
        if let progress = TrainerProgress(line) {
            context.progress(progress.fraction, progress.text)
        } else {
            context.progress(nil, String(line.prefix(80)))
        }
    }

    private func command(_ words: [String], in folder: String, temporary: String, _ devices: [Int]?) -> ChildCommand {
        var seen = ["TMPDIR": temporary]
        for name in ProgramFolder.usualVariables + besides + program.environment.keys { seen[name] = environment[name] }
        if let python = settings.pythonFolder.map(absolutePath) {
            seen["VIRTUAL_ENV"] = python
            seen["PATH"] = python + "/bin:" + (seen["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        }
        // Python buffers its output if it is not a terminal.
        seen["PYTHONUNBUFFERED"] = "1"
        if let devices { seen["CUDA_VISIBLE_DEVICES"] = devices.map(String.init).joined(separator: ",") }
        let (executable, arguments): (String, [String]) =
            switch program.command {
            case .arguments(let list): (list.first ?? "", Array(list.dropFirst()) + words)
            // The arguments are the shell's positional parameters, which are appended to the line.
            case .shell(let line): ("/bin/sh", ["-c", line + " \"$@\"", "trainer"] + words)
            }
        return ChildCommand(executable, arguments, environment: seen, inheritsEnvironment: false, workingFolder: folder)
    }

    // MARK: A long-lived process

    private func serve(
        _ request: TrainerRequest, in folder: Folder, _ devices: [Int]?, _ log: ProgramLog, _ context: StepContext
    ) async throws {
        let id = TrainerProcess.Identity(program: program, python: settings.pythonFolder, devices: devices)
        let process = try await services.processes.take(id) {
            let place = try context.lastingFolder()
            try copyInputs(to: place.path, context)
            return try await TrainerProcess.launch(
                id, command(["serve"], in: absolutePath(place.path), temporary: absolutePath(place.temporary), devices))
        }
        do {
            // Also keeps the output of a long request bounded.
            try await services.programs.reporting(process.output, { context.progress(nil, String($0.prefix(80))) }) {
                try await process.perform(folder.request, log: log) { context.progress($0.fraction, $0.text) }
            }
        } catch {
            await process.stop()
            guard case TrainerProcess.Failure.ended(let ending) = error else {
                guard case TrainerProcess.Failure.reported(let reason) = error else { throw error }
                throw StepFailure.trainer(
                    command: program.command, reason: "reports an error: \(reason)", output: try log.lastLines(12, bytes: 4000))
            }
            throw StepFailure.trainer(
                command: program.command, reason: ending, output: try log.lastLines(12, bytes: 4000))
        }
        await services.processes.release(process)
    }

    private func within(
        _ limit: Double?, _ clock: any WallClock, _ log: ProgramLog, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        guard let limit else { return try await body() }
        let isDone = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                try await clock.sleep(seconds: limit)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        guard isDone else {
            throw StepFailure.command(
                command: program.command, ending: "took longer than its time limit of \(Int(saturating: limit)) s",
                output: try log.lastLines(12, bytes: 4000))
        }
    }
}

/// The services that the trainers of one run share.
struct TrainerServices: Sendable {
    let programs: RunningPrograms
    let processes: TrainerProcesses
    let devices: DevicePool
}

/// An absolute path that is valid from any folder. Links in it are not resolved.
func absolutePath(_ path: String) -> String {
    path.hasPrefix("/") ? path : URL(fileURLWithPath: path).standardizedFileURL.path
}
