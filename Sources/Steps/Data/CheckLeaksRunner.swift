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
        for (pairs, word) in [(report.identical, "identical"), (report.similar, "nearly identical")] where !pairs.isEmpty {
            let shown = pairs.filter { $0.first.label != $0.second.label }
            context.note(
                "\(pairs.count) \(pairs.count == 1 ? "pair" : "pairs") of \(word) images in different parts of the split"
                    + (shown.isEmpty ? "" : ", \(shown.count) of them under two labels: "
                        + shown.prefix(3).map { pair in
                            "\(pair.first.path) (\(pair.first.part.rawValue), '\(pair.first.label)') = "
                                + "\(pair.second.path) (\(pair.second.part.rawValue), '\(pair.second.label)')"
                        }.joined(separator: "; ") + (shown.count > 3 ? "; and \(shown.count - 3) more" : "")))
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
