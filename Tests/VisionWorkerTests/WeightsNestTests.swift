// Checkpoints as saved by training scripts: nesting, prefixes, types, and objects other than tensors.

import Basics
import Foundation
import Testing
import VisionWorker

@Suite struct WeightsNestTests {
    /// The values written by `scripts/make-weights-goldens`.
    struct Golden: Decodable, Sendable, CustomTestStringConvertible {
        var file: String
        /// Values of the floating-point tensors by set and name.
        var sets: [String: [String: [Double]]]
        var testDescription: String { file }

        static let all: [Golden] = {
            struct Document: Decodable { var files: [Golden] }
            let url = TorchGoldens.folder.appendingPathComponent("weights.json")
            return try! JSONDecoder().decode(Document.self, from: Data(contentsOf: url)).files
        }()
    }

    @Test(arguments: Golden.all)
    func everySetIsFoundWithPyTorchsValues(_ golden: Golden) throws {
        let weights = try WeightsFile.read(TorchGoldens.folder.appendingPathComponent(golden.file).path)
        #expect(Set(weights.sets.map(\.path)) == Set(golden.sets.keys))
        for set in weights.sets {
            let floats = set.tensors.compactMapValues { $0.convertedToFloats() }
            #expect(floats == golden.sets[set.path]?.mapValues { $0.map { Float($0) } })
        }
    }

    /// Truncated and changed files are refused or read; none crashes.
    @Test(arguments: Golden.all)
    func survivesBrokenFiles(_ golden: Golden) throws {
        let whole = try Data(contentsOf: TorchGoldens.folder.appendingPathComponent(golden.file))
        for at in stride(from: 0, to: whole.count, by: 3) {
            var broken = whole
            broken[at] ^= 0x15
            WeightsFuzzing.check(broken)
            WeightsFuzzing.check(whole.prefix(at))
        }
    }

    // MARK: Tensors that a network accepts

    private static let state = try! TorchGoldens.network(Architecture(.smallCNN, classes: 3)).stored()

    private static func renamed(_ change: (String) -> String) -> [String: StoredTensor] {
        Dictionary(uniqueKeysWithValues: state.map { (change($0.key), $0.value) })
    }

    private static func f16(_ tensor: StoredTensor) -> StoredTensor {
        // Always 1.0: only the type matters here.
        StoredTensor(
            kind: .float16, shape: tensor.shape,
            bytes: Data((0..<tensor.shape.reduce(1, *)).flatMap { _ in [0x00, 0x3C] as [UInt8] }))
    }

    struct Accepted: Sendable, CustomTestStringConvertible {
        var id: String
        var sets: [StoredWeights.Set]
        var key: String?
        var notes: [String]
        var testDescription: String { id }
    }

    static let accepted: [Accepted] = [
        Accepted(id: "plain", sets: [.init(path: "", tensors: state)], notes: []),
        Accepted(
            id: "nest", sets: [.init(path: "state_dict", tensors: state)], notes: ["taken from 'state_dict'"]),
        Accepted(
            id: "data parallel", sets: [.init(path: "", tensors: renamed { "module." + $0 })],
            notes: ["prefix 'module.' removed from the tensors' names"]),
        Accepted(
            id: "compiled", sets: [.init(path: "", tensors: renamed { "_orig_mod." + $0 })],
            notes: ["'_orig_mod.' removed from the tensors' names"]),
        Accepted(
            id: "compiled parts",
            sets: [.init(path: "", tensors: renamed { $0.replacing("features.", with: "features._orig_mod.") })],
            notes: ["'_orig_mod.' removed from the tensors' names"]),
        Accepted(
            id: "all at once", sets: [.init(path: "model_state_dict", tensors: renamed { "model.module._orig_mod." + $0 })],
            notes: [
                "taken from 'model_state_dict'", "prefix 'model.module.' removed from the tensors' names",
                "'_orig_mod.' removed from the tensors' names",
            ]),
        Accepted(
            id: "other tensors beside them",
            sets: [
                .init(path: "", tensors: ["step": StoredTensor([1], shape: [1])]),
                .init(
                    path: "net",
                    tensors: state.merging(["loss.weight": StoredTensor([1], shape: [1])]) { first, _ in first }),
            ],
            notes: [
                "taken from 'net'", "1 tensor that the architecture does not have ignored: loss.weight",
                "not used: '(top)'",
            ]),
        Accepted(
            id: "the set that is asked for",
            sets: [.init(path: "model", tensors: state), .init(path: "ema", tensors: state)], key: "ema",
            notes: ["taken from 'ema'", "not used: 'model'"]),
        Accepted(
            id: "the prefix that is asked for",
            sets: [
                .init(
                    path: "state_dict",
                    tensors: renamed { "student." + $0 }.merging(renamed { "teacher." + $0 }) { first, _ in first })
            ], key: "teacher",
            notes: [
                "taken from 'state_dict'", "prefix 'teacher.' removed from the tensors' names",
                "27 tensors that the architecture does not have ignored: student.classifier.bias, "
                    + "student.classifier.weight, student.features.0.conv.weight, …",
            ]),
        Accepted(
            id: "only one of two fits",
            sets: [
                .init(path: "model", tensors: state), .init(path: "critic", tensors: ["w": StoredTensor([1], shape: [1])]),
            ], notes: ["taken from 'model'", "not used: 'critic'"]),
        Accepted(
            id: "half precision", sets: [.init(path: "", tensors: state.mapValues(f16))],
            notes: ["\(state.count) tensors converted from F16 to F32"]),
        Accepted(
            id: "with the batches counted",
            sets: [
                .init(
                    path: "",
                    tensors: state.merging(["features.0.norm.num_batches_tracked": StoredTensor([Int64(7)])]) { first, _ in
                        first
                    })
            ], notes: []),
    ]

