// The errors of steps, apart from errors of the modules that they use.

package import Basics
import Foundation
package import Planning
package import Specification
package import Statistics

/// An error that fails a step. Its description states the remedy if there is one.
package enum StepFailure: Error, Sendable {
    /// The SHA-256 digest of a download differs from the one that the spec pins.
    case digestDiffers(url: String, expected: Digest, found: Digest)
    case download(url: String, status: Int)
    /// Images that cannot be read or decoded. Each reason is a phrase that continues the path.
    case unreadableImages([(path: String, reason: String)])
    /// Images that the provider refuses for training or as input.
    case refusedImages([ImageFinding])
    /// Labels that lose all their training images: predicted from the files before the job, or observed after it.
    case lostLabels([String], afterJob: Bool)
    /// Training data that would make a fine-tuning job fail.
    case trainingData(reason: String)
    /// A training file over the provider's limit: its size and the limit in bytes, and how many examples fit.
    case trainingFileTooLarge(bytes: Int, limit: Int, fitting: Int, of: Int)
    /// A request that needs more tokens than the quota of enqueued tokens allows.
    case quotaTooSmall(tokens: Int, quota: Int)
    /// A checkpoint that the provider did not keep: its distance from the last epoch, and the number of checkpoints
    /// kept.
    case noCheckpoint(before: Int, kept: Int)
    case split(SplitError)
    /// An evaluation, request or training step reads a part of a split that has no images.
    case emptyPart(step: StepID)
    /// The validation part is empty, or the train part has fewer images than one batch.
    case tooFewImages(part: String, have: Int, need: Int)
    /// A `knn` probe with more neighbours than training images.
    case tooManyNeighbours(k: Int, images: Int)
    case labelsWithoutImages([String])
    /// The provider rejected the input of a batch.
    case batchRefused(id: String, reasons: [String])
    /// A request that was refused for a permanent reason.
    case requestRefused(example: Int, reason: String)
    /// The fine-tuned model no longer exists at the provider.
    case modelGone(String, reason: String)
    /// The fine-tuned model was deleted at the provider; `isRecorded` if `--retry` tunes it again.
    case modelDeleted(String, isRecorded: Bool)
    case noDeployment(model: String)
    /// A program that failed: its exit status as text and the last lines of its output.
    case command(command: Specification.CommandLine, ending: String, output: [String])
    case outputMissing(String)
    /// The errors in a predictions file, each with its line number.
    case predictionsFile([String])
    /// Output of a trainer that violates the trainer contract.
    case trainerOutput(String)
    /// An error that a trainer reported, with the end of its output.
    case trainer(command: Specification.CommandLine, reason: String, output: [String])
    /// The step needs more GPUs than this machine has.
    case tooFewDevices(needed: Int, present: Int)
    /// A budget is set, but the step's cost is unknown.
    case unpriced(reason: String)
    /// Answers that never arrived, with the known reasons.
    case missingAnswers(count: Int, of: Int, problems: [RequestProblem])
    /// Images that the provider rejects, where the evaluation declares no `on_refused`.
    case rejectedRequests([RequestProblem], of: Int)
    /// Requests that failed after all attempts; the other answers are kept.
    case failedRequests([RequestProblem], of: Int)
    /// The checkpoints of a job could not be read.
    case unreadCheckpoints(job: String)
    /// The errors in a table of human verdicts, each with its line.
    case humanVerdicts([String])
    /// The frames of clips cannot be extracted, for a reason other than the clips.
    case clips(ClipError)
    /// An item with more images than the provider takes in one request.
    case tooManyImages(item: String, images: Int, limit: Int)
    /// Items with several images, where a network sees one.
    case severalImages(item: String)
    /// A network is to be trained on items with different questions, two of which are given.
    case severalQuestions([String])
    /// A `match` under which one answer could match two labels.
    case matchConflicts([MatchConflict])
}

