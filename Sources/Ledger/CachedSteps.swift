// The cached steps of a run, encoded as one text that runs with the same steps share.

import Basics
import Foundation

/// Cached steps for which only name, kind and key are known.
struct CachedSteps {
    var steps: [RunStep]

    init(_ steps: [RunStep]) { self.steps = steps }

    /// A JSON array of `[kind, key, step]` in step order, so that runs of one plan produce the same text.
    var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(steps.count * 112)
        for step in steps {
            bytes.append(UInt8(ascii: bytes.isEmpty ? "[" : ","))
            let key = step.key?.digest.hex ?? ""
            JSONValue.array([.string(step.kind), .string(key), .string(step.step.text)]).writeCanonical(to: &bytes)
        }
        bytes.append(contentsOf: (bytes.isEmpty ? "[]" : "]").utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes `text`; `nil` when it does not have that form.
    init?(text: String) {
        guard let items = try? JSONValue(parsing: Data(text.utf8)).array else { return nil }
        steps = []
        steps.reserveCapacity(items.count)
        for item in items {
            guard let fields = item.array, fields.count == 3, let kind = fields[0].string, let hex = fields[1].string,
                let key = Digest(hex: hex), let step = fields[2].string
            else { return nil }
            steps.append(RunStep(step: StepID(step), kind: kind, key: StepKey(key), state: RunStep.cached))
        }
    }
}

extension RunStep {
    static let cached = "cached"

    /// Whether the step is cached and carries nothing but its name, kind and key.
    var isCachedAlone: Bool {
        state == RunStep.cached && key != nil && startedAt == nil && seconds == nil && message == nil
    }
}
