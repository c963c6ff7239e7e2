// Starts the vision worker and speaks its protocol.

import Foundation
import Platform

/// A client of the vision worker. The first request starts the worker's process, and so does the first request after
/// it died; requests are answered in sequence. Cancelling a task that waits for an answer ends the process, because a
/// numeric loop cannot be interrupted otherwise; other open requests then fail with `workerDied`. Use one client for
/// each piece of concurrent work. Call `stop` when done.
package actor VisionWorkerClient {
    private struct Session {
        let number: Int
        let outgoing: AsyncStream<Data>.Continuation
        let run: Task<Void, Never>
    }

    private struct OpenCall {
        let session: Int
        let batchSize: Int?
        let event: @Sendable (Data) -> Void
        let answer: CheckedContinuation<Data, any Error>
    }

    private let executable: String
    private let arguments: [String]
    private var session: Session?
    private var open: [Int: OpenCall] = [:]
    private var cancelled: Set<Int> = []
    private var lastCall = 0
    private var lastSession = 0

    /// Creates a client without starting the worker.
    /// - Parameter executable: path of `assay-vision`.
    package init(executable: String, arguments: [String] = ["serve"]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The worker's path: `assay-vision` in the folder of the running program.
    package static func executableBesideThisProgram() -> String {
        let program =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: program).deletingLastPathComponent()
            .appendingPathComponent("assay-vision").path
    }

    /// OpenMP threads sleep instead of spinning while they wait for each other: on a busy machine, training is three
    /// to four times faster.
    private static let environment = ["OMP_WAIT_POLICY": "passive"]

    /// Sends a request and waits for its result.
    ///
    /// - Throws: `VisionFailure` if the worker reports an error, `VisionWorkerError` if its process fails,
    ///   `CancellationError` if the calling task is cancelled.
    package func call<Call: VisionCall>(
        _ call: Call, onEvent: @escaping @Sendable (Call.Event) -> Void = { _ in }
    ) async throws -> Call.Result {
        typealias Reply = VisionReplyLine<Call.Event, Call.Result>
        try Task.checkCancellation()
        lastCall += 1
        let id = lastCall
        let line = try VisionLine.encode(VisionRequestLine(id: id, call: call))
        let session = self.session ?? startSession()
        let answer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer in
                open[id] = OpenCall(
                    session: session.number, batchSize: call.batchSizeInMemory,
                    event: { line in
                        if let event = try? VisionLine.decode(Reply.self, from: line).event { onEvent(event) }
                    },
                    answer: answer)
                session.outgoing.yield(line)
            }
        } onCancel: {
            Task { await self.cancel(id) }
        }
        guard let reply = try? VisionLine.decode(Reply.self, from: answer) else {
            throw VisionWorkerError.protocolBroken(line: String(decoding: answer, as: UTF8.self))
        }
        if let error = reply.error { throw error }
        guard let result = reply.result else {
            throw VisionWorkerError.protocolBroken(line: String(decoding: answer, as: UTF8.self))
        }
        return result
    }

    /// Ends the worker; open requests fail. The next request starts a new one.
    package func stop() async {
        guard let session else { return }
        self.session = nil
        session.outgoing.finish()
        await session.run.value
    }

    private func startSession() -> Session {
        lastSession += 1
        let number = lastSession
        let (lines, outgoing) = AsyncStream.makeStream(of: Data.self)
        let started = Session(number: number, outgoing: outgoing, run: Task { await run(number, sending: lines) })
        session = started
        return started
    }

    /// Runs one worker process from launch to exit.
    private func run(_ number: Int, sending outgoing: AsyncStream<Data>) async {
        do {
            let command = ChildCommand(executable, arguments, environment: Self.environment)
            let process = try await LineProcess.launch(command)
            let sender = Task {
                // If a line cannot be delivered, the end of the process answers it.
                for await line in outgoing { try await process.send(line) }
                _ = try await process.finish()
            }
            // Cancelling the sender drops the last other reference to the process, which ends it.
            defer { sender.cancel() }
            for try await line in process.lines { try receive(line) }
            if Task.isCancelled { await process.stop() }
            let status = try await process.status
            end(number, status: status, lastWords: process.errorTail)
        } catch let ChildProcessError.programNotFound(program) {
            end(number, error: .cannotStart(executable: program, reason: "there is no such program"))
        } catch let ChildProcessError.launchFailed(program, reason) {
            end(number, error: .cannotStart(executable: program, reason: reason))
        } catch let ChildProcessError.ended(_, status, errorTail) {
            end(number, status: status, lastWords: errorTail)
        } catch let error as VisionWorkerError {
            end(number, error: error)
        } catch is CancellationError {
            end(number, status: .signalled(SIGTERM), lastWords: "")
        } catch {
            end(number, error: .cannotStart(executable: executable, reason: "\(error)"))
        }
    }

    private func receive(_ line: Data) throws(VisionWorkerError) {
        guard let head = VisionReplyHead(line) else {
            throw .protocolBroken(line: String(decoding: line, as: UTF8.self))
        }
        guard let call = open[head.id] else { return }
        if head.isEvent {
            call.event(line)
        } else {
            open[head.id] = nil
            call.answer.resume(returning: line)
        }
    }

    private func end(_ number: Int, status: ExitStatus, lastWords: String) {
        let wasCancelled = open.contains { $0.value.session == number && cancelled.contains($0.key) }
        let words = lastWords.split(separator: "\n").suffix(5).map(String.init)
        fail(number) { call in
            // The client never sends SIGKILL to a busy worker: the system does, when memory runs out.
            let isOutOfMemory = status == .signalled(SIGKILL) && !wasCancelled
            let smaller = call.batchSize.flatMap { isOutOfMemory && $0 > 1 ? $0 / 2 : nil }
            return .workerDied(status: status, hint: smaller.map { .tryBatchSize($0) }, lastWords: words)
        }
    }

    private func end(_ number: Int, error: VisionWorkerError) {
        fail(number) { _ in error }
    }

    private func fail(_ number: Int, with error: (OpenCall) -> VisionWorkerError) {
        if session?.number == number { session = nil }
        for (id, call) in open where call.session == number {
            open[id] = nil
            let wasCancelled = cancelled.remove(id) != nil
            call.answer.resume(throwing: wasCancelled ? CancellationError() : error(call))
        }
    }

    private func cancel(_ id: Int) {
        guard let call = open[id] else { return }
        cancelled.insert(id)
        guard let session, session.number == call.session else { return }
        session.run.cancel()
        self.session = nil
    }
}
