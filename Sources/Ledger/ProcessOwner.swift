// Which process owns a run or a lease, told apart from a later one with the same number.

package import Foundation
import Glibc

/// A process of a machine: its number and when it started, as number alone comes again.
package struct ProcessOwner: Hashable, Sendable {
    package var host: String
    package var pid: Int32
    /// Clock ticks from the machine's start to the process's (`/proc/PID/stat`, field 22), and the machine's boot id.
    package var started: String

    package init(host: String, pid: Int32, started: String) {
        self.host = host
        self.pid = pid
        self.started = started
    }

    /// This process.
    package static let current = ProcessOwner(
        host: ProcessInfo.processInfo.hostName, pid: getpid(), started: startMark(of: getpid()) ?? "")

    /// Whether the process lives. Of another machine only the last heartbeat is known: after ten minutes of silence
    /// it counts as dead.
    package func isAlive(heartbeat: Date, now: Date) -> Bool {
        guard host == ProcessOwner.current.host else { return now.timeIntervalSince(heartbeat) < 600 }
        return ProcessOwner.startMark(of: pid) == started
    }

    private static func startMark(of pid: Int32) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // After the name in brackets comes field 3.
        let fields = text[name...].split(separator: " ")
        // A zombie has ended: only its parent has not looked yet.
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        return "\(fields[20])@\(boot.prefix(8))"
    }
}
