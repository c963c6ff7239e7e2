// Simulated image screening of an emulated provider.

/// The real service screens the images of a fine-tuning job and silently trains without the rejected ones. An
/// emulator simulates this by share or by list.
package struct ScreeningSpec: Hashable, Sendable, Codable {
    /// The fraction of each file's examples that is rejected, 0 to 1, rounded to whole examples; `nil` to use the
    /// lists.
    package var share: Double?
    /// The seed that selects the rejected examples.
    package var seed: Int
    /// The rejected lines of the training file, counted from 1.
    package var training: [Int]
    /// The rejected lines of the validation file, counted from 1.
    package var validation: [Int]

    /// - Parameter share: excludes `training` and `validation`.
    package init(share: Double? = nil, seed: Int = 0, training: [Int] = [], validation: [Int] = []) {
        self.share = share
        self.seed = seed
        self.training = training
        self.validation = validation
    }
}
