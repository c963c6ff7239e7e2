// Sees to it that no program which this process has started outlives it, however it dies.

import Glibc
import Subprocess
import SystemPackage

/// A small shell of its own session that waits on a pipe whose other end this process holds. When the pipe ends, it
/// kills every process that carries this process's mark in its environment: all that were started here, and what they
/// have started, in whatever session. The kernel's own way (`PR_SET_PDEATHSIG`) would need another program between, for
/// each start, and would not reach grandchildren.
package final class ChildWatch: Sendable {
    /// The environment variable that marks a process's children.
    package static let variable = "ASSAY_CHILD_OF"

    /// The watch over this process's children; runs from the first start of one on.
    package static let shared = ChildWatch(mark: "\(getpid())-" + String(UInt64.random(in: .min ... .max), radix: 36))

    package let mark: String
    private let start: Task<Void, any Error>
    private let running: Task<Void, any Error>
    private let ending: AsyncStream<Void>.Continuation

    /// Starts a watch over processes with a mark; it ends, and they with it, when this process does or on `end`.
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
                    // Holds the pipe open until then.
                    for await _ in ends {}
                }
            } catch {
                starting.finish(throwing: error)
            }
        }
    }

    /// Waits until the watch is on. Throws what kept it from starting.
    package func isOn() async throws { try await start.value }

    /// Ends the watch: kills all that carry the mark, and returns when it is done.
    package func end() async {
        ending.finish()
        _ = try? await running.value
    }

    /// A process between its start and its program has not got the mark yet: looked for three times.
    private static let script = """
        trap '' INT TERM HUP
        while read -r _; do :; done
        for round in 1 2 3; do
            kill -KILL $(grep -lszxF -e "$0" /proc/[0-9]*/environ | cut -d/ -f3)
            sleep 0.1
        done
        """
}
