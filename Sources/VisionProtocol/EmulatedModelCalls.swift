// Requests for the small model behind the emulator: load it, classify images, fine-tune it.

/// The model that the emulator answers with. It is a value and not a handle: the worker loads it once and caches it,
/// so it survives a restart of the worker.
package struct EmulatedModel: Codable, Hashable, Sendable {
    /// The network family.
    package enum Kind: String, Codable, Hashable, Sendable {
        /// The bundled network for generated shapes.
        case shapes
        /// EfficientNet-Lite0 with ImageNet weights.
        case photographs
    }

    /// Selects the architecture and its preprocessing.
    package var kind: Kind
    /// Path of the safetensors weights; `nil` for the bundled weights of `shapes`.
    package var weights: String?
    /// Path of a tab-separated table of class index, synset and names; `nil` for the bundled table of `shapes`.
    package var classes: String?
    /// Side of the network's square input, in pixels.
    package var inputSize: Int
    /// Path of a checkpoint written by `fine-tune`, applied on top of the weights; `nil` for the base model.
    package var checkpoint: String?

    /// Creates a model description without reading its files.
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

/// `load-model`: loads the model into memory and describes it.
package struct LoadModelCall: VisionCall {
    /// The member that names this request on the wire.
    package static let name = "load-model"

    /// The loaded model's description.
    package struct Result: Codable, Hashable, Sendable {
        /// Display name used in reports, such as `EfficientNet-Lite0`.
        package var architecture: String
        /// Number of classes that it can distinguish.
        package var classes: Int
        /// SHA-256 of weights and classes: part of the identity of the emulator's answers.
        package var digest: String
        /// - Parameter digest: SHA-256 in hexadecimal.
        package init(architecture: String, classes: Int, digest: String) {
            self.architecture = architecture
            self.classes = classes
            self.digest = digest
        }
    }

    /// The model to load.
    package var model: EmulatedModel
    /// Creates the request; a model that is already loaded is not read again.
    package init(model: EmulatedModel) { self.model = model }
}

/// `answer`: chooses the label that the model sees in each image from those that the prompt lists.
package struct AnswerCall: VisionCall {
    /// The member that names this request on the wire.
    package static let name = "answer"

    /// An image, as a path or as the file's bytes in base64.
    package enum Image: Codable, Hashable, Sendable {
        case path(String)
        case base64(String)
    }

    /// The answer for one image.
    package struct Answer: Codable, Hashable, Sendable {
        /// The chosen label; `nil` if the prompt lists no label or the image does not decode.
        package var label: String?
        /// Softmax over the known labels, 0...1; the chance of a random guess if none is known.
        package var confidence: Double
        /// Why the image does not decode. One undecodable image does not fail the others.
        package var unreadable: String?
        /// - Parameter unreadable: the reason, for an image that does not decode.
        package init(label: String?, confidence: Double, unreadable: String? = nil) {
            self.label = label
            self.confidence = confidence
            self.unreadable = unreadable
        }
    }

    /// The answers for all images of the request.
    package struct Result: Codable, Hashable, Sendable {
        /// One for each image, in order.
        package var answers: [Answer]
        /// Number of requested labels that the model has learned.
        package var known: Int
        /// - Parameter known: number of requested labels that the model has learned.
        package init(answers: [Answer], known: Int) {
            self.answers = answers
            self.known = known
        }
    }

    /// The model to ask; loaded on first use.
    package var model: EmulatedModel
    /// The images to classify, in order.
    package var images: [Image]
    /// The labels that the prompt lists.
    package var labels: [String]

    /// Creates a request for one answer for each image.
    package init(model: EmulatedModel, images: [Image], labels: [String]) {
        self.model = model
        self.images = images
        self.labels = labels
    }
}

/// The training signal of a fine-tuning job.
package enum FineTuneObjective: Codable, Hashable, Sendable {
    /// The answers in the examples.
    case supervised
    /// Pairs of a preferred and a rejected answer; `beta` weights the penalty for leaving the reference model.
    /// `weightDecay` is AdamW's.
    case preference(beta: Double, weightDecay: Double)
    /// Rewards from a grader. `answerKey` is the only property of JSON answers; `nil` for plain text.
    case reward(RewardGrader, answerKey: String?)
}

/// `fine-tune`: trains the model on chat examples and writes a checkpoint after each epoch.
package struct FineTuneCall: VisionCall {
    /// Sent after each step.
    package typealias Event = FineTuneStep
    /// The member that names this request on the wire.
    package static let name = "fine-tune"

    /// The outcome of the whole job.
    package struct Result: Codable, Hashable, Sendable {
        /// All steps of all epochs, in order.
        package var steps: [FineTuneStep]
        /// Number of examples trained on in each epoch.
        package var trained: Int
        /// Unusable examples, with their line number and the reason.
        package var skipped: [SkippedExample]
        /// - Parameter trained: number of examples in each epoch, without the skipped ones.
        package init(steps: [FineTuneStep], trained: Int, skipped: [SkippedExample]) {
            self.steps = steps
            self.trained = trained
            self.skipped = skipped
        }
    }

    /// The model that training starts from.
    package var model: EmulatedModel
    /// Determines the form of the training file and the loss.
    package var objective: FineTuneObjective
    /// Path of the training file: one example per line in the form of the objective, images as data URLs.
    package var trainingFile: String
    /// Path of the validation file, evaluated at the end of each epoch; `nil` for no validation.
    package var validationFile: String?
    /// Number of examples per step.
    package var batchSize: Int
    /// Factor on the worker's built-in learning rate.
    package var learningRateMultiplier: Double
    /// Number of passes over the training file.
    package var epochs: Int
    /// Determines the order of examples.
    package var seed: UInt64
    /// An existing folder. The checkpoint of epoch N, counted from 1, is written there as `epoch-N.safetensors`.
    package var output: String
    /// Number of CPU threads.
    package var threads: Int

    /// - Parameter output: an existing folder for the checkpoints.
    package init(
        model: EmulatedModel, objective: FineTuneObjective = .supervised, trainingFile: String, validationFile: String? = nil,
        batchSize: Int,
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

/// The metrics of one training step, reported as an event.
package struct FineTuneStep: Codable, Hashable, Sendable {
    /// Counted from 1 over all epochs.
    package var step: Int
    /// Total number of steps in the job.
    package var of: Int
    /// The epoch of this step, counted from 1.
    package var epoch: Int
    /// Mean loss over the step's examples.
    package var trainLoss: Double
    /// Share of the step's examples that the model answered correctly, 0...1.
    package var trainMeanTokenAccuracy: Double
    /// Whether this is the last step of an epoch. The epoch's checkpoint is already written.
    package var endsEpoch: Bool
    /// Mean loss over the whole validation file, at the last step of an epoch; `nil` without a validation file.
    package var fullValidLoss: Double?
    /// Share of correct answers over the whole validation file, 0...1; set together with `fullValidLoss`.
    package var fullValidMeanTokenAccuracy: Double?

    /// Creates the metrics of a step; validation values only at the end of an epoch.
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

/// A line of the training file that was not used.
package struct SkippedExample: Codable, Hashable, Sendable {
    /// Line number, counted from 1.
    package var line: Int
    /// Why the example is unusable, such as an image that does not decode.
    package var reason: String
    /// - Parameter line: counted from 1.
    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }
}
