// The work of each kind of step: the identity, which makes the key, and the settings, which do not.

package import Basics
package import Specification
package import VisionProtocol

/// The work of a step. Stored indirectly so that large plans stay cheap to copy.
package indirect enum StepWork: Hashable, Sendable, Codable {
    case fetchArchive(FetchArchive)
    case indexDataset(IndexDataset)
    case splitDataset(SplitDataset)
    case checkLeaks(CheckLeaks)
    case writeRequests(WriteRequests)
    case writeTrainingData(WriteTrainingData)
    case runBatch(RunBatch)
    case fineTune(FineTune)
    case askOnline(AskOnline)
    case trainEpoch(TrainEpoch)
    case selectCheckpoint(SelectCheckpoint)
    case predict(Predict)
    case trainerEpoch(TrainerEpoch)
    case trainerPredict(TrainerPredict)
    case extractFeatures(ExtractFeatures)
    case fitProbe(FitProbe)
    case predictProbe(PredictProbe)
    case runCommand(RunCommand)
    case readAnswers(ReadAnswers)
    case score(Score)

    /// The kind of the work; its raw value is part of the key.
    package var kind: StepKind {
        switch self {
        case .fetchArchive: .fetchArchive
        case .indexDataset: .indexDataset
        case .splitDataset: .splitDataset
        case .checkLeaks: .checkLeaks
        case .writeRequests: .writeRequests
        case .writeTrainingData: .writeTrainingData
        case .runBatch: .runBatch
        case .fineTune: .fineTune
        case .askOnline: .askOnline
        case .trainEpoch: .trainEpoch
        case .selectCheckpoint: .selectCheckpoint
        case .predict: .predict
        case .trainerEpoch: .trainerEpoch
        case .trainerPredict: .trainerPredict
        case .extractFeatures: .extractFeatures
        case .fitProbe: .fitProbe
        case .predictProbe: .predictProbe
        case .runCommand: .runCommand
        case .readAnswers: .readAnswers
        case .score: .score
        }
    }

    /// The identity, for any kind.
    package var identity: any StepIdentity {
        switch self {
        case .fetchArchive(let work): work.identity
        case .indexDataset(let work): work.identity
        case .splitDataset(let work): work.identity
        case .checkLeaks(let work): work.identity
        case .writeRequests(let work): work.identity
        case .writeTrainingData(let work): work.identity
        case .runBatch(let work): work.identity
        case .fineTune(let work): work.identity
        case .askOnline(let work): work.identity
        case .trainEpoch(let work): work.identity
        case .selectCheckpoint(let work): work.identity
        case .predict(let work): work.identity
        case .trainerEpoch(let work): work.identity
        case .trainerPredict(let work): work.identity
        case .extractFeatures(let work): work.identity
        case .fitProbe(let work): work.identity
        case .predictProbe(let work): work.identity
        case .runCommand(let work): work.identity
        case .readAnswers(let work): work.identity
        case .score(let work): work.identity
        }
    }
}
