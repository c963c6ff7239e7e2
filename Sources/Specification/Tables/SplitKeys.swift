// The keys of a split.

import Basics

extension SplitSpec: SpecEntity {
    /// More images of one label than any dataset has.
    private static let mostImages = 10_000_000

    static let table = KeyTable(
        "split", called: "a split",
        "A division of each label's images: so many to train on, the next to choose by, the next to measure on.",
        blank: SplitSpec(), canExtend: true,
        example: """
            splits:
              by-name: { first: 50, train: 40, validation: 5, test: 5, order: name }
              shuffled: { extends: by-name, order: python-shuffle, seed: 42 }
            """,
        keys: [
            .key(
                "from", \.source, .word("a source of parts"),
                "Whether the counts divide, or the dataset brings its own parts (`split-folders`, or the column "
                    + "`split` of a table)."),
            .optional(
                "first", \.first, .count(upTo: mostImages), "Only the first images of each label, in name order, before anything else."),
            .key("train", \.train, .natural(upTo: mostImages), "Images of each label to train on."),
            .key("validation", \.validation, .natural(upTo: mostImages), "Images of each label to choose by."),
            .key("test", \.test, .natural(upTo: mostImages), "Images of each label to measure on."),
            .key(
                "order", \.order, .word("an order"),
                "The order in which a label's images are taken: by path, or then shuffled as CPython's "
                    + "`random.Random(seed).shuffle` does, afresh for each label."),
            .optional("seed", \.seed, .seed, "The seed of a shuffle."),
        ])
}
