// The training examples that the emulated image screening rejects.

import Basics
import Foundation

/// Selects the examples of fine-tuning files that the image screening rejects.
package enum ImageScreeningRule: Hashable, Sendable {
    /// Rejects this share of each file's examples, rounded; the seed decides which.
    case share(Double, seed: UInt64)
    /// Rejects these lines, counted from 1.
    case lines(training: Set<Int>, validation: Set<Int>)

    /// The rejected lines, counted from 0, of a file with this number of examples.
    package func rejected(of examples: Int, isValidation: Bool) -> Set<Int> {
        switch self {
        case .share(let share, let seed):
            var random = SeededRandom(seed: isValidation ? ~seed : seed)
            let count = Int((share * Double(examples)).rounded())
            var lines = Array(0..<examples)
            for at in 0..<max(0, min(examples, count)) {
                lines.swapAt(at, at + Int(random.next() % UInt64(examples - at)))
            }
            return Set(lines.prefix(max(0, count)))
        case .lines(let training, let validation):
            return Set((isValidation ? validation : training).filter { (1...max(1, examples)).contains($0) }.map { $0 - 1 })
        }
    }
}
