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
    case labelsWithoutImages([String])
    /// The provider rejected the input of a batch.
    case batchRefused(id: String, reasons: [String])
    /// A request that was refused for a permanent reason.
    case requestRefused(example: Int, reason: String)
    /// The fine-tuned model no longer exists at the provider.
    case modelGone(String, reason: String)
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
            "\(url) has other bytes than sha256 pins: expected \(expected.hex), found \(found.hex)"
        case .download(let url, let status): "\(url) answered with status \(status)"
        case .unreadableImages(let images):
            "\(images.count == 1 ? "an image cannot" : "\(images.count) images cannot") be read: "
                + images.prefix(20).map { "\($0.path) \($0.reason)" }.joined(separator: "; ")
                + (images.count > 20 ? "; and \(images.count - 20) more" : "")
                + ". With 'skip_unreadable: true' in the dataset the run continues without them"
        case .clips(let error): "\(error)"
        case .humanVerdicts(let problems):
            "human verdicts cannot be used: " + problems.prefix(10).joined(separator: "; ")
                + (problems.count > 10 ? "; and \(problems.count - 10) more" : "")
        case .tooManyImages(let item, let images, let limit):
            "'\(item)' needs \(images) images in one request, and the provider takes \(limit): list fewer images, take fewer frames, or "
                + "show fewer examples in the prompt"
        case .severalQuestions(let questions):
            "a network that is trained here sees only the image, and the items ask different questions ("
                + questions.map { "'\($0.prefix(60))'" }.joined(separator: ", ")
                + "): use a hosted model, fine-tuning, or your own training program"
        case .severalImages(let item):
            "'\(item)' has several images, and a network that is trained here sees one: use a hosted model, fine-tuning, or a program"
        case .refusedImages(let images):
            "the provider refuses these images: \(images.text). "
                + "'convert: { max_side: 1024 }' in the dataset stores them as smaller RGB images"
        case .lostLabels(let labels, let afterJob):
            (afterJob
                ? "the provider's image screening rejected all training images of "
                : "the provider would skip all training images of ")
                + (labels.count == 1 ? "the label " : "\(labels.count) labels: ")
                + labels.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
                + (labels.count > 10 ? " and \(labels.count - 10) more" : "")
                + (afterJob
                    ? ". The job is paid for and kept: with 'allow_lost_labels: true' in fine_tune.data the run goes on with it"
                    : ". 'convert: {}' in the dataset makes images RGB; 'allow_lost_labels: true' in fine_tune.data goes on")
        case .trainingData(let reason): "a fine-tuning job would fail on this data: \(reason)"
        case .trainingFileTooLarge(let bytes, let limit, let fitting, let examples):
            "the training file would have \(megabytes(bytes)) MB, and the provider takes at most \(megabytes(limit)) MB: "
                + "only \(fitting) of the \(examples) examples fit. Give the split fewer "
                + "training images, or smaller ones with 'convert: { max_side: … }' in the dataset"
        case .quotaTooSmall(let tokens, let quota):
            "one request may take \(tokens) tokens; 'enqueued_tokens' lets only \(quota) wait at once"
        case .noCheckpoint(let before, let kept):
            "the model of \(before) epochs before the last was not kept: the provider lists \(kept) checkpoints"
        case .split(let error): "\(error)"
        case .emptyPart(let step):
            "\(step) reads a part of the split that has no images: give the split a number for that part, or the dataset "
                + "a folder or rows for it"
        case .tooFewImages(let part, let have, let need): "the \(part) part has \(have) images; \(need) are needed"
        case .labelsWithoutImages(let labels):
            "no training images for \(labels.prefix(5).joined(separator: ", "))"
                + (labels.count > 5 ? " and \(labels.count - 5) more labels" : "")
        case .batchRefused(let id, let reasons):
            "the provider refused batch \(id): \(reasons.isEmpty ? "without a reason" : reasons.joined(separator: "; "))"
        case .requestRefused(let example, let reason): "the request for example \(example) was refused: \(reason)"
        case .modelGone(let model, let reason):
            "the fine-tuned model \(model) cannot be used any more (\(reason)); "
                + "'assay models' lists those that exist, and changing the fine-tune's seed trains another"
        case .noDeployment(let model): "\(model) has no deployment: name one, or give it 'deploy:'"
        case .command(let command, let ending, let output):
            "\(command.text) \(ending)"
                + (output.isEmpty
                    ? "; it wrote nothing" : "; end of its output:\n" + output.map { "    " + $0 }.joined(separator: "\n"))
        case .outputMissing(let path): "the program did not write \(path), which it declares"
        case .trainerOutput(let reason): "the trainer's output does not follow the contract: \(reason)"
        case .trainer(let command, let reason, let output):
            "\(command.text) \(reason)"
                + (output.isEmpty ? "" : "; end of its output:\n" + output.map { "    " + $0 }.joined(separator: "\n"))
        case .tooFewDevices(let needed, let present):
            "the trainer needs \(needed) GPUs ('resources'), and this machine has \(present)"
        case .unpriced(let reason): "the budget cannot be kept, as the step's cost is unknown: \(reason)"
        case .predictionsFile(let problems):
            problems.prefix(5).joined(separator: "; ") + (problems.count > 5 ? "; and \(problems.count - 5) more" : "")
        case .missingAnswers(let count, let of, let problems):
            "\(count) of \(of) answers never came; "
                + (problems.isEmpty ? "" : problems.summary(of: of).joined(separator: "; ") + "; ")
                + "'assay run --retry' asks for them again, 'allow_missing: true' scores without them"
        case .rejectedRequests(let problems, let of):
            "the provider rejects \(problems.count) of \(of) images: \(problems.summary(of: of).joined(separator: "; ")). "
                + "The other answers are kept; 'on_refused: exclude' scores without these images, 'on_refused: wrong' counts "
                + "them as wrong, 'assay run --retry' asks again"
        case .failedRequests(let problems, let of):
            "\(problems.count) of \(of) requests failed: \(problems.summary(of: of).joined(separator: "; ")). "
                + "The other answers are kept, and the next run asks only for what is missing"
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
