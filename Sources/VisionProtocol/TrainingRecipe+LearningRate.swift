// The learning rate of an epoch, in closed form.

import Foundation

extension TrainingRecipe {
    /// The learning rate of epoch `epoch` (from 1). Formulas of PyTorch's schedulers stepped once an epoch; a
    /// cosine that is trained beyond its length rises again, as `CosineAnnealingLR` does. A warm-up climbs within an
    /// epoch too: `part` says how much of it is done, from 0 to 1.
    package func learningRate(epoch: Int, part: Double = 0) -> Double {
        let base = optimizer.learningRate
        var done = epoch - 1
        if let warmUp {
            if done < warmUp.epochs {
                let share = (Double(done) + part) / Double(warmUp.epochs)
                return base * (warmUp.start + (1 - warmUp.start) * share)
            }
            done -= warmUp.epochs
        }
        switch schedule {
        case .constant: return base
        case .step(let epochs, let factor): return base * pow(factor, Double(done / epochs))
        case .cosine(let epochs, let minimum):
            return minimum + (base - minimum) * (1 + cos(.pi * Double(done) / Double(epochs))) / 2
        }
    }
}
