// The kinds of steps. `StepDefinition` holds the properties of each kind.

/// The kind of a step; the raw value is part of the step's key and is stored in results and in the ledger.
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
    case extractFeatures = "extract-features"
    case fitProbe = "fit-probe"
    case predictProbe = "predict-probe"
    case runCommand = "run-command"
    case readAnswers = "read-answers"
    case score
}
