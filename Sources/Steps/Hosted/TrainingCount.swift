// Counts the examples that a fine-tuning job skipped, as far as it reports them or its steps show.

package import Basics
package import ProviderKit

/// Estimates how many training examples a job skipped.
package enum TrainingCount {
    /// The number of skipped examples: the number in the job's warning, otherwise the number that its steps cannot
    /// have contained. Silent skipping shows only there: `steps / epochs` batches contain at most so many examples.
    /// - Parameters:
    ///   - examples: the number of lines of the training file.
    ///   - steps: the last step in the result file.
    package static func skipped(
        of examples: Int, events: [TuningEvent], job: TuningResult, steps: Int?
    ) -> Int {
        if let skipped = events.lazy.compactMap(\.skippedExamples).first { return min(skipped, examples) }
        guard let steps, let epochs = job.epochs, epochs > 0,
            let size = job.batchSize, size > 0, steps % epochs == 0
        else { return 0 }
        return max(0, examples.saturatingSubtracting((steps / epochs).saturatingMultiplied(by: size)))
    }
}