extension StepFailure: CustomStringConvertible {
    /// The error with its values and, if there is one, the remedy.
    package var description: String {
        switch self {
        case .digestDiffers(let url, let expected, let found):
            "\(url) does not match sha256: expected \(expected.hex), found \(found.hex)"
        case .download(let url, let status): "\(url) answered with status \(status)"
        case .unreadableImages(let images):
            "\(images.count == 1 ? "an image cannot" : "\(images.count) images cannot") be read: "
                + images.prefix(20).map { "\($0.path) \($0.reason)" }.joined(separator: "; ")
                + (images.count > 20 ? "; and \(images.count - 20) more" : "")
                + ". Set 'skip_unreadable: true' in the dataset to continue without them"
        case .clips(let error): "\(error)"
        case .humanVerdicts(let problems):
            "human verdicts cannot be used: " + problems.prefix(10).joined(separator: "; ")
                + (problems.count > 10 ? "; and \(problems.count - 10) more" : "")
        case .tooManyImages(let item, let images, let limit):
            "'\(item)' needs \(images) images in one request, but the provider allows \(limit): use fewer images, fewer frames, or "
                + "fewer examples in the prompt"
        case .severalQuestions(let questions):
            "a network that is trained here sees only the image, and the items ask different questions ("
                + questions.map { "'\($0.prefix(60))'" }.joined(separator: ", ")
                + "): use a hosted model, fine-tuning, or your own training program"
        case .severalImages(let item):
            "'\(item)' has several images, but a built-in network takes one: use a hosted model, fine-tuning, or a program"
        case .refusedImages(let images):
            "the provider does not accept these images: \(images.text). "
                + "'convert: { max_side: 1024 }' in the dataset stores them as smaller RGB images"
        case .lostLabels(let labels, let afterJob):
            (afterJob
                ? "the provider's image screening rejected all training images of "
                : "the provider would skip all training images of ")
                + (labels.count == 1 ? "the label " : "\(labels.count) labels: ")
                + labels.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
                + (labels.count > 10 ? " and \(labels.count - 10) more" : "")
                + (afterJob
                    ? ". The job is paid for and kept: set 'allow_lost_labels: true' in fine_tune.data to continue with it"
                    : ". 'convert: {}' in the dataset makes images RGB; 'allow_lost_labels: true' in fine_tune.data continues")
        case .trainingData(let reason): "a fine-tuning job would fail on this data: \(reason)"
        case .trainingFileTooLarge(let bytes, let limit, let fitting, let examples):
            "the training file would be \(megabytes(bytes)) MB, but the provider allows at most \(megabytes(limit)) MB: "
                + "only \(fitting) of the \(examples) examples fit. Give the split fewer "
                + "training images, or smaller ones with 'convert: { max_side: … }' in the dataset"
        case .quotaTooSmall(let tokens, let quota):
            "one request may need \(tokens) tokens, but 'enqueued_tokens' is only \(quota)"
        case .noCheckpoint(let before, let kept):
            "the model of \(before) epochs before the last no longer exists: the provider lists \(kept) checkpoints"
        case .split(let error): "\(error)"
        case .emptyPart(let step):
            "\(step) reads a part of the split that has no images: set a size for that part in the split, or add "
                + "a folder or rows for it to the dataset"
        case .tooManyNeighbours(let k, let images):
            "knn with k = \(k) needs \(k) training images; the train part has \(images). List smaller values, such as "
                + "'head: { knn: { k: [1, 3] } }'"
        case .tooFewImages(let part, let have, let need): "the \(part) part has \(have) images; \(need) are required"
        case .labelsWithoutImages(let labels):
            "no training images for \(labels.prefix(5).joined(separator: ", "))"
                + (labels.count > 5 ? " and \(labels.count - 5) more labels" : "")
        case .batchRefused(let id, let reasons):
            "the provider refused batch \(id): \(reasons.isEmpty ? "without a reason" : reasons.joined(separator: "; "))"
        case .requestRefused(let example, let reason): "the request for example \(example) was refused: \(reason)"
        case .modelGone(let model, let reason):
            "the fine-tuned model \(model) can no longer be used (\(reason)); "
                + "'assay models' lists those that exist, and changing a hyperparameter of the fine-tune trains another"
        case .modelDeleted(let model, let isRecorded):
            "the fine-tuned model \(model) no longer exists at the provider, where it was deleted, for example by "
                + "'assay jobs clean'. "
                + (isRecorded
                    ? "'assay run --retry' tunes it again and pays for it again"
                    : "Changing a hyperparameter of the fine-tune trains another")
        case .noDeployment(let model): "\(model) has no deployment: name one, or give it 'deploy:'"
        case .command(let command, let ending, let output):
            "\(command.text) \(ending)"
                + (output.isEmpty
                    ? "; it wrote no output" : "; end of its output:\n" + output.map { "    " + $0 }.joined(separator: "\n"))
        case .outputMissing(let path): "the program did not write \(path), which it declares"
        case .trainerOutput(let reason): "the trainer's output does not follow the contract: \(reason)"
        case .trainer(let command, let reason, let output):
            "\(command.text) \(reason)"
                + (output.isEmpty ? "" : "; end of its output:\n" + output.map { "    " + $0 }.joined(separator: "\n"))
        case .tooFewDevices(let needed, let present):
            "the trainer needs \(needed) GPUs ('resources'), and this machine has \(present)"
        case .unpriced(let reason): "the budget cannot be enforced, because the step's cost is unknown: \(reason)"
        case .predictionsFile(let problems):
            problems.prefix(5).joined(separator: "; ") + (problems.count > 5 ? "; and \(problems.count - 5) more" : "")
        case .missingAnswers(let count, let of, let problems):
            "\(count) of \(of) answers never arrived; "
                + (problems.isEmpty ? "" : problems.summary(of: of).joined(separator: "; ") + "; ")
                + "'assay run --retry' repeats the requests, 'allow_missing: true' scores without them"
        case .rejectedRequests(let problems, let of):
            "the provider rejects \(problems.count) of \(of) images: \(problems.summary(of: of).joined(separator: "; ")). "
                + "The other answers are kept; 'on_refused: exclude' excludes these images from the score, 'on_refused: wrong' counts "
                + "them as wrong, 'assay run --retry' repeats the requests"
        case .failedRequests(let problems, let of):
            "\(problems.count) of \(of) requests failed: \(problems.summary(of: of).joined(separator: "; ")). "
                + "The other answers are kept, and the next run requests only the missing ones"
        case .unreadCheckpoints(let job):
            "the checkpoints of \(job) could not be read; 'assay run --retry' fetches them again"
        case .matchConflicts(let conflicts):
            conflicts.prefix(5).map(\.text).joined(separator: "; ")
                + (conflicts.count > 5 ? "; and \(conflicts.count - 5) more" : "")
        }
    }
}

extension Specification.CommandLine {
    /// The command as it would be typed in a shell.
    var text: String {
        switch self {
        case .arguments(let words):
            words.map {
                $0.contains { $0.isWhitespace || "'\"$`\\".contains($0) } || $0.isEmpty
                    ? "'\($0.replacing("'", with: "'\\''"))'" : $0
            }
            .joined(separator: " ")
        case .shell(let line): line
        }
    }
}

/// Megabytes (10⁶ bytes) with one decimal, rounded up.
private func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f", (Double(bytes) / 100_000).rounded(.up) / 10)
}
