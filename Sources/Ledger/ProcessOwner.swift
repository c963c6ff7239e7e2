// Identifies the process that owns a run or a lease, even after the system reuses its process id.

package import Foundation
import Glibc

/// A process on a machine, identified by process id and start time because process ids are reused.
package struct ProcessOwner: Hashable, Sendable {
    /// The machine's host name.
    package var host: String
    /// The process id on `host`.
    package var pid: Int32
    /// Clock ticks from the machine's boot to the process's start (`/proc/PID/stat`, field 22), then the boot id's
    /// first eight characters.
    package var started: String

    /// - Parameter started: the start mark in the form that ``started`` documents.
    package init(host: String, pid: Int32, started: String) {
        self.host = host
        self.pid = pid
        self.started = started
    }

    /// This process, identified so that a later process with the same id is not mistaken for it.
    package static let current = ProcessOwner(
        host: ProcessInfo.processInfo.hostName, pid: getpid(), started: startMark(of: getpid()) ?? "")

    /// Whether the process is alive. For a process on another machine only the last heartbeat is known: after ten
    /// minutes without one it counts as dead.
    package func isAlive(heartbeat: Date, now: Date) -> Bool {
        guard host == ProcessOwner.current.host else { return now.timeIntervalSince(heartbeat) < 600 }
        return ProcessOwner.startMark(of: pid) == started
    }

    private static func startMark(of pid: Int32) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // Field 3 follows the command name in parentheses.
        let fields = text[name...].split(separator: " ")
        // A zombie has exited; its parent has not collected it yet.
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        return "\(fields[20])@\(boot.prefix(8))"
    }
}
