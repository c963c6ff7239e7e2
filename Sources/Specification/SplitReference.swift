// One part of a split, by name.

/// One part of a split, written `by-name.test`.
package struct SplitReference: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The split's name.
    package var split: String
    /// Which part of it.
    package var part: SplitPart

    package init(split: String, part: SplitPart) {
        self.split = split
        self.part = part
    }
}

extension SplitReference {
    package var description: String { "\(split).\(part.rawValue)" }
}

/// What the images of a part of a split are for.
package enum SplitPart: String, Hashable, Sendable, Codable, CaseIterable {
    case train, validation, test
}
