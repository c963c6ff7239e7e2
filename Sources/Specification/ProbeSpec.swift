// Probes: a small classifier on the features of a frozen network.

package import Basics

/// A classifier on the features of a network that is not trained. Features are computed once per image and backbone.
package struct ProbeSpec: Hashable, Sendable, Codable {
    /// The source of the features.
    package var backbone: BackboneSpec
    /// The classifier, with the values among which the validation part chooses.
    package var head: HeadSpec
    /// The split: its train part fits the classifier, its validation part chooses the classifier's setting.
    package var data: TrainDataSpec

    /// - Parameter head: multinomial logistic regression unless given.
    package init(backbone: BackboneSpec, head: HeadSpec = .logistic(c: ProbeSpec.defaultC), data: TrainDataSpec) {
        self.backbone = backbone
        self.head = head
        self.data = data
    }

    /// The inverse regularization strengths that are tried unless the spec lists others.
    package static let defaultC: [Double] = [0.001, 0.01, 0.1, 1, 10]
    /// The numbers of neighbours that are tried unless the spec lists others.
    package static let defaultK = [1, 3, 5, 10, 20]
}

/// The source of a probe's features.
package enum BackboneSpec: Hashable, Sendable, Codable {
    case network(NetworkBackbone)
    case program(ProgramBackbone)
}

/// A built-in network without its last layer.
package struct NetworkBackbone: Hashable, Sendable, Codable {
    /// The network architecture.
    package var architecture: ArchitectureName
    /// The weights; without weights the features are those of a random network.
    package var weights: WeightsSpec
    /// The operations on an image, in order.
    package var evaluate: [EvaluateOperation]
    /// The normalization of the channels; `nil` for the one of the architecture's weights.
    package var normalize: NormalizeSpec?
    /// The number of threads; `nil` for all cores. It affects the last bits of the features.
    package var threads: Int?

    /// - Parameter normalize: `nil` for the normalization of the architecture's weights.
    package init(
        architecture: ArchitectureName, weights: WeightsSpec = .none, evaluate: [EvaluateOperation] = [],
        normalize: NormalizeSpec? = nil, threads: Int? = nil
    ) {
        self.architecture = architecture
        self.weights = weights
        self.evaluate = evaluate
        self.normalize = normalize
        self.threads = threads
    }
}

/// A program that computes features; `docs/trainers.md` describes the action `features`.
package struct ProgramBackbone: Hashable, Sendable, Codable {
    /// The program with its arguments; `features` and the path of the request are appended.
    package var program: CommandLine
    /// Files and folders that the program reads, and outputs of commands. Their contents are part of the key.
    package var inputs: [CommandInput]
    /// Values passed to the program as written. Part of the key.
    package var hyperparameters: JSONValue
    /// The seed passed to the program. Part of the key.
    package var seed: Int
    /// The names of environment variables that the program receives. Part of the key.
    package var environment: [String]
    /// A command with output that is part of the key; `nil` for none.
    package var versions: CommandLine?
    /// The folder of a Python virtual environment; `nil` for none.
    package var python: FileReference?
    /// The time limit of one call; `nil` for none.
    package var timeLimit: Duration?
    /// The devices that a call occupies. Not part of the key.
    package var resources: ResourcesSpec

    /// - Parameter timeLimit: for each call.
    package init(
        program: CommandLine, inputs: [CommandInput] = [], hyperparameters: JSONValue = .object([:]), seed: Int = 0,
        environment: [String] = [], versions: CommandLine? = nil, python: FileReference? = nil,
        timeLimit: Duration? = nil, resources: ResourcesSpec = ResourcesSpec()
    ) {
        self.program = program
        self.inputs = inputs
        self.hyperparameters = hyperparameters
        self.seed = seed
        self.environment = environment
        self.versions = versions
        self.python = python
        self.timeLimit = timeLimit
        self.resources = resources
    }

    /// The program as a trainer, for code that plans and runs both.
    package func trainer(_ data: TrainDataSpec) -> TrainerSpec {
        TrainerSpec(
            program: program, data: data, epochs: 1, inputs: inputs, hyperparameters: hyperparameters, seed: seed,
            environment: environment, versions: versions, python: python, timeLimit: timeLimit, resources: resources)
    }
}

/// The classifier of a probe. Features are standardized with the mean and standard deviation of the train part.
package enum HeadSpec: Hashable, Sendable, Codable {
    /// Multinomial logistic regression with an L2 penalty, as scikit-learn's `LogisticRegression(C=c)`.
    case logistic(c: [Double])
    /// The majority of the nearest training images by Euclidean distance, as scikit-learn's `KNeighborsClassifier(k)`.
    case knn(k: [Int])

    /// The number of settings among which the validation part chooses.
    package var choices: Int {
        switch self {
        case .logistic(let c): c.count
        case .knn(let k): k.count
        }
    }
}
