// A long-lived program that communicates by lines over standard input and output.

package import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// A running program that receives and sends lines. It is killed when this process dies, when `stop` is called, or
/// when the last reference is released.
package final class LineProcess: Sendable {
    /// The lines of standard output without line ends; finishes when the program has ended. Only one reader may
    /// iterate it.
    package let lines: AsyncThrowingStream<Data, any Error>
    private let command: ChildCommand
    private let writer: StandardInputWriter
    private let running: Task<ExitStatus, any Error>
    private let tail: ErrorTail

    private init(
        command: ChildCommand, lines: AsyncThrowingStream<Data, any Error>, writer: StandardInputWriter,
        running: Task<ExitStatus, any Error>, tail: ErrorTail
    ) {
        self.command = command
        self.lines = lines
        self.writer = writer
        self.running = running
        self.tail = tail
    }

    deinit { running.cancel() }

    /// Starts the program.
    /// - Parameter errorLog: receives standard error, so that what the program wrote before a line of standard output is
    ///   there when that line has arrived. Without it, only the end of standard error is kept.
    /// - Throws: `ChildProcessError`; `CancellationError`, with the program ended, if the task is cancelled before it
    ///   runs.
    package static func launch(
        _ command: ChildCommand, lineLimit: Int = 256 << 20, errorLog: ProgramLog? = nil
    ) async throws -> LineProcess {
        let configuration = try await ChildProcess.configuration(for: command)
        let (lines, continuation) = AsyncThrowingStream.makeStream(of: Data.self)
        let (started, startedContinuation) = AsyncThrowingStream.makeStream(of: StandardInputWriter.self)
        let tail = ErrorTail(errorLog)
        @Sendable func passOn(_ output: SubprocessOutputSequence, end: () async -> Void) async throws {
            var splitter = LineSplitter(limit: lineLimit)
            for try await buffer in output {
                do {
                    for line in try splitter.add(buffer.withUnsafeBytes({ Data($0) })) { continuation.yield(line) }
                } catch is LineSplitter.TooLong {
                    // Must come before the error is thrown: standard error ends only with the program.
                    await end()
                    throw ChildProcessError.outputTooLong(program: command.program, limit: lineLimit)
                }
            }
            if let rest = splitter.rest { continuation.yield(rest) }
        }
        let running = Task {
            do {
                let status = try await ChildProcess.translatingErrors(command) {
                    guard let errorLog else {
                        return try await Subprocess.run(
                            configuration, input: .inputWriter, output: .sequence, error: .sequence
                        ) { execution in
                            startedContinuation.yield(execution.standardInputWriter)
                            async let errors: Void = gather(execution.standardError, into: tail)
                            try await passOn(execution.standardOutput) { await execution.teardown(using: ChildProcess.teardown) }
                            try await errors
                        }.terminationStatus
                    }
                    let file = FileDescriptor(rawValue: errorLog.file.descriptor)
                    return try await Subprocess.run(
                        configuration, input: .inputWriter, output: .sequence,
                        error: .fileDescriptor(file, closeAfterSpawningProcess: false)
                    ) { execution in
                        startedContinuation.yield(execution.standardInputWriter)
                        try await passOn(execution.standardOutput) { await execution.teardown(using: ChildProcess.teardown) }
                    }.terminationStatus
                }
                continuation.finish()
                startedContinuation.finish()
                return ExitStatus(status)
            } catch {
                continuation.finish(throwing: error)
                startedContinuation.finish(throwing: error)
                throw error
            }
        }
        for try await writer in started {
            return LineProcess(command: command, lines: lines, writer: writer, running: running, tail: tail)
        }
        // The stream ends without a writer only if the caller was cancelled while the program started.
        running.cancel()
        _ = try? await running.value
        throw CancellationError()
    }

    /// Sends one line and a line end.
    /// - Throws: `ChildProcessError.ended` if the program has ended.
    package func send(_ line: Data) async throws {
        do {
            _ = try await writer.write(Array(line) + [UInt8(ascii: "\n")])
        } catch {
            throw ChildProcessError.ended(
                program: command.program, status: try await running.value, errorTail: tail.text)
        }
    }

    /// Closes standard input, which asks the program to end, and waits until it has ended.
    package func finish() async throws -> ExitStatus {
        try? await writer.finish()
        return try await running.value
    }

    /// Ends the program: asks it to terminate, and kills it after two seconds.
    package func stop() async {
        running.cancel()
        _ = try? await running.value
    }

    /// The exit status; waits until the program has ended.
    package var status: ExitStatus {
        get async throws { try await running.value }
    }

    /// The last 64 KiB of standard error so far.
    package var errorTail: String { tail.text }

    private static func gather(_ stream: SubprocessOutputSequence, into tail: ErrorTail) async throws {
        for try await buffer in stream { tail.add(buffer.withUnsafeBytes { Data($0) }) }
    }
}

/// The end of a program's standard error.
private final class ErrorTail: Sendable {
    private let bytes = Mutex(Data())
    /// The file to which the program writes by itself, if there is one.
    private let log: ProgramLog?

    init(_ log: ProgramLog?) { self.log = log }

    func add(_ more: Data) {
        bytes.withLock {
            $0.append(more)
            if $0.count > 128 << 10 { $0 = Data($0.suffix(64 << 10)) }
        }
    }

    var text: String {
        if let log { return (try? log.tail(64 << 10)) ?? "" }
        return bytes.withLock { ChildProcess.text(Data($0.suffix(64 << 10))) }
    }
}
