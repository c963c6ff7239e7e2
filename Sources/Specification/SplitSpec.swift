// The division of each label's images into parts.

/// A division of each label's images into train, validation and test parts, taken consecutively in the given order.
package struct SplitSpec: Hashable, Sendable, Codable {
    /// Whether the counts below apply, or the dataset defines the parts.
    package var source: Source
    /// Uses only the first images of each label, in name order, before any other step; `nil` for all.
    package var first: Int?
    /// The number of training images per label.
    package var train: Int
    /// The number of validation images per label, used to choose a checkpoint.
    package var validation: Int
    /// The number of test images per label.
    package var test: Int
    /// The parts as fractions, when the spec gives percentages; the counts are then 0. `nil` otherwise.
    package var shares: Shares?
    /// The order in which a label's images are taken.
    package var order: Order
    /// The seed of the shuffle.
    package var seed: Int?

    /// - Parameter seed: required by `pythonShuffle`.
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
    /// The parts as fractions of the available images, each from 0 to 1.
    package struct Shares: Hashable, Sendable, Codable {
        /// The fraction of training images.
        package var train = 0.0
        /// The fraction of validation images.
        package var validation = 0.0
        /// The fraction of test images.
        package var test = 0.0

        /// Fractions from 0 to 1; their sum may be below 1, which leaves images unused.
        package init(train: Double = 0, validation: Double = 0, test: Double = 0) {
            self.train = train
            self.validation = validation
            self.test = test
        }
    }

    /// The source of the division into parts: the sizes in the spec, or the dataset itself.
    package enum Source: String, Hashable, Sendable, Codable, CaseIterable {
        case counts
        /// The folders of a layout with parts, or the `split` column of a table.
        case dataset
    }

    /// The order in which a label's images are taken.
    package enum Order: String, Hashable, Sendable, Codable, CaseIterable {
        /// Sorted by path.
        case name
        /// Sorted by path, then shuffled separately for each label, as by CPython's `random.Random(seed).shuffle`.
        case pythonShuffle = "python-shuffle"
    }
}
