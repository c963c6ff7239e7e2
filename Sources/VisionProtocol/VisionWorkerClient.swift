// Starts the vision worker and speaks its protocol.

import Foundation

/// The worker as a service: requests are answered one after the other in one process, which is started by the
/// first request and again after a death. Cancelling a task that waits for an answer kills the process, because
/// a numeric loop does not stop otherwise; other requests open at that moment fail with `workerDied`. Work that
/// shall run side by side takes one client each.
package actor VisionWorkerClient {
    private struct OpenCall {
        let process: WorkerProcess
        let batchSize: Int?
        let event: @Sendable (Data) -> Void
        let finish: (Swift.Result<Data, any Error>) -> Void
    }

    private let executable: String
    private let arguments: [String]
    private var process: WorkerProcess?
    private var open: [Int: OpenCall] = [:]
    private var cancelled: Set<Int> = []
    private var lastID = 0

    /// - Parameter executable: path of `assay-vision`.
    package init(executable: String, arguments: [String] = ["serve"]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The worker's path: `assay-vision` in the folder of the running program.
    package static func executableBesideThisProgram() -> String {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: program).deletingLastPathComponent()
            .appendingPathComponent("assay-vision").path
    }

    /// Sends a request and waits for its result.
    ///
    /// - Throws: `VisionFailure` when the worker refuses or fails, `VisionWorkerError` when its process does,
    ///   `CancellationError` when the calling task was cancelled.
    package func call<Call: VisionCall>(
        _ call: Call, onEvent: @escaping @Sendable (Call.Event) -> Void = { _ in }
    ) async throws -> Call.Result {
        try Task.checkCancellation()
        lastID += 1
        let id = lastID
        let line = try VisionLine.encode(VisionRequestLine(id: id, call: call))
        let process = try runningProcess()
        typealias Reply = VisionReplyLine<Call.Event, Call.Result>
        let reply = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Data, any Error>) in
                open[id] = OpenCall(
                    process: process, batchSize: call.batchSizeInMemory,
                    event: { line in
                        if let event = try? VisionLine.decode(Reply.self, from: line).event { onEvent(event) }
                    },
                    finish: { continuation.resume(with: $0) })
                process.write(line)
            }
        } onCancel: {
            Task { await self.cancel(id) }
        }
        let decoded: Reply
        do {
            decoded = try VisionLine.decode(Reply.self, from: reply)
        } catch {
            throw VisionWorkerError.protocolBroken(line: String(decoding: reply, as: UTF8.self))
        }
        if let error = decoded.error { throw error }
        guard let result = decoded.result else {
            throw VisionWorkerError.protocolBroken(line: String(decoding: reply, as: UTF8.self))
        }
        return result
    }

    /// Lets the worker end; the next request starts another.
    package func stop() {
        process?.closeInput()
        process = nil
    }

    private func runningProcess() throws -> WorkerProcess {
        if let process { return process }
        let started = try WorkerProcess(executable: executable, arguments: arguments)
        process = started
        Task { await self.listen(to: started) }
        return started
    }

    private func listen(to process: WorkerProcess) async {
        for await line in process.lines {
            guard let head = try? VisionLine.decode(VisionReplyHead.self, from: line), let call = open[head.id]
            else {
                fail(callsOf: process, with: .protocolBroken(line: String(decoding: line, as: UTF8.self)))
                process.kill()
                continue
            }
            if head.isEvent {
                call.event(line)
            } else {
                open[head.id] = nil
                call.finish(.success(line))
            }
        }
        if self.process === process { self.process = nil }
        let ending = process.ending()
        let isCancelled = open.contains { $0.value.process === process && cancelled.contains($0.key) }
        for (id, call) in open where call.process === process {
            open[id] = nil
            if cancelled.remove(id) != nil {
                call.finish(.failure(CancellationError()))
                continue
            }
            let isOutOfMemory = ending.signal == SIGKILL && !isCancelled
            let smaller = call.batchSize.flatMap { isOutOfMemory && $0 > 1 ? $0 / 2 : nil }
            call.finish(.failure(VisionWorkerError.workerDied(
                signal: ending.signal, status: ending.status, hint: smaller.map { .tryBatchSize($0) },
                lastWords: ending.lastWords)))
        }
    }

    private func fail(callsOf process: WorkerProcess, with error: VisionWorkerError) {
        for (id, call) in open where call.process === process {
            open[id] = nil
            call.finish(.failure(error))
        }
    }

    private func cancel(_ id: Int) {
        guard let call = open[id] else { return }
        cancelled.insert(id)
        call.process.kill()
    }
}
