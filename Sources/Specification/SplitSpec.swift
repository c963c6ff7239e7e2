// How the images of each label are divided.

/// A division of each label's images into train, validation and test, taken one after the other in the given order.
package struct SplitSpec: Hashable, Sendable, Codable {
    /// Whether the counts below divide, or the dataset brings its own parts.
    package var source: Source
    /// Only the first so many images of each label, in name order, before anything else is done.
    package var first: Int?
    /// Images of each label to train on.
    package var train: Int
    /// Images of each label to choose by.
    package var validation: Int
    /// Images of each label to measure on.
    package var test: Int
    /// The parts as shares, where the spec states percentages; the counts are 0 then.
    package var shares: Shares?
    /// The order in which a label's images are taken.
    package var order: Order
    /// The seed of a shuffle.
    package var seed: Int?

    package init(
        source: Source = .counts, first: Int? = nil, train: Int = 0, validation: Int = 0, test: Int = 0,
        shares: Shares? = nil, order: Order = .name, seed: Int? = nil
    ) {
        self.source = source
        self.first = first
        self.train = train
        self.validation = validation
        self.test = test
        self.shares = shares
        self.order = order
        self.seed = seed
    }
}

extension SplitSpec {
    /// Parts as shares of what there is, each from 0 to 1.
    package struct Shares: Hashable, Sendable, Codable {
        package var train = 0.0
        package var validation = 0.0
        package var test = 0.0

        package init(train: Double = 0, validation: Double = 0, test: Double = 0) {
            self.train = train
            self.validation = validation
            self.test = test
        }
    }

    package enum Source: String, Hashable, Sendable, Codable, CaseIterable {
        case counts
        /// The folders of `split-folders`, or the `split` column of a table.
        case dataset
    }

    package enum Order: String, Hashable, Sendable, Codable, CaseIterable {
        /// By path.
        case name
        /// By path, then shuffled as CPython's `random.Random(seed).shuffle` does, afresh for each label.
        case pythonShuffle = "python-shuffle"
    }
}
