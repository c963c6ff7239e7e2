// How many examples a fine-tuning job left out, as far as it says or its steps show.

package import Basics
package import ProviderKit

package enum TrainingCount {
    /// Examples that were left out: what a warning of the job says, else what its steps cannot have held. A provider
    /// that skips images in silence shows it only there: `steps / epochs` batches hold at most so many examples.
    /// - Parameters:
    ///   - examples: lines of the training file.
    ///   - steps: the last step of the result file.
    package static func leftOut(
        of examples: Int, events: [TuningEvent], job: TuningResult, steps: Int?
    ) -> Int {
        if let skipped = events.lazy.compactMap(\.skippedExamples).first { return min(skipped, examples) }
        guard let steps, let epochs = job.epochs, epochs > 0,
            let size = job.batchSize, size > 0, steps % epochs == 0
        else { return 0 }
        return max(0, examples.saturatingSubtracting((steps / epochs).saturatingMultiplied(by: size)))
    }
}
