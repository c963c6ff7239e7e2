// Ensures that no program started by this process outlives it, however the process dies.

import Glibc
import Subprocess
import SystemPackage

/// Runs a small shell in its own session that waits on a pipe held open by this process. When the pipe closes, the
/// shell kills every process that carries this process's mark in its environment: all programs started here and their
/// descendants, in any session. `PR_SET_PDEATHSIG` would need an intermediate program for each start and would not
/// reach grandchildren.
package final class ChildWatch: Sendable {
    /// The environment variable that marks the children of a process.
    package static let variable = "ASSAY_CHILD_OF"

    /// The watch over this process's children; starts with the first child.
    package static let shared = ChildWatch(mark: "\(getpid())-" + String(UInt64.random(in: .min ... .max), radix: 36))

    /// The value of `variable` in the environment of every watched process; for `shared`, process id and random number.
    package let mark: String
    private let start: Task<Void, any Error>
    private let running: Task<Void, any Error>
    private let ending: AsyncStream<Void>.Continuation

    /// Starts a watch over the processes with a mark. They are killed when this process dies or `end` is called.
    package init(mark: String) {
        self.mark = mark
        let (starts, starting) = AsyncThrowingStream.makeStream(of: Void.self)
        let (ends, ending) = AsyncStream.makeStream(of: Void.self)
        self.ending = ending
        start = Task { for try await _ in starts {} }
        running = Task {
            do {
                var options = PlatformOptions()
                options.createSession = true
                _ = try await Subprocess.run(
                    .path("/bin/sh"), arguments: ["-c", ChildWatch.script, "\(ChildWatch.variable)=\(mark)"],
                    platformOptions: options, input: .inputWriter, output: .discarded, error: .discarded
                ) { _ in
                    starting.finish()
                    // Holds the pipe open until `end` is called.
                    for await _ in ends {}
                }
            } catch {
                starting.finish(throwing: error)
            }
        }
    }

    /// Waits until the watch runs.
    /// - Throws: the error that prevented its start.
    package func isOn() async throws { try await start.value }

    /// Ends the watch: kills all processes with the mark and returns afterwards.
    package func end() async {
        ending.finish()
        _ = try? await running.value
    }

    /// Scans three times, because a process between fork and exec does not carry the mark yet.
    private static let script = """
        trap '' INT TERM HUP
        while read -r _; do :; done
        for round in 1 2 3; do
            kill -KILL $(grep -lszxF -e "$0" /proc/[0-9]*/environ | cut -d/ -f3)
            sleep 0.1
        done
        """
}
