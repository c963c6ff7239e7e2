// Assigns the images of a manifest to training, validation and test.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Specification

struct SplitDatasetRunner: StepRunner {
    let work: SplitDataset
    let step: Step

    func run(_ context: StepContext) async throws -> StepOutcome {
        let manifest = try DatasetManifest(decoding: context.data(IndexDataset.manifest))
        let split: Split
        do {
            split = try work.identity.rule.split(manifest, limit: work.identity.limit)
        } catch {
            // The error points at the count that requests the most images, because that is the one to change.
            let place = step.parts.first { $0.name == "rule.train" }?.place ?? step.parts.compactMap(\.place).first
            throw Diagnostic(code: "split-too-large", "\(error)", at: place, hint: error.hint)
        }
        var outputs: [String: StepOutcome.Content] = [:]
        var counts: [String: JSONValue] = [:]
        for part in SplitPart.allCases {
            outputs[SplitDataset.output(part)] = .data(split[part].encoded)
            counts[part.rawValue] = .int(Int64(split[part].examples.count))
        }
        return StepOutcome(outputs, facts: .object(counts))
    }
}
