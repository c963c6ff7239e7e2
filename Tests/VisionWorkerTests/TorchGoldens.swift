// PyTorch's values, written by `scripts/make-torch-goldens`.

import Foundation
import VisionWorker

struct TorchGoldens: Decodable {
    struct Logits: Decodable, Sendable {
        var architecture: String
        var side: Int
        var logits: [Float]
    }

    /// The tensor names of timm's `tf_efficientnet_lite0`, and its values.
    struct Timm: Decodable, Sendable {
        var side: Int
        var shapes: [String: [Int]]
        var logits: [Float]
    }

    struct Training: Decodable, Sendable {
        var optimizer: String
        var losses: [Float]
        var bias: [Float]
    }

    var logits: [Logits]
    var timm: Timm
    var training: [Training]
    var schedules: [String: [Double]]
    var pth: [String: [Float]]

    static let folder = Bundle.module.resourceURL!.appendingPathComponent("Goldens")
    static let all = try! JSONDecoder().decode(
        TorchGoldens.self, from: Data(contentsOf: folder.appendingPathComponent("torch.json")))

    /// The script's numbers in [-1, 1): FNV-1a of the name seeds a linear congruence.
    static func unitValues(_ name: String, count: Int) -> [Float] {
        var state = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        // A loop over memory, because networks have millions of values and tests are not optimized.
        return [Float](unsafeUninitializedCapacity: count) { buffer, written in
            var next = buffer.baseAddress!
            for _ in 0..<count {
                state = state &* 1_664_525 &+ 1_013_904_223
                next.initialize(to: Float(state >> 8) / 8_388_608 - 1)
                next += 1
            }
            written = count
        }
    }

    /// The script's value of a network's tensor.
    static func synthetic(_ name: String, shape: [Int]) -> StoredTensor {
        let count = shape.reduce(1, *)
        var values = unitValues(name, count: count)
        if name.hasSuffix("running_var") {
            values = values.map { 1 + 0.5 * abs($0) }
        } else if shape.count > 1 {
            let bound = Float((6 / Double(count / shape[0])).squareRoot())
            values = values.map { $0 * bound }
        } else {
            let base: Float = name.hasSuffix(".weight") ? 1 : 0
            values = values.map { base + $0 * 0.125 }
        }
        return StoredTensor(values, shape: shape)
    }

    /// A network with the script's values.
    static func network(_ architecture: Architecture) throws -> Network {
        let network = try Network(architecture, generator: TorchGenerator(seed: 0))
        let stored = network.declarations.map { ($0.name, synthetic($0.name, shape: $0.shape)) }
        _ = try network.load(Dictionary(uniqueKeysWithValues: stored), replacingClassifier: false)
        return network
    }
}

extension Network {
    /// Takes tensors as they lie at the top of a file.
    /// - Returns: the tensors of the last layer that stayed new.
    func load(_ stored: [String: StoredTensor], replacingClassifier: Bool) throws -> [String] {
        try load(StoredWeights(sets: [.init(path: "", tensors: stored)]), replacingClassifier: replacingClassifier).replaced
    }
}
