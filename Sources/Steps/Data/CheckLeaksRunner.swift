// Looks for one image in two parts of a split, before money is spent on a test that training has seen.

import Basics
import Execution
import Foundation
import Planning
import Specification

struct CheckLeaksRunner: StepRunner {
    let work: CheckLeaks

    func run(_ context: StepContext) async throws -> StepOutcome {
        let manifest = try DatasetManifest(decoding: context.data(IndexDataset.manifest))
        var parts: [SplitPart: SplitExamples] = [:]
        for part in SplitPart.allCases { parts[part] = try SplitExamples(decoding: context.data(part.rawValue)) }
        let split = Split(parts: parts)
        let report = try await context.lanes.run(in: .local) {
            LeakReport(split, of: manifest, nearDistance: work.identity.nearDistance)
        }
        if !report.identical.isEmpty {
            context.note("\(report.identical.count) pairs of identical images lie in different parts of the split")
        }
        if !report.similar.isEmpty {
            context.note("\(report.similar.count) pairs of nearly identical images lie in different parts of the split")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return StepOutcome(
            [CheckLeaks.leaks: .data(try encoder.encode(report))],
            facts: [
                "identical": .int(Int64(report.identical.count)), "similar": .int(Int64(report.similar.count)),
            ])
    }
}
