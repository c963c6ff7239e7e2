// The trainers that `assay init` can write: a program, and its part of the spec.

import Basics
import Foundation
import Platform

/// A kind of trainer. Its program is the one of the bundled experiment with the same name.
package enum TrainerTemplate: String, Sendable, CaseIterable {
    case pytorch, timm, sklearn

    /// The hyperparameters that the program reads.
    private var hyperparameters: String {
        switch self {
        case .pytorch: "{ learning_rate: 0.002, batch_size: 16, image_size: 64 }"
        case .timm:
            "{ model: resnet18, pretrained: false, image_size: 96, batch_size: 16, learning_rate: 3.0e-4, weight_decay: 1.0e-4 }"
        case .sklearn: "{ learning_rate: 0.002, alpha: 0.001 }"
        }
    }

    private var versions: String {
        switch self {
        case .pytorch: "import torch; print(torch.__version__)"
        case .timm: "import torch, timm; print(torch.__version__, timm.__version__)"
        case .sklearn: "import sklearn; print(sklearn.__version__)"
        }
    }

    /// The packages that the program imports.
    package var packages: String {
        switch self {
        case .pytorch: "torch numpy pillow"
        case .timm: "torch timm numpy pillow safetensors"
        case .sklearn: "scikit-learn numpy pillow"
        }
    }

    /// The model's lines in the section `models`.
    func model(selectsLast: Bool) -> [String] {
        [
            "  # A model trained by your own program, one epoch at a time (docs/trainers.md): pip install \(packages)",
            "  \(rawValue):", "    train:", "      program: [python3, train.py]", "      inputs: [train.py, assay_trainer.py]",
            "      data: { split: main }", "      epochs: 8", "      hyperparameters: \(hyperparameters)",
            "      versions: [python3, -c, \"\(versions)\"]", "      long_lived: true",
        ] + (selectsLast ? ["      select: last"] : []) + ["      seed: 42"]
    }

    /// Writes `train.py` and `assay_trainer.py` into a folder.
    /// - Throws: `Refusal` if one of them exists and `replaces` is false, or if the installation lacks them.
    package func write(to folder: String, replaces: Bool) throws -> [String] {
        let sources = [("train.py", "trainers/\(rawValue)/train.py"), ("assay_trainer.py", "trainers/assay_trainer.py")]
        let targets = sources.map { (folder.isEmpty ? "" : folder + "/") + $0.0 }
        for target in targets { try NewSpec.requireFree(target, replaces: replaces) }
        for ((_, source), target) in zip(sources, targets) {
            guard let path = BundledExperiments.file(source) else {
                throw Refusal("this installation does not contain experiments/\(source)", code: .failure)
            }
            try LocalFileSystem().replace(target, with: LocalFileSystem().read(path), durable: false)
        }
        return targets
    }
}
