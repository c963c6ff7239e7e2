// Reports the last output line of running programs, by polling all of them twice per second.

import Basics
import Platform
import Synchronization

/// The running programs of a run.
final class RunningPrograms: Sendable {
    private struct Program {
        var log: ProgramLog
        var reportedSize: Int64 = 0
        var report: @Sendable (String) -> Void
    }

    private struct State {
        var programs: [UInt64: Program] = [:]
        var next: UInt64 = 0
        /// Whether the polling task runs; it ends when no program runs.
        var isWatched = false
    }

    private let state = Mutex(State())

    /// Reports the last line of a log whenever it changes, while `body` runs.
    func reporting<Value>(
        _ log: ProgramLog, _ report: @escaping @Sendable (String) -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        let (number, begins) = state.withLock { state in
            state.next += 1
            state.programs[state.next] = Program(log: log, report: report)
            defer { state.isWatched = true }
            return (state.next, !state.isWatched)
        }
        defer { state.withLock { _ = $0.programs.removeValue(forKey: number) } }
        if begins { Task { await watch() } }
        return try await body()
    }

    /// Polls all logs until no program has run for a while.
    private func watch() async {
        var idle = 0
        while true {
            try? await Task.sleep(for: .milliseconds(500))
            let isOver = state.withLock { state in
                idle = state.programs.isEmpty ? idle + 1 : 0
                // A log that cannot be read is skipped; the step fails only if its program does.
                for number in Array(state.programs.keys) { try? look(at: number, &state) }
                state.isWatched = idle < 4
                return !state.isWatched
            }
            if isOver { return }
        }
    }

    private func look(at number: UInt64, _ state: inout State) throws {
        guard var program = state.programs[number] else { return }
        try program.log.trim()
        let size = try program.log.size
        guard size != program.reportedSize, let line = try program.log.lastLine() else { return }
        program.reportedSize = size
        state.programs[number] = program
        program.report(line)
    }
}
