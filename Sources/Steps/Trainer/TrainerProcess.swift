// A long-lived trainer: one process for many requests, with JSON lines in both directions.

import Basics
import Foundation
import Planning
import Platform
import Synchronization

/// A trainer's process. It receives `{"request": PATH}` on a line, and answers with progress lines and finally
/// `{"done": true}` or `{"error": TEXT}`. Other lines are output.
actor TrainerProcess {
    /// Determines which requests a process can perform.
    struct Identity: Hashable, Sendable {
        var program: TrainerProgram
        var python: String?
        var devices: [Int]?
    }

    enum Failure: Error {
        /// The program reported an error with this text.
        case reported(String)
        /// The process ended while a request was open; the text describes how.
        case ended(String)
    }

    nonisolated let id: Identity
    private let process: LineProcess
    private var lines: AsyncThrowingStream<Data, any Error>.Iterator
    private let errors: ErrorLines

    private init(_ id: Identity, _ process: LineProcess, _ errors: ErrorLines) {
        self.id = id
        self.process = process
        self.errors = errors
        lines = process.lines.makeAsyncIterator()
    }

    static func launch(_ id: Identity, _ command: ChildCommand) async throws -> TrainerProcess {
        let errors = ErrorLines()
        let process = try await LineProcess.launch(command, lineLimit: 16 << 20, onErrorLine: { errors.add($0) })
        return TrainerProcess(id, process, errors)
    }

    /// Performs one request.
    /// - Parameter log: receives the process's output other than protocol lines.
    /// - Throws: `Failure`; `CancellationError`, after which the process must be stopped.
    func perform(_ request: String, log: ProgramLog, progress: @Sendable (TrainerProgress) -> Void) async throws {
        errors.set(log)
        defer { errors.set(nil) }
        do {
            try await process.send(Data(JSONValue.object(["request": .string(request)]).canonical.utf8))
        } catch ChildProcessError.ended(_, let status, _) {
            throw Failure.ended("ended with \(status)")
        }
        while let line = try await next() {
            guard line.first == UInt8(ascii: "{"), let value = try? JSONValue(parsing: line) else {
                try? log.append(line)
                continue
            }
            if value["done"] != nil || value["error"] != nil, (try? JSONValue(parsingWritten: line)) == nil {
                throw Failure.reported("its reply gives a name twice: \(String(decoding: line.prefix(200), as: UTF8.self))")
            }
            if value["done"]?.bool == true { return await errors.becomeQuiet() }
            if let error = value["error"] {
                await errors.becomeQuiet()
                throw Failure.reported(error.string ?? error.canonical)
            }
            if let state = TrainerProgress(value) {
                progress(state)
            } else {
                try? log.append(line)
            }
        }
        try Task.checkCancellation()
        throw Failure.ended("ended with \(try await process.status)")
    }

    private func next() async throws -> Data? {
        var iterator = lines
        defer { lines = iterator }
        return try await iterator.next(isolation: self)
    }

    /// Ends the process.
    func stop() async { await process.stop() }
}

/// Passes the lines of a process's standard error to the log of the current request.
private final class ErrorLines: Sendable {
    private struct State {
        var log: ProgramLog?
        var lines = 0
    }

    private let state = Mutex(State())

    /// The log of the current request; `nil` between requests.
    func set(_ log: ProgramLog?) { state.withLock { $0.log = log } }

    func add(_ line: String) {
        state.withLock { state in
            state.lines += 1
            try? state.log?.append(Data(line.utf8))
        }
    }

    /// Waits until no line has arrived for 20 ms, at most half a second. The two streams are read independently, so the
    /// reply to a short request can be read before the output that the program wrote first.
    func becomeQuiet() async {
        var seen = -1
        for _ in 0..<25 {
            let now = state.withLock { $0.lines }
            if now == seen { return }
            seen = now
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
        }
    }
}

/// The idle long-lived trainers of a run.
actor TrainerProcesses {
    private var idle: [TrainerProcess.Identity: [TrainerProcess]] = [:]

    /// An idle process for a trainer, or a new one.
    func take(
        _ id: TrainerProcess.Identity, launch: @Sendable () async throws -> TrainerProcess
    ) async throws -> TrainerProcess {
        if let process = idle[id]?.popLast() { return process }
        return try await launch()
    }

    /// Keeps a process for the next request. It ends with the run.
    func giveBack(_ process: TrainerProcess) { idle[process.id, default: []].append(process) }
}
