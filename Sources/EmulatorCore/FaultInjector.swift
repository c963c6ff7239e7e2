// Selects the fault for each request and persists the counts across restarts.

import Basics
import Foundation
import Platform

/// Counts the matches of each fault and draws probabilities from the seed and the count, so that a restart continues
/// the script.
actor FaultInjector {
    private struct Tally: Codable {
        var matched = 0
        var hit = 0
    }

    private let script: FaultScript
    private let file: URL
    private var tallies: [Tally]

    init(_ script: FaultScript?, file: URL) {
        self.script = script ?? FaultScript(faults: [])
        self.file = file
        let saved = (try? LocalFileSystem().read(file.path, limit: FileSizeLimit.text)).flatMap { try? [Tally](json: $0) }
        let count = self.script.faults.count
        tallies = saved?.count == count ? saved ?? [] : Array(repeating: Tally(), count: count)
    }

    /// The fault to inject into this request; `nil` for none.
    func fault(for operation: String) -> Fault? {
        var chosen: Fault?
        var isChanged = false
        for (index, fault) in script.faults.enumerated() where fault.matches(operation) {
            tallies[index].matched = tallies[index].matched.saturatingAdding(1)
            isChanged = true
            guard chosen == nil, isDue(fault, index) else { continue }
            tallies[index].hit = tallies[index].hit.saturatingAdding(1)
            chosen = fault
        }
        if isChanged, let data = try? JSONEncoder().encode(tallies) { try? data.write(to: file, options: .atomic) }
        return chosen
    }

    private func isDue(_ fault: Fault, _ index: Int) -> Bool {
        let tally = tallies[index]
        guard tally.matched > fault.after ?? 0 else { return false }
        if let times = fault.times ?? (fault.probability == nil ? 1 : nil), tally.hit >= times { return false }
        guard let probability = fault.probability else { return true }
        let stream = (script.seed ?? 0) &+ UInt64(index) &* 0x1_0000_0000 &+ UInt64(truncatingIfNeeded: tally.matched)
        var random = SeededRandom(seed: stream)
        return random.unit() < probability
    }
}
