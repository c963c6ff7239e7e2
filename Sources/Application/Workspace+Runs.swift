// Runs of a project by their names, and what is kept of them.

import Basics
import Foundation
package import Ledger
import Platform
package import Reporting
import Specification

extension Workspace {
    /// A run by its id, or the last one.
    package func run(named id: String?) throws -> RunRecord {
        if let id {
            guard let run = try ledger.run(RunID(id)) else { throw Refusal("there is no run '\(id)'", code: .invalid) }
            return run
        }
        guard let run = try ledger.runs(limit: 1).first else { throw Refusal("no runs yet", code: .invalid) }
        return run
    }
}

extension Workspace {
    /// The stored results of a run.
    package func results(of run: RunRecord) throws -> ExperimentResults {
        let path = try runFolder(run.id) + "/results.json"
        guard let data = try? LocalFileSystem().read(path) else {
            let reason = run.state == "done" ? "nothing ran and nothing is measured" : "it ended as '\(run.state)'"
            throw Refusal("\(run.id) has no results: \(reason)", code: .failure)
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(ExperimentResults.self, from: data)
    }

    /// The results of a run by another price table. Nothing is run.
    /// - Parameter path: the table's file.
    package func results(of run: RunRecord, pricedBy path: String) throws -> ExperimentResults {
        guard let data = try? LocalFileSystem().read(runFolder(run.id) + "/" + UsageRecord.fileName) else {
            throw Refusal("the run kept no record of what it used", code: .failure)
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
