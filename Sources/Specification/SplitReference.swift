// References to one part of a split.

/// One part of a split, written as `by-name.test`.
package struct SplitReference: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name of the split.
    package var split: String
    /// The part of the split.
    package var part: SplitPart

    /// - Parameter split: the name of the split, which may be undefined.
    package init(split: String, part: SplitPart) {
        self.split = split
        self.part = part
    }
}

extension SplitReference {
    /// The reference as written in a spec: `by-name.test`.
    package var description: String { "\(split).\(part.rawValue)" }
}

/// The purpose of a part: training, choosing a checkpoint, or measuring.
package enum SplitPart: String, Hashable, Sendable, Codable, CaseIterable {
    case train, validation, test
}
