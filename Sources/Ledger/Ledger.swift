// The ledger: a record of runs, remote jobs, leases and money. It holds facts and makes no decisions.

import Basics
package import Foundation
import GRDB
import Glibc
import Synchronization

/// The ledger file, an SQLite database that several processes may use at once. Every method is one transaction.
/// Records that affect billing (intents, submissions, leases, spending) are on disk when the method returns. The step
/// history may lose its last entries in a power failure, but not when a process is killed.
package final class Ledger: Sendable {
    /// The moments around each write transaction at which tests stop the process.
    package enum WriteStage: Hashable, Sendable { case before, after }

    /// The path of the ledger file. SQLite's `-wal` and `-shm` files are next to it.
    package let path: String
    let now: @Sendable () -> Date
    private let queue: DatabaseQueue
    private let onWrite: @Sendable (_ what: String, WriteStage) -> Void
    private let onKept: @Sendable () -> Void
    /// Whether the directory entries of the ledger's files and of their parent folders are known to be on disk.
    private let isNamed = Mutex(false)

    /// Opens the ledger, creating it if necessary.
    /// - Parameters:
    ///   - now: returns the current time.
    ///   - onWrite: called before and after each write transaction, with the method's name.
    ///   - onKept: called after each durable commit, while no other transaction of this process is running.
    /// - Throws: `LedgerError`, for example for a symbolic link or a network file system.
    package init(
        path: String, now: @escaping @Sendable () -> Date = { Date() },
        onWrite: @escaping @Sendable (String, WriteStage) -> Void = { _, _ in },
        onKept: @escaping @Sendable () -> Void = {}
    ) throws {
        self.path = path
        self.now = now
        self.onWrite = onWrite
        self.onKept = onKept
        try Ledger.checkLocal(path)
        try Ledger.refuseLinks(path)
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.busyMode = .timeout(60)
        configuration.prepareDatabase { database in
            // A file that came with an untrusted project may contain SQL expressions.
            try database.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        }
        queue = try Ledger.translating(path) { try Ledger.open(path, configuration) }
        try Ledger.translating(path) { try migrate() }
    }

    /// Opens the file and retries for ten seconds while another process creates it. When two processes switch a new
    /// file to WAL at once, SQLite reports one of them busy immediately, regardless of `busyMode`.
    private static func open(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
        for _ in 0..<500 {
            do {
                return try DatabaseQueue(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private func migrate() throws {
        func version(_ database: Database) throws -> Int {
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            guard found <= Schema.versions.count else {
                throw LedgerError.newerFormat(path: path, found: found, known: Schema.versions.count)
            }
            guard found >= 0 else { throw LedgerError.damaged(path: path, reason: "its format is \(found)") }
            return found
        }
        // A trigger in an untrusted file could write leases and jobs that were never recorded.
        let strange = try queue.read { database in
            try rows(
                database, of: "sqlite_master",
                sql: "SELECT CAST(name AS TEXT) AS name FROM sqlite_master WHERE type IN ('trigger', 'view')"
            ).first.map { try $0.optionalText("name") ?? "" }
        }
        if let strange {
            throw LedgerError.damaged(
                path: path, reason: "it contains a trigger or view '\(strange)', which Assay does not create")
        }
        if try queue.read(version) == Schema.versions.count { return }
        try queue.inDatabase { database in
            try database.inTransaction(.immediate) {
                for (index, statements) in Schema.versions.enumerated().dropFirst(try version(database)) {
                    try database.execute(sql: statements)
                    try database.execute(sql: "PRAGMA user_version = \(index + 1)")
                }
                return .commit
            }
        }
    }

    /// Refuses a ledger that is a symbolic link: it may come from an untrusted project and point to a file of another
    /// program.
    private static func refuseLinks(_ path: String) throws {
        for file in ["", "-wal", "-shm", "-journal"].map({ path + $0 }) {
            var status = stat()
            if lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFLNK { throw LedgerError.linked(path: file) }
        }
    }

    /// Refuses network file systems, where SQLite cannot rely on locks.
    private static func checkLocal(_ path: String) throws {
        if isOnNetwork(path.parentPath) { throw LedgerError.notLocal(path: path) }
    }

    /// Whether an existing folder is on a network file system; `false` when the path does not resolve.
    package static func isOnNetwork(_ folder: String) -> Bool {
        guard let real = realpath(folder.isEmpty ? "." : folder, nil) else { return false }
        defer { free(real) }
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return isOnNetwork(String(cString: real), mounts: mounts)
    }

    /// Whether a folder is on a network file system, according to a mount table (`proc(5)`, mountinfo).
    package static func isOnNetwork(_ folder: String, mounts: String) -> Bool {
        let network: Set<Substring> = [
            "nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "ceph", "fuse.ceph", "afs", "glusterfs",
            "fuse.sshfs", "fuse.glusterfs", "9p",
        ]
        var longest = 0
        var type: Substring = ""
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            // The mount point is field 5; the type is the first field after a lone hyphen.
            guard fields.count > 6, let hyphen = fields.firstIndex(of: "-"), hyphen + 1 < fields.count else { continue }
            let point = fields[4].replacing("\\040", with: " ")
            let isAbove = point == "/" || folder == point || folder.hasPrefix(point + "/")
            if isAbove, point.utf8.count >= longest {
                longest = point.utf8.count
                type = fields[hyphen + 1]
            }
        }
        return network.contains(type)
    }

    /// Closes the file, for a process that exits without releasing the ledger. Do not use the ledger afterwards.
    package func close() throws { try Ledger.translating(path) { try queue.close() } }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Ledger.translating(path) { try queue.read(body) }
    }

    /// Runs one write transaction. It takes the write lock at the start, so that nothing changes between its reads
    /// and its writes. A durable transaction waits for the disk.
    func write<Value>(
        durable: Bool, _ what: String = #function, _ body: (Database) throws -> Value
    ) throws -> Value {
        let name = String(what.prefix { $0 != "(" })
        onWrite(name, .before)
        let value = try Ledger.translating(path) {
            try queue.inDatabase { database in
                // The setting belongs to the connection and must not change within a transaction.
                if durable { try database.execute(sql: "PRAGMA synchronous = FULL") }
                defer { if durable { try? database.execute(sql: "PRAGMA synchronous = NORMAL") } }
                var value: Value?
                try database.inTransaction(.immediate) {
                    value = try body(database)
                    return .commit
                }
                if durable {
                    try syncNames()
                    onKept()
                }
                return value
            }
        }
        onWrite(name, .after)
        guard let value else { throw LedgerError.failed(path: path, code: 0, reason: "no transaction") }
        return value
    }

    /// Waits, once per process, until the directory entries of the ledger's files and of their parent folders are on
    /// disk. SQLite does this only for files that it creates, and an earlier process may have died before it did.
    private func syncNames() throws {
        try isNamed.withLock { isNamed in
            guard !isNamed else { return }
            var folder = path.parentPath
            var isOwn = true
            while true {
                let descriptor = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
                let isKept = descriptor >= 0 && fsync(descriptor) == 0
                let code = errno
                if descriptor >= 0 { Glibc.close(descriptor) }
                // Parent folders that cannot be opened were not created by this program.
                if !isKept, isOwn { throw LedgerError.failed(path: path, code: code, reason: "its folder cannot be synced") }
                if !isKept || folder.isEmpty || folder == "/" { break }
                folder = folder.parentPath
                isOwn = false
            }
            isNamed = true
        }
    }

    private static func translating<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            let reason = error.message ?? "no message"
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: throw LedgerError.damaged(path: path, reason: reason)
            default: throw LedgerError.failed(path: path, code: error.resultCode.rawValue, reason: reason)
            }
        }
    }
}
