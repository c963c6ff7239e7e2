// The worker's process: lines in, lines out, ended with its owner.

import Foundation
import Synchronization

/// A running program that is spoken to by lines. It ends when its standard input closes, which also happens
/// when the parent dies.
final class WorkerProcess: Sendable {
    struct Ending: Sendable {
        var signal: Int32?
        var status: Int32?
        var lastWords: [String]
    }

    /// Lines of its standard output, without the line break; the stream ends with the process.
    let lines: AsyncStream<Data>
    private let process: Mutex<Process>
    private let input: FileHandle
    private let lastWords = Mutex<[String]>([])

    init(executable: String, arguments: [String]) throws(VisionWorkerError) {
        signal(SIGPIPE, SIG_IGN)  // a write to a worker that died is an error value, not our death
        let process = Process()
        let standardInput = Pipe()
        let standardOutput = Pipe()
        let standardError = Pipe()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardError
        do {
            try process.run()
        } catch {
            throw .cannotStart(executable: executable, reason: error.localizedDescription)
        }
        self.process = Mutex(process)
        input = standardInput.fileHandleForWriting
        let (lines, continuation) = AsyncStream.makeStream(of: Data.self)
        self.lines = lines
        Self.read(standardOutput.fileHandleForReading) {
            continuation.yield($0)
        } end: {
            continuation.finish()
        }
        Self.read(standardError.fileHandleForReading) { [weak self] line in
            self?.lastWords.withLock { words in
                words.append(String(decoding: line, as: UTF8.self))
                if words.count > 5 { words.removeFirst() }
            }
        } end: {}
    }

    /// Reads lines on a thread of its own: reading blocks.
    private static func read(
        _ handle: FileHandle, line: @escaping @Sendable (Data) -> Void, end: @escaping @Sendable () -> Void
    ) {
        let thread = Thread {
            var rest = Data()
            while case let chunk = handle.availableData, !chunk.isEmpty {
                rest.append(chunk)
                while let lineBreak = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line(Data(rest[rest.startIndex..<lineBreak]))
                    rest = Data(rest[rest.index(after: lineBreak)...])
                }
            }
            if !rest.isEmpty { line(rest) }
            end()
        }
        thread.start()
    }

    /// Writes a line; a worker that has died is noticed by the end of `lines`.
    func write(_ line: Data) {
        try? input.write(contentsOf: line)
    }

    func kill() {
        let id = process.withLock { $0.processIdentifier }
        Foundation.kill(id, SIGKILL)
    }

    func closeInput() {
        try? input.close()
    }

    /// How it ended; waits for the end, so call it when `lines` has ended.
    func ending() -> Ending {
        process.withLock { process in
            process.waitUntilExit()
            let bySignal = process.terminationReason == .uncaughtSignal
            return Ending(
                signal: bySignal ? process.terminationStatus : nil,
                status: bySignal ? nil : process.terminationStatus,
                lastWords: lastWords.withLock { $0 })
        }
    }
}
