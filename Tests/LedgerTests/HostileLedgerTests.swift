// A ledger may come from an untrusted project: reading any column gives a value or an error.

import Basics
import Foundation
import Ledger
import Testing

@Suite struct HostileLedgerTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A ledger with a row in every table.
    private func filled() throws -> String {
        let path = folder.path + "/ledger.sqlite"
        let ledger = try Ledger(path: path)
        try ledger.claimIfNew(for: "me")
        let key = StepKey(Digest(of: "key"))
        try ledger.startRun("run", experiment: "e", spec: "s.yaml")
        let steps = (0..<20).map { RunStep(step: StepID("step \($0)"), kind: "score", key: key, state: "cached") }
        try ledger.recordSteps(steps + [RunStep(step: "own", kind: "score", key: key, state: "ran", seconds: 1)], of: "run")
        let intent = JobIntent(
            kind: "batch", account: "a", key: key, tag: "tag", fingerprint: Digest(of: "f"), run: "run", step: "step",
            emulated: false, reserve: Money(dollars: 1))
        _ = try ledger.recordIntent(intent, budget: nil)
        var other = intent
        other.part = "2"
        try ledger.forget(ledger.recordIntent(other, budget: nil).id)
        try ledger.recordFile(
            RemoteFile(
                account: "a", digest: Digest(of: "d"), purpose: "batch", state: "uploaded", name: "n", bytes: 1, emulated: false))
        try ledger.openLease(
            Lease(
                name: "assay-0123456789abcdef", account: "a", model: "m", sku: "s", capacity: 1, hourly: .zero, emulated: false,
                run: "run"))
        try ledger.record([
            Spend(
                run: "run", step: "step", key: key, account: "a", emulated: false, amount: Money(dollars: 1), what: "batch",
                receipt: "r")
        ])
        try ledger.record(event: "thing", run: "run")
        try ledger.close()
        return path
    }

    /// Writes a copy for each column and value, without the table's constraints; returns their paths by the change.
    private func mutants(of path: String) throws -> [(id: String, path: String)] {
        let script = """
            import shutil, sqlite3, sys
            path, folder = sys.argv[1:]
            values = [None, "text", b"\\xff\\x00", 9223372036854775807, -9223372036854775808, 1e300, float("inf"), -1, 7, "0"]
            tables = [r[0] for r in sqlite3.connect(path).execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            number = 0
            for table in tables:
                columns = [r[1] for r in sqlite3.connect(path).execute(f"PRAGMA table_info({table})")]
                for column in columns + ["", "*"]:
                    for index, value in enumerate(values if column not in ("", "*") else [None]):
                        number += 1
                        copy = f"{folder}/{number}.sqlite"
                        shutil.copy(path, copy)
                        c = sqlite3.connect(copy)
                        if column == "*":
                            c.execute(f"DROP TABLE {table}")
                        else:
                            kept = ", ".join(columns[1:] if column == "" else columns)
                            c.execute(f"CREATE TABLE copy AS SELECT {kept} FROM {table}") if kept else None
                            c.execute(f"DROP TABLE {table}")
                            if kept: c.execute(f"ALTER TABLE copy RENAME TO {table}")
                            if column: c.execute(f"UPDATE {table} SET {column} = ?", (value,))
                        c.commit(); c.close()
                        print(f"{table}.{column or 'first column gone'} = {index}\\t{copy}")
            for version in (-1, -2147483648, 2147483647):
                number += 1
                copy = f"{folder}/{number}.sqlite"
                shutil.copy(path, copy)
                c = sqlite3.connect(copy); c.execute(f"PRAGMA user_version = {version}"); c.commit(); c.close()
                print(f"version {version}\\t{copy}")
            """
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = ["python3", "-c", script, path, folder.path]
        let pipe = Pipe()
        python.standardOutput = pipe
        try python.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        return text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t").map(String.init)
            return (parts[0], parts[1])
        }
    }

    /// Guards against columns that trap when they are read as another type, and against an amount that counts as zero.
    @Test func anyColumnMayHoldAnything() throws {
        let readers: [(id: String, read: (Ledger) throws -> Void)] = [
            ("owner", { _ = try $0.owner() }), ("runs", { _ = try $0.runs() }), ("run", { _ = try $0.run("run") }),
            ("steps", { _ = try $0.steps(of: "run") }), ("keys", { _ = try $0.keys(of: "run") }),
            ("last keys", { _ = try $0.keys(ofLastRuns: 5) }), ("events", { _ = try $0.events(of: "run") }),
            ("dead runs", { _ = try $0.closeDeadRuns() }), ("jobs", { _ = try $0.jobs() }),
            ("open jobs", { _ = try $0.jobs(.open) }), ("forgotten", { _ = try $0.forgottenJobs() }),
            ("held", { ledger in for job in try ledger.jobs() { _ = try ledger.held(by: job) } }),
            ("files", { _ = try $0.files() }), ("leases", { _ = try $0.leases(includingEnded: true) }),
            ("dead leases", { _ = try $0.deadLeases() }), ("spending", { _ = try $0.spending() }),
            ("balance", { _ = try $0.balance(emulated: false) }), ("receipts", { _ = try $0.spent(receipts: "r") }),
            ("claim", { _ = try $0.claimIfNew(for: "me") }),
        ]
        let mutants = try mutants(of: filled())
        #expect(mutants.count > 500)
        for mutant in mutants {
            var errors: [String] = []
            do {
                let ledger = try Ledger(path: mutant.path)
                for (id, read) in readers {
                    do { try read(ledger) } catch let error as LedgerError {
                        #expect("\(error)".contains(mutant.path), "\(mutant.id), \(id): \(error)")
                        errors.append(id)
                    } catch {
                        Issue.record("\(mutant.id), \(id): \(error)")
                    }
                }
                try ledger.close()
            } catch let error as LedgerError {
                #expect("\(error)".contains(mutant.path), "\(mutant.id): \(error)")
                errors.append("open")
            }
            // An amount is never read as another one.
            if mutant.id.hasPrefix("spend.amount"), let value = mutant.id.split(separator: " ").last.flatMap({ Int($0) }),
                [0, 1, 2, 5, 6].contains(value)
            {
                #expect(errors.contains("balance") && errors.contains("spending"), "\(mutant.id): \(errors)")
            }
            if ["owner.id = 0", "owner.id = 2"].contains(mutant.id) { #expect(errors.contains("owner"), "\(mutant.id)") }
        }
    }

    @Test(arguments: ["", "-wal", "-shm", "-journal"]) func aLinkIsRefused(ending: String) throws {
        let path = folder.path + "/ledger.sqlite"
        try FileManager.default.createSymbolicLink(
            atPath: path + ending, withDestinationPath: folder.path + "/elsewhere")
        let error = #expect(throws: LedgerError.self) { _ = try Ledger(path: path) }
        #expect(error == .linked(path: path + ending))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/elsewhere"))
    }
}
