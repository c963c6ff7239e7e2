// How many examples a fine-tuning job left out, as far as it says or its steps show.

package import AzureWire
import Basics

package enum TrainingCount {
    /// Examples that were left out: what a warning of the job says, else what its steps cannot have held. A provider
    /// that skips images in silence shows it only there: `steps / epochs` batches hold at most so many examples.
    /// - Parameters:
    ///   - examples: lines of the training file.
    ///   - steps: the last step of the result file.
    package static func leftOut(
        of examples: Int, events: [FineTuningEvent], job: FineTuningJob, steps: Int?
    ) -> Int {
        for event in events where event.level == .warning {
            if let match = event.message.firstMatch(of: #/(\d+) (?:of \d+ )?(?:examples|images).* skipped/#),
                let count = Int(match.output.1)
            {
                return min(count, examples)
            }
        }
        guard let steps, let epochs = job.hyperparameters?.nEpochs?.value, epochs > 0,
            let size = job.hyperparameters?.batchSize?.value, size > 0, steps % epochs == 0
        else { return 0 }
        return max(0, examples.saturatingSubtracting((steps / epochs).saturatingMultiplied(by: size)))
    }
}
