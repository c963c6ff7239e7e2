// Reads recorded answers and assigns them to the items of a part of a split.

import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification

struct ReadAnswersRunner: StepRunner {
    let work: ReadAnswers

    func run(_ context: StepContext) async throws -> StepOutcome {
        let part = try context.examples()
        let manifest = try DatasetManifest(decoding: context.data(IndexDataset.manifest))
        let path = work.settings.path
        let data = try await TableFile.read(path)
        // The key names the content that was planned.
        let found = TableFile.isParquet(path) ? try FileDigest(ofFileAt: path).digest : Digest(of: data)
        guard found == work.identity.answers else {
            throw StepFailure.predictionsFile(["\(path) changed after the run was planned; run again"])
        }
        let table = try RecordedAnswers(data, name: path, columns: work.identity.columns)
        let rows = try table.rows(for: part.examples, of: manifest, allowMissing: work.settings.allowsMissing)
        if work.identity.needsLatency == true, !rows.values.contains(where: { $0.latencyMilliseconds != nil }) {
            throw StepFailure.predictionsFile([
                "\(path):1: an evaluation measures latency, but no row has one; name the column: "
                    + "'columns: { latency_ms: COLUMN }'"
            ])
        }
        var facts = AnsweringFacts(route: .recorded)
        let costs = part.examples.compactMap { rows[$0.name]?.cost }
        if !costs.isEmpty, costs.count == part.examples.count { facts.recordedCost = costs.reduce(0, +) }
        if !costs.isEmpty, costs.count < part.examples.count {
            facts.common.problems.append(
                "\(path) states the cost of \(costs.count) of \(part.examples.count) answers, so their total cost is unknown")
        }
        let timed = rows.values.count { $0.latencyMilliseconds != nil }
        if let problem = AnsweringFacts.partialLatency(timed, of: rows.values.count { $0.text != nil }) {
            facts.common.problems.append(problem)
        }
        let others = table.count - rows.count
        if others > 0 {
            facts.common.problems.append(
                "\(others) of \(table.count) rows of \(path) are for items outside the evaluated part and are not used")
        }
        let set = AnswerSet(
            part.examples.map { example in
                guard let row = rows[example.name] else { return Answer(example: example.id, status: .missing) }
                guard let text = row.text else {
                    return Answer(example: example.id, status: .missing, problem: "line \(row.line) has no answer")
                }
                return Answer(
                    example: example.id, status: .answered, text: text, latencyMilliseconds: row.latencyMilliseconds)
            })
        return StepOutcome([ReadAnswers.answers: .data(set.encoded)], facts: facts)
    }
}
