// Finds runs of a project by name, and reads their stored results.

import Basics
import Foundation
package import Ledger
import Platform
package import Reporting
import Specification

extension Workspace {
    /// Records runs whose processes are gone as `died`, so that no list shows them as running. The ledger of another user
    /// is left as it is.
    package func closeDeadRuns() {
        guard ownership == .own else { return }
        _ = try? ledger.closeDeadRuns()
    }

    /// The run with a name: `last` or `nil` for the latest, an id, or a unique prefix of an id.
    /// - Throws: `Refusal` for an unknown or ambiguous name.
    package func run(named name: String?) throws -> RunRecord {
        closeDeadRuns()
        guard let name, name != "last" else {
            guard let run = try ledger.runs(limit: 1).first else {
                throw Refusal("no runs yet: 'assay run SPEC' starts one", code: .invalid)
            }
            return run
        }
        let runs = try ledger.runs()
        if let run = runs.first(where: { $0.id.text == name }) { return run }
        let matching = name.isEmpty ? [] : runs.filter { $0.id.text.hasPrefix(name) }
        if matching.count == 1 { return matching[0] }
        guard matching.isEmpty else {
            let shown = matching.prefix(5).map(\.id.text).joined(separator: ", ")
            throw Refusal(
                "'\(name)' matches \(matching.count) runs: \(shown)"
                    + (matching.count > 5 ? " and \(matching.count - 5) more" : ""),
                code: .invalid)
        }
        let hint =
            nearest(to: name, among: ["last"] + runs.map(\.id.text)).map { "did you mean '\($0)'?" }
            ?? "'assay runs' lists them; 'last' is the latest"
        throw Refusal("there is no run '\(name)': \(hint)", code: .invalid)
    }

    /// Adds tags to a run, by which users find it again.
    /// - Returns: all tags of the run.
    @discardableResult
    package func tag(_ run: RunRecord, adding added: [String], removing removed: [String]) throws -> [String] {
        try Workspace.check(tags: added)
        for tag in added where tag.isEmpty || tag.contains(where: { $0.isWhitespace || $0 == "," }) {
            throw Refusal("'\(tag)' is not a tag: a tag is one word without commas", code: .invalid)
        }
        let tags = (run.tags.filter { !removed.contains($0) } + added).uniquedInOrder
        try ledger.updateRunDetail(run.id, detail: ["tags": tags.isEmpty ? .null : .array(tags.map { .string($0) })])
        return tags
    }

    /// Throws `Refusal` for tags or a note that are too long for the lists that show them, or contain control characters
    /// such as U+0000 and escape sequences of terminals.
    package static func check(tags: [String] = [], note: String = "") throws(Refusal) {
        if let long = tags.first(where: { $0.count > maxTagLength }) {
            throw Refusal(
                "the tag '\(long.prefix(20))…' has \(long.count) characters; a tag has at most \(maxTagLength)", code: .invalid)
        }
        guard note.count <= maxNoteLength else {
            throw Refusal("the note has \(note.count) characters; a note has at most \(maxNoteLength)", code: .invalid)
        }
        for (what, text) in tags.map({ ("a tag", $0) }) + [("the note", note)] {
            guard let control = text.unicodeScalars.first(where: isRefused) else { continue }
            let number = String(control.value, radix: 16, uppercase: true)
            throw Refusal(
                "\(what) contains the control character U+\(String(repeating: "0", count: max(0, 4 - number.count)))\(number)",
                code: .invalid)
        }
    }

