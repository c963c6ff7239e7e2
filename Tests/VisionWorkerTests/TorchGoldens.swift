// What PyTorch computed, as `scripts/make-torch-goldens` wrote it.

import Foundation
import VisionWorker

struct TorchGoldens: Decodable {
    struct Logits: Decodable, Sendable {
        var architecture: String
        var side: Int
        var logits: [Float]
    }

    struct Training: Decodable, Sendable {
        var optimizer: String
        var losses: [Float]
        var bias: [Float]
    }

    var logits: [Logits]
    var training: [Training]
    var schedules: [String: [Double]]
    var pth: [String: [Float]]

    static let folder = Bundle.module.resourceURL!.appendingPathComponent("Goldens")
    static let all = try! JSONDecoder().decode(
        TorchGoldens.self, from: Data(contentsOf: folder.appendingPathComponent("torch.json")))

    /// The script's numbers in [-1, 1): FNV-1a of the name seeds a linear congruence.
    static func unitValues(_ name: String, count: Int) -> [Float] {
        var state = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / 8_388_608 - 1
        }
    }

    /// The script's value of a network's tensor.
    static func synthetic(_ declaration: TensorDeclaration) -> [Float] {
        let count = declaration.shape.reduce(1, *)
        let values = unitValues(declaration.name, count: count)
        if declaration.name.hasSuffix("running_var") { return values.map { 1 + 0.5 * abs($0) } }
        if declaration.shape.count > 1 {
            let bound = Float((6 / Double(count / declaration.shape[0])).squareRoot())
            return values.map { $0 * bound }
        }
        let base: Float = declaration.name.hasSuffix(".weight") ? 1 : 0
        return values.map { base + $0 * 0.125 }
    }

    /// A network with the script's values.
    static func network(_ architecture: Architecture) throws -> Network {
        let network = try Network(architecture, generator: TorchGenerator(seed: 0))
        let stored = network.declarations.map { ($0.name, StoredTensor(synthetic($0), shape: $0.shape)) }
        _ = try network.load(Dictionary(uniqueKeysWithValues: stored), replacingClassifier: false)
        return network
    }
}
