// The keys of splits.

import Basics

extension SplitSpec: SpecEntity {
    /// An upper bound on the images of one label in any dataset.
    fileprivate static let maxImages = 10_000_000

    static let table = KeyTable(
        "split", called: "a split",
        "A division of each label's images into training, validation and test images. Tasks "
            + "other than `classify` divide groups instead of each label's images.",
        blank: SplitSpec(), canExtend: true,
        example: """
            splits:
              by-name: { first: 50, train: 40, validation: 5, test: 5, order: name }
              shuffled: { extends: by-name, order: python-shuffle, seed: 42 }
            """,
        keys: [
            .key(
                "from", \.source, .word("a source of parts"),
                "`counts`: divide by the numbers below. `dataset`: use the parts of the dataset (`split-folders`, or the "
                    + "column `split` of a table)."),
            .optional(
                "first", \.first, .count(upTo: maxImages),
                "Use only the first images of each label in name order, before the division."),
            .setting("train", .partSize, "Training images per label, as a number or a percentage.") {
                $0.set($1, \.train, \.train)
            },
            .setting("validation", .partSize, "Validation images per label, as a number or a percentage.") {
                $0.set($1, \.validation, \.validation)
            },
            .setting("test", .partSize, "Test images per label, as a number or a percentage.") {
                $0.set($1, \.test, \.test)
            },
            .key(
                "order", \.order, .word("an order"),
                "The order of a label's images before the division: by path, or shuffled as CPython's "
                    + "`random.Random(seed).shuffle` does, with a new generator for each label."),
            .optional("seed", \.seed, .seed, "Seed of the shuffle."),
        ])
}

/// The size of a part, as written in a spec.
enum PartSize: Hashable, Sendable {
    case count(Int)
    case share(Double)
}

extension SplitSpec {
    fileprivate mutating func set(
        _ size: PartSize, _ count: WritableKeyPath<SplitSpec, Int>, _ share: WritableKeyPath<Shares, Double>
    ) {
        switch size {
        case .count(let number): self[keyPath: count] = number
        case .share(let part):
            var shares = shares ?? Shares()
            shares[keyPath: share] = part
            self.shares = shares
        }
    }
}

extension ValueType where Value == PartSize {
    /// A number, or a percentage such as `80%`.
    fileprivate static let partSize: ValueType = {
        let count = ValueType<Int>.natural(upTo: SplitSpec.maxImages)
        return ValueType(
            expected: count.expected + ", or a percentage such as 80%", word: count.word + ", or a percentage",
            schema: ["anyOf": [count.schema, ["type": "string", "pattern": "^(100|[0-9]{1,2})(\\.[0-9]{1,6})?%$|\\$\\{"]]],
            read: { node, reading in
                // A number in quotes is a text, which `count` reports.
                guard let scalar = node.scalar, case .string = scalar.resolved, !EnvironmentText(scalar.text).isOneVariable,
                    Int(scalar.text) == nil
                else { return count.read(node, reading).map { .count($0) } }
                guard let text = reading.expanded(scalar, at: node.position) else { return nil }
                guard let match = text.wholeMatch(of: #/([0-9]+(?:\.[0-9]+)?)%/#), let percent = Double(match.output.1),
                    percent <= 100
                else {
                    reading.report(
                        .badFormat(text, expected: count.expected + ", or a percentage such as 80%"), at: node.position)
                    return nil
                }
                return .share(percent / 100)
            },
            write: { size in
                switch size {
                case .count(let number): .int(Int64(number))
                case .share(let share): .string("\(100 * share)%")
                }
            })
    }()
}
