// Replays the weights fuzzer's corpus and, for some seconds, mutations of it; scripts/fuzz weights runs longer.

import Basics
import Foundation
import Testing
import VisionWorker

@Suite struct WeightsFuzzTests {
    static let inputs: [Data] = {
        let folder = Bundle.module.resourceURL?.appending(path: "Corpus")
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            return []
        }
        return names.sorted().compactMap { try? Data(contentsOf: folder.appending(path: $0)) }
    }()

    @Test func everyInputOfTheCorpusEnds() {
        #expect(Self.inputs.count >= 7)
        let read = Self.inputs.count { WeightsFuzzing.check($0) }
        #expect((1..<Self.inputs.count).contains(read))
    }

    /// Bounded by time on purpose; every machine tests the same inputs in the same order.
    @Test func mutationsEnd() throws {
        var random = SeededRandom(seed: 3)
        let end = ContinuousClock.now + .seconds(15)
        var count = 0
        while ContinuousClock.now < end, count < 200_000 {
            WeightsFuzzing.check(try mutation(&random))
            count += 1
        }
        print("\(count) mutated files of weights were read")
        #expect(count > 0)
    }

    /// An input with a few of its bytes changed, dropped, doubled or taken from another.
    private func mutation(_ random: inout SeededRandom) throws -> Data {
        var bytes = [UInt8](try #require(Self.inputs.randomElement(using: &random)))
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...24, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.replaceSubrange(at..<end, with: [])
            case 1: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 2: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
            case 3: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            default:
                let other = [UInt8](try #require(Self.inputs.randomElement(using: &random)))
                let start = Int.random(in: 0...other.count, using: &random)
                bytes.replaceSubrange(at..<end, with: other[start..<min(other.count, start + 60)])
            }
        }
        return Data(bytes)
    }

    struct Bomb: Sendable, CustomTestStringConvertible {
        var id: String
        var shape: [Int]
        var strides: [Int]
        var says: String
        var testDescription: String { id }
    }

    static let bombs = [
        // One row of 16,384 zeros that 5,000 tensors repeat in another order: 330 MB out of 400 KB.
        Bomb(id: "repeated values", shape: [128, 128], strides: [0, 0], says: "far larger than the file"),
        // 5,000 tensors that share a shape of 5,000 dimensions.
        Bomb(
            id: "many dimensions", shape: [Int](repeating: 1, count: 5000), strides: [Int](repeating: 1, count: 5000),
            says: "not described"),
    ]

    /// Small files that demand much memory or time are rejected immediately.
    @Test(arguments: bombs) func refusesSmallFilesThatWouldFillMemory(_ bomb: Bomb) throws {
        var pickle = OlderStream()
        let values = 16_384
        pickle.begin(values: values, shape: bomb.shape, strides: bomb.strides)
        for index in 0..<5000 { pickle.tensor(named: "t\(index)") }
        let file = pickle.finished(values: values)
        let error = try #require(throws: WeightsError.self) { try WeightsFile.parse(file) }
        #expect("\(error)".contains(bomb.says), "\(error)")
    }
}

/// Writes PyTorch's older stream with one storage and tensors that all look at it in the same way.
private struct OlderStream {
    private var tensors = Data([0x80, 2])

    mutating func begin(values: Int, shape: [Int], strides: [Int]) {
        text("ctorch._utils\n_rebuild_tensor_v2\n")
        remember(0)
        text("(")
        string("storage")
        text("ctorch\nFloatStorage\n")
        string("0")
        string("cpu")
        integer(values)
        text("tQ")
        remember(1)
        tuple(shape)
        remember(2)
        tuple(strides)
        remember(3)
        text("}(")
    }

    mutating func tensor(named name: String) {
        string(name)
        // The function, then its arguments: storage, offset 0, shape, strides.
        tensors += Data([0x68, 0, 0x28, 0x68, 1, 0x4B, 0, 0x68, 2, 0x68, 3, 0x74, 0x52])
    }

    func finished(values: Int) -> Data {
        var file = Data([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E])
        file += Data([0x80, 2, 0x4D, 0xE9, 3, 0x2E]) + Data([0x80, 2, 0x7D, 0x2E])
        file += tensors + Data("u.".utf8)
        file += Data([0x80, 2, 0x5D, 0x58, 1, 0, 0, 0, 0x30, 0x61, 0x2E])
        return file + withUnsafeBytes(of: UInt64(values).littleEndian) { Data($0) } + Data(count: 4 * values)
    }

    private mutating func text(_ text: String) { tensors += Data(text.utf8) }
    private mutating func remember(_ index: UInt8) { tensors += Data([0x71, index]) }
    private mutating func integer(_ value: Int) {
        tensors += Data([0x4A]) + withUnsafeBytes(of: Int32(value).littleEndian) { Data($0) }
    }
    private mutating func string(_ string: String) {
        tensors += Data([0x58]) + withUnsafeBytes(of: UInt32(string.utf8.count).littleEndian) { Data($0) }
        text(string)
    }
    private mutating func tuple(_ values: [Int]) {
        text("(")
        for value in values { integer(value) }
        text("t")
    }
}