    @Test(arguments: accepted)
    func acceptsWeightsAsPeopleHaveThem(_ test: Accepted) throws {
        let network = try Network(Architecture(.smallCNN, classes: 3), generator: TorchGenerator(seed: 5))
        let loaded = try network.load(StoredWeights(sets: test.sets), key: test.key, replacingClassifier: false)
        #expect(loaded.notes == test.notes)
        #expect(loaded.replaced.isEmpty)
        if !test.id.contains("half") { #expect(try network.stored() == Self.state) }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var id: String
        var sets: [StoredWeights.Set]
        var key: String?
        var error: WeightsError
        var testDescription: String { id }
    }

    static let refused: [Refused] = [
        Refused(
            id: "two nests fit", sets: [.init(path: "model", tensors: state), .init(path: "ema", tensors: state)],
            error: .ambiguous(keys: ["ema", "model"])),
        Refused(
            id: "two prefixes fit",
            sets: [
                .init(
                    path: "", tensors: renamed { "ema." + $0 }.merging(renamed { "model." + $0 }) { first, _ in first })
            ], error: .ambiguous(keys: ["ema", "model"])),
        Refused(
            id: "no such key", sets: [.init(path: "model", tensors: state)], key: "ema",
            error: .noSet(key: "ema", has: ["model"])),
        Refused(
            id: "a tensor is missing behind a prefix",
            sets: [
                .init(path: "", tensors: renamed { "module." + $0 }.filter { $0.key != "module.features.1.conv.weight" })
            ], error: .missing(["module.features.1.conv.weight"])),
        Refused(
            id: "integers",
            sets: [
                .init(
                    path: "",
                    tensors: state.merging([
                        "features.0.norm.bias": StoredTensor(kind: .int32, shape: [16], bytes: Data(count: 64))
                    ]) { _, new in new })
            ], error: .kind(name: "features.0.norm.bias", found: "I32")),
        // Such a network answered every image with the first label.
        Refused(
            id: "not a number", sets: [.init(path: "", tensors: state.merging(biased(.nan)) { _, new in new })],
            error: .notFinite(name: "features.0.norm.bias")),
        Refused(
            id: "infinite", sets: [.init(path: "", tensors: state.merging(biased(-.infinity)) { _, new in new })],
            error: .notFinite(name: "features.0.norm.bias")),
        Refused(
            id: "beyond the range of F32",
            sets: [
                .init(
                    path: "",
                    tensors: state.merging([
                        "features.0.norm.bias": StoredTensor(doubles: [Double](repeating: 1e300, count: 16), shape: [16])
                    ]) { _, new in new })
            ], error: .notFinite(name: "features.0.norm.bias")),
    ]

    /// A tensor of the network with one other value.
    private static func biased(_ value: Float) -> [String: StoredTensor] {
        ["features.0.norm.bias": StoredTensor([Float](repeating: 0, count: 15) + [value], shape: [16])]
    }

    @Test(arguments: refused)
    func refusesWithTheReason(_ test: Refused) throws {
        let network = try Network(Architecture(.smallCNN, classes: 3), generator: TorchGenerator(seed: 5))
        let error = try #require(throws: WeightsError.self) {
            try network.load(StoredWeights(sets: test.sets), key: test.key, replacingClassifier: false)
        }
        #expect(error == test.error)
    }

    /// Every bit pattern of a half has the value that IEEE 754 gives it.
    @Test func halvesAreExact() {
        let all = StoredTensor(
            kind: .float16, shape: [65_536],
            bytes: Data((0..<65_536).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }))
        let values = all.convertedToFloats() ?? []
        #expect(values.count == 65_536)
        #expect(values[0x3C00] == 1 && values[0xC000] == -2 && values[0x7BFF] == 65504 && values[0x0001] == 0x1p-24)
        #expect(values[0x03FF] == 1023 * 0x1p-24 && values[0x0400] == 0x1p-14 && values[0x7C00] == .infinity)
        #expect(values[0x7E00].isNaN && values[0x8000] == 0 && values[0x8000].sign == .minus && values[0xFC00] == -.infinity)
        // From one positive number to the next they rise.
        for bits in 1...0x7C00 { #expect(values[bits] > values[bits - 1]) }
    }
}
