// Which training images an emulated provider's image screening rejects.

/// The real service screens the images of a fine-tuning job and trains without those that it rejects, without a reason for
/// each. An emulator does the same, by share or by list.
package struct ScreeningSpec: Hashable, Sendable, Codable {
    /// The share of each file's examples that is rejected, 0 to 1, rounded to whole examples.
    package var share: Double?
    /// Decides which examples the share takes.
    package var seed: Int
    /// Rejected lines of the training file, counted from 1.
    package var training: [Int]
    /// Rejected lines of the validation file, counted from 1.
    package var validation: [Int]

    package init(share: Double? = nil, seed: Int = 0, training: [Int] = [], validation: [Int] = []) {
        self.share = share
        self.seed = seed
        self.training = training
        self.validation = validation
    }
}
