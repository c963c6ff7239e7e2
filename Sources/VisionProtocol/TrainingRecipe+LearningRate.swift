// The learning rate of an epoch, in closed form.

import Foundation

extension TrainingRecipe {
    /// The learning rate of epoch `epoch` (counted from 1). The formulas are those of PyTorch's schedulers stepped
    /// once per epoch; beyond its length a cosine rises again, as in `CosineAnnealingLR`. A warm-up also rises within
    /// an epoch: `part` is the fraction of the epoch completed, 0...1.
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
