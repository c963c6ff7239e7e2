// The kinds of steps, with the version of each one's implementation.

/// What a step does.
package enum StepKind: String, Sendable, Codable, Hashable, CaseIterable {
    case fetchArchive = "fetch-archive"
    case indexDataset = "index-dataset"
    case splitDataset = "split-dataset"
    case checkLeaks = "check-leaks"
    case writeRequests = "write-requests"
    case writeTrainingData = "write-training-data"
    case runBatch = "run-batch"
    case fineTune = "fine-tune"
    case askOnline = "ask-online"
    case trainEpoch = "train-epoch"
    case selectCheckpoint = "select-checkpoint"
    case predict
    case trainerEpoch = "trainer-epoch"
    case trainerPredict = "trainer-predict"
    case runCommand = "run-command"
    case score

    /// Raised when the step would give another result for the same inputs. It is part of the key, so that a
    /// corrected step runs again and `explain` says why.
    package var implementation: Int {
        switch self {
        // 2: links of archives, more formats, nested folders are refused; the overview of what was read and skipped; the
        // size and hash of an image are those of the upright one.
        case .indexDataset: 2
        // 2: fenced JSON, reasoning before the answer and refusals are read as what they are.
        case .score: 2
        default: 1
        }
    }

    /// Whether a provider bills for it.
    package var isPaid: Bool {
        switch self {
        case .runBatch, .fineTune, .askOnline: true
        default: false
        }
    }

    /// Whether its result is written through to the disk before it counts: what was paid for or trained.
    package var isDurable: Bool {
        switch self {
        case .runBatch, .fineTune, .askOnline, .trainEpoch, .trainerEpoch: true
        default: false
        }
    }
}
