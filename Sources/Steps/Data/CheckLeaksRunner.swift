// Finds images that occur in two parts of a split, before money is spent on a test with images seen in training.

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
        let report = try await context.inOwnLane {
            LeakReport(split, of: manifest, nearDistance: work.identity.nearDistance)
        }
        for (pairs, word) in [(report.identical, "identical"), (report.similar, "nearly identical")] where !pairs.isEmpty {
            var text = "\(pairs.count) \(pairs.count == 1 ? "pair" : "pairs") of \(word) images in different parts of the split"
            let doubtful = pairs.filter { $0.first.label != $0.second.label }
            if !doubtful.isEmpty {
                let shown = doubtful.prefix(3).map { "\(side($0.first)) = \(side($0.second))" }
                text += ", \(doubtful.count) of them under two labels: " + shown.joined(separator: "; ")
                if doubtful.count > shown.count { text += "; and \(doubtful.count - shown.count) more" }
            }
            context.note(text)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return StepOutcome(
            [CheckLeaks.leaks: .data(try encoder.encode(report))],
            facts: LeakFacts(identical: report.identical.count, similar: report.similar.count))
    }

    private func side(_ side: LeakedPair.Side) -> String {
        "\(side.path) (\(side.part.rawValue), '\(side.label)')"
    }
}
