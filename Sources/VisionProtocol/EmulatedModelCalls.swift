// The small model behind the emulator: load it, ask it about a picture, fine-tune it.

/// A model that the emulator answers with. It is a value: the worker loads it once and keeps it in memory, so
/// no handle is lost when a worker is started again.
package struct EmulatedModel: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable {
        /// The committed network for generated pictures.
        case shapes
        /// EfficientNet-Lite0 with ImageNet weights.
        case photographs
    }

    package var kind: Kind
    /// Weights in safetensors; `nil` for the committed ones of `shapes`.
    package var weights: String?
    /// Class index, synset, names, separated by tabs; `nil` for the committed ones of `shapes`.
    package var classes: String?
    /// Side of the network's input in pixels.
    package var inputSize: Int
    /// What a `fine-tune` wrote, on top of the weights; `nil` for the base model.
    package var checkpoint: String?

    package init(
        kind: Kind, weights: String? = nil, classes: String? = nil, inputSize: Int, checkpoint: String? = nil
    ) {
        self.kind = kind
        self.weights = weights
        self.classes = classes
        self.inputSize = inputSize
        self.checkpoint = checkpoint
    }
}

/// `load-model`: reads the model into memory and says what it is.
package struct LoadModelCall: VisionCall {
    package static let name = "load-model"

    package struct Result: Codable, Hashable, Sendable {
        /// What reports call it, such as `EfficientNet-Lite0`.
        package var architecture: String
        /// Names of the classes that it can tell.
        package var classes: Int
        /// SHA-256 of weights and classes: part of the identity of the emulator's answers.
        package var digest: String
        package init(architecture: String, classes: Int, digest: String) {
            self.architecture = architecture
            self.classes = classes
            self.digest = digest
        }
    }

    package var model: EmulatedModel
    package init(model: EmulatedModel) { self.model = model }
}

/// `answer`: which of the prompt's labels the model sees in a picture.
package struct AnswerCall: VisionCall {
    package static let name = "answer"

    /// A picture by path, or its file's bytes in base64.
    package enum Image: Codable, Hashable, Sendable {
        case path(String)
        case base64(String)
    }

    package struct Answer: Codable, Hashable, Sendable {
        /// The answer; `nil` when the prompt lists no label, or the picture does not decode.
        package var label: String?
        /// Softmax over the known labels; the chance of a guess when none is known.
        package var confidence: Double
        /// Why the picture does not decode: one bad picture does not fail the others.
        package var unreadable: String?
        package init(label: String?, confidence: Double, unreadable: String? = nil) {
            self.label = label
            self.confidence = confidence
            self.unreadable = unreadable
        }
    }

    package struct Result: Codable, Hashable, Sendable {
        /// One for each image, in order.
        package var answers: [Answer]
        /// How many of the labels the model has learned anything of.
        package var known: Int
        package init(answers: [Answer], known: Int) {
            self.answers = answers
            self.known = known
        }
    }

    package var model: EmulatedModel
    package var images: [Image]
    /// The labels that the prompt lists.
    package var labels: [String]

    package init(model: EmulatedModel, images: [Image], labels: [String]) {
        self.model = model
        self.images = images
        self.labels = labels
    }
}

/// What a fine-tuning job learns from.
package enum FineTuneObjective: Codable, Hashable, Sendable {
    /// The answers of its examples.
    case supervised
    /// Pairs of a preferred answer and one that is not; `beta` weighs how far the model may leave its start.
    /// `weightDecay` is AdamW's.
    case preference(beta: Double, weightDecay: Double)
    /// Rewards. `answerKey`: the one member of the JSON object that answers are, `nil` for plain text.
    case reward(RewardGrader, answerKey: String?)
}

/// `fine-tune`: trains the model on chat examples and writes a checkpoint after each epoch.
package struct FineTuneCall: VisionCall {
    package typealias Event = FineTuneStep
    package static let name = "fine-tune"

    package struct Result: Codable, Hashable, Sendable {
        package var steps: [FineTuneStep]
        /// Examples that were trained on in each epoch.
        package var trained: Int
        /// Examples that could not be used, with the line of the file and the reason.
        package var skipped: [SkippedExample]
        package init(steps: [FineTuneStep], trained: Int, skipped: [SkippedExample]) {
            self.steps = steps
            self.trained = trained
            self.skipped = skipped
        }
    }

    package var model: EmulatedModel
    package var objective: FineTuneObjective
    /// Path of the training file: one example a line in the form of the objective, the picture as a data URL.
    package var trainingFile: String
    /// The same for validation, asked at the end of each epoch; `nil` validates nothing.
    package var validationFile: String?
    package var batchSize: Int
    package var learningRateMultiplier: Double
    package var epochs: Int
    package var seed: UInt64
    /// A folder that exists: `epoch-N.safetensors` is what epoch N, counted from 1, left.
    package var output: String
    package var threads: Int

    package init(
        model: EmulatedModel, objective: FineTuneObjective = .supervised, trainingFile: String, validationFile: String? = nil, batchSize: Int,
        learningRateMultiplier: Double, epochs: Int, seed: UInt64, output: String, threads: Int
    ) {
        self.model = model
        self.objective = objective
        self.trainingFile = trainingFile
        self.validationFile = validationFile
        self.batchSize = batchSize
        self.learningRateMultiplier = learningRateMultiplier
        self.epochs = epochs
        self.seed = seed
        self.output = output
        self.threads = threads
    }
}

package struct FineTuneStep: Codable, Hashable, Sendable {
    /// Counts from 1, over all epochs.
    package var step: Int
    package var of: Int
    package var epoch: Int
    package var trainLoss: Double
    /// Share of the step's answers that the model gave right, 0...1.
    package var trainMeanTokenAccuracy: Double
    /// At the last step of an epoch, whose checkpoint is written by then.
    package var endsEpoch: Bool
    /// Over the whole validation file, at the last step of an epoch, when there is such a file.
    package var fullValidLoss: Double?
    package var fullValidMeanTokenAccuracy: Double?

    package init(
        step: Int, of: Int, epoch: Int, trainLoss: Double, trainMeanTokenAccuracy: Double, endsEpoch: Bool = false,
        fullValidLoss: Double? = nil, fullValidMeanTokenAccuracy: Double? = nil
    ) {
        self.step = step
        self.of = of
        self.epoch = epoch
        self.trainLoss = trainLoss
        self.trainMeanTokenAccuracy = trainMeanTokenAccuracy
        self.endsEpoch = endsEpoch
        self.fullValidLoss = fullValidLoss
        self.fullValidMeanTokenAccuracy = fullValidMeanTokenAccuracy
    }
}

package struct SkippedExample: Codable, Hashable, Sendable {
    package var line: Int
    package var reason: String
    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }
}
