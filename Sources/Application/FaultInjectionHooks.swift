// Fault injection for end-to-end tests: counts points at which a kill could corrupt state, and kills the process at a
// chosen one.

import Artifacts
import Basics
import Foundation
import Glibc
import Ledger
import Platform
import Synchronization

/// Kill points of this process. `ASSAY_KILL_AT=NAME#K` ends it by SIGKILL at the `K`-th point of that name,
/// `ASSAY_KILL_AT=N` at the `N`-th point overall; `ASSAY_KILL_LOG=FILE` appends each point to a file as it is passed.
/// Points are ledger transactions, store publications and provider calls, each before it happens.
/// `ASSAY_POWER_CUT=LOSS` turns the kill into a power cut: first removes data that the store and the ledger did not
/// sync to disk (`PowerCutFileSystem.Loss`). Without these variables, nothing is injected. Used by `scripts/chaos`.
enum FaultInjectionHooks {
    static let points: KillPoints? = {
        let environment = ProcessInfo.processInfo.environment
        let log = environment["ASSAY_KILL_LOG"].flatMap { $0.isEmpty ? nil : $0 }
        let chosen = environment["ASSAY_KILL_AT"].flatMap(choice)
        guard log != nil || chosen != nil else { return nil }
        return KillPoints(
            at: chosen,
            onPass: { name, occurrence in
                guard let log else { return }
                try? LocalFileSystem().append(log, Data("\(name)#\(occurrence)\n".utf8), sync: false)
            },
            end: {
                if let disk { cutPower(disk) }
                kill(getpid(), SIGKILL)
            })
    }()

    private static let loss = ProcessInfo.processInfo.environment["ASSAY_POWER_CUT"]
        .flatMap { name in PowerCutFileSystem.Loss.allCases.first { "\($0)" == name } }
    private static let disk = loss.map { _ in PowerCutFileSystem() }

    /// The ledger's files, by path, as of SQLite's last sync.
    private static let keptLedger = Mutex<[String: Data]>([:])

    /// Records the ledger state that a power cut would leave.
    static func ledgerIsKept(_ path: String) {
        guard disk != nil else { return }
        keptLedger.withLock { kept in
            for file in [path, path + "-wal"] { kept[file] = FileManager.default.contents(atPath: file) }
        }
    }

    /// Leaves the files in the state after a power cut. The ledger's files get new inodes, as other threads may still
    /// write to the old ones.
    private static func cutPower(_ disk: PowerCutFileSystem) {
        try? disk.cut(loss ?? .namesAndBytes)
        for (path, bytes) in keptLedger.withLock({ $0 }) {
            try? LocalFileSystem().replace(path, with: bytes, durable: false)
        }
    }

    private static func choice(_ text: String) -> KillPoints.Choice? {
        if let number = Int(text) { return .number(number) }
        guard let match = text.wholeMatch(of: #/(.+)#(\d+)/#), let occurrence = Int(match.output.2) else { return nil }
        return .name(String(match.output.1), occurrence: occurrence)
    }

    static func fileSystem(root: String) -> any FileSystem {
        let base: any FileSystem = if let disk { disk } else { LocalFileSystem() }
        return points.map { PublishPointFileSystem($0, root: root, on: base) } ?? base
    }

    /// - Parameter environment: the variables that select proxies and certificates; none if empty.
    static func transport(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> any HTTPTransport {
        let transport = CurlTransport(environment: environment)
        return points.map { KillPointTransport(transport, $0) } ?? transport
    }

    /// Heartbeats depend on the clock, so a second run would not have them at the same point; they are not counted.
    static func onLedgerWrite(_ what: String, _ stage: Ledger.WriteStage) {
        guard let points, stage == .before, what != "heartbeat" else { return }
        try? points.pass("before ledger \(what)")
    }
}
