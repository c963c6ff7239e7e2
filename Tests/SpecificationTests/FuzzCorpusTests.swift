// Replays the fuzzer's corpus and, for some seconds, mutations of it; scripts/fuzz runs longer.

import Basics
import Foundation
import SpecificationFuzzing
import Testing

@Suite struct FuzzCorpusTests {
    static let inputs: [[UInt8]] = {
        let folder = Bundle.module.resourceURL?.appending(path: "Corpus")
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return [] }
        return names.sorted().compactMap { try? [UInt8](Data(contentsOf: folder.appending(path: $0))) }
    }()

    @Test func everyInputOfTheCorpusEnds() {
        #expect(Self.inputs.count >= 100)
        var reported = 0
        for input in Self.inputs { reported += SpecFuzzing.check(input) }
        // Most of the corpus are slips.
        #expect(reported > Self.inputs.count / 2)
    }

    /// Bounded by time on purpose; every machine tests the same inputs in the same order.
    @Test func mutationsEnd() {
        var random = SeededRandom(seed: 5)
        let end = ContinuousClock.now + .seconds(45)
        var count = 0
        while ContinuousClock.now < end, count < 200_000 {
            SpecFuzzing.check(mutation(&random))
            count += 1
        }
        print("\(count) mutated specs were read")
        #expect(count > 0)
    }

    /// An input with a few of its bytes, lines or parts changed, dropped, doubled or taken from another.
    private func mutation(_ random: inout SeededRandom) -> [UInt8] {
        guard var bytes = Self.inputs.randomElement(using: &random) else { return [] }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...24, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.replaceSubrange(at..<end, with: [])
            case 1: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
            case 3: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            case 4: bytes.insert(contentsOf: Array(Self.words.randomElement(using: &random)?.utf8 ?? "".utf8), at: at)
            default:
                guard let other = Self.inputs.randomElement(using: &random) else { continue }
                let start = Int.random(in: 0...other.count, using: &random)
                bytes.replaceSubrange(at..<end, with: other[start..<min(other.count, start + 60)])
            }
        }
        return bytes
    }

    private static let words = [
        ": ", "\n  ", "- ", "[", "]", "{", "}", "&a ", "*a", "<<: ", "'", "\"", "|\n", "${NAME}", "{{ labels }}", "#",
        "\t", "\r\n", "!!int ", "---\n", "extends: small.yaml\n", "0x", "1e999", ".nan", "null", "\u{FEFF}", "\u{2028}",
    ]
}
