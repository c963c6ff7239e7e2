// A long-lived trainer: one process for many requests, with JSON lines in both directions.

import Basics
import Foundation
import Planning
import Platform

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
    /// Everything that the program writes during a request besides protocol lines. Its standard error is this file, so
    /// everything that the program wrote there before its reply is available when the reply has been read.
    nonisolated let output: ProgramLog
    private let process: LineProcess
    private var lines: AsyncThrowingStream<Data, any Error>.Iterator

    private init(_ id: Identity, _ process: LineProcess, _ output: ProgramLog) {
        self.id = id
        self.process = process
        self.output = output
        lines = process.lines.makeAsyncIterator()
    }

    deinit { output.close() }

    static func launch(_ id: Identity, _ command: ChildCommand) async throws -> TrainerProcess {
        let output = try ProgramLog()
        do {
            return TrainerProcess(
                id, try await LineProcess.launch(command, lineLimit: 16 << 20, errorLog: output), output)
        } catch {
            output.close()
            throw error
        }
    }

    /// Performs one request.
    /// - Parameter log: receives the program's output once the request has ended, however it ends.
    /// - Throws: `Failure`; `CancellationError`, after which the process must be stopped.
    func perform(_ request: String, log: ProgramLog, progress: @Sendable (TrainerProgress) -> Void) async throws {
        defer { try? output.move(to: log) }
        do {
            try await process.send(Data(JSONValue.object(["request": .string(request)]).canonical.utf8))
        } catch ChildProcessError.ended(_, let status, _) {
            throw Failure.ended("ended with \(status)")
        }
        while let line = try await next() {
            guard line.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{"), let value = try? JSONValue(parsing: line)
            else {
                try? output.append(line)
                continue
            }
            if value["done"] != nil || value["error"] != nil, (try? JSONValue(parsingWritten: line)) == nil {
                throw Failure.reported("its reply has a duplicate name: \(String(decoding: line.prefix(200), as: UTF8.self))")
            }
            if let error = value["error"], !error.isNull || value["done"] == nil {
                throw Failure.reported(error.string ?? error.canonical)
            }
            if let done = value["done"] {
                if done.bool == true { return }
                // As output, it would leave the request waiting for a reply that never comes.
                throw Failure.reported("its reply has 'done' \(done.canonical.prefix(40)), which can only be true")
            }
            if let state = TrainerProgress(value) {
                progress(state)
            } else {
                try? output.append(line)
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
    func release(_ process: TrainerProcess) { idle[process.id, default: []].append(process) }
}