    /// Whether a scalar is a control character other than a tab or a line break. Bidirectional controls belong to text.
    private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && !["\t", "\n", "\r"].contains(scalar)
    }

    /// Maximum number of characters of a tag.
    private static let maxTagLength = 100
    /// Maximum number of characters of a note.
    private static let maxNoteLength = 1000

    /// Sets the note of a run; an empty text removes it.
    package func note(_ text: String, on run: RunRecord) throws {
        try Workspace.check(note: text)
        try ledger.updateRunDetail(run.id, detail: ["note": text.isEmpty ? .null : .string(text)])
    }

    /// Removes a run from the lists and deletes its report. Its results stay in the store, and its spending still
    /// counts against the budget.
    /// - Throws: `Refusal` for an active run, one with open jobs or running deployments, and any run of a ledger that is
    /// not this user's.
    package func remove(_ run: RunRecord) throws {
        try requireOwn(to: "delete a run")
        try ledger.closeDeadRuns()
        guard try ledger.run(run.id)?.state != "running" else {
            throw Refusal("\(run.id) is running: stop it first", code: .invalid)
        }
        let open = try ledger.jobs(.open).filter { $0.run == run.id }.map { String($0.id) }
        guard open.isEmpty else {
            throw Refusal(
                "\(run.id) has open jobs (\(open.joined(separator: ", "))): 'assay jobs' shows them", code: .invalid)
        }
        let deployments = try ledger.leases().filter { $0.run == run.id && $0.state != .ended }.map(\.name)
        guard deployments.isEmpty else {
            throw Refusal(
                "\(run.id) has running deployments (\(deployments.joined(separator: ", "))): 'assay jobs' shows them",
                code: .invalid)
        }
        let report = try runFolder(run.id)
        let runs = folder + "/runs"
        // The state folder may come with an untrusted project: never delete through a link in it.
        let type = try? FileManager.default.attributesOfItem(atPath: runs)[.type] as? FileAttributeType
        guard type == nil || type == .typeDirectory else {
            throw Refusal("'\(runs)' is a link: nothing behind it is deleted", code: .invalid)
        }
        try ledger.updateRunDetail(run.id, detail: ["removed": true])
        if LocalFileSystem().exists(report) { try FileManager.default.removeItem(atPath: report) }
    }
}

extension RunRecord {
    /// The tags by which users find the run.
    package var tags: [String] { (detail["tags"]?.array ?? []).compactMap(\.string) }
    /// The user's note about the run; `nil` for none.
    package var note: String? { detail["note"]?.string }
    /// The result in one sentence; `nil` for a run without a report and for runs of earlier versions.
    package var headline: String? { detail["headline"]?.string }
    /// Whether a person removed the run from the lists.
    package var isRemoved: Bool { detail["removed"]?.bool ?? false }
    /// Why a run without stored results has none, to follow a colon.
    package var reasonForNoResults: String {
        switch state {
        case "done": "it measured nothing, or its report was deleted"
        case "running": "it is still running"
        default: "it ended as '\(state)'"
        }
    }
}

extension Workspace {
    /// Larger results of somebody else's project are not read into memory, in bytes.
    private static let maxForeignResultsBytes: Int64 = 256_000_000

    /// The stored results of a run.
    package func results(of run: RunRecord) throws -> ExperimentResults {
        let path = try runFolder(run.id) + "/results.json"
        let data: Data
        do {
            data = try LocalFileSystem().read(
                path, limit: ownership == .own ? FileSizeLimit.memory : Workspace.maxForeignResultsBytes)
        } catch FileError.missing {
            throw Refusal("\(run.id) has no results: \(run.reasonForNoResults)", code: .failure)
        } catch {
            throw Refusal("\(error)", code: .failure)
        }
        do {
            return try ExperimentResults(stored: data)
        } catch let error as ImpossibleResults {
            throw DamagedFile(path: path, reason: error.description)
        } catch {
            throw DamagedFile(path: path, error)
        }
    }

    /// The results of a run with another price table; runs nothing.
    /// - Parameter path: the table's file.
    package func results(of run: RunRecord, pricedBy path: String) throws -> ExperimentResults {
        guard let data = try? LocalFileSystem().read(runFolder(run.id) + "/" + UsageRecord.fileName) else {
            throw Refusal("the run has no record of its steps", code: .failure)
        }
        let text: [UInt8]
        do {
            text = try SpecRequest.bytes(path)
        } catch let error as UnreadableFile {
            throw Refusal("cannot read '\(path)': \(error.reason)", code: .invalid)
        }
        let table = try PriceTable.read(SourceText(name: path, bytes: text))
        return try JSONDecoder().decode(UsageRecord.self, from: data).price(results(of: run), by: table, named: path)
    }
}
