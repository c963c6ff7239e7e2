// Runs a trainer to predict a part of a split from a checkpoint.

import Basics
import Execution
import Foundation
import Planning
import Platform
import VisionProtocol

struct TrainerPredictRunner: StepRunner {
    let work: TrainerPredict
    let trainer: TrainerRun
    let vision: VisionWorkerClient

    func run(_ context: StepContext) async throws -> StepOutcome {
        let part = try context.examples()
        let folder = try trainer.prepare(context)
        let table = folder.path + "/predict.csv"
        let images = try await ProgramImages(
            part.examples, folder: work.settings.imageFolder, context, vision: vision)
        try ExampleTable.write(part.examples, labelled: false, to: table, images)
        let latency = work.identity.latency
        let request = TrainerRequest(
            action: .predict, seed: work.identity.program.seed, hyperparameters: work.identity.program.typedHyperparameters,
            labels: part.labels, task: work.identity.program.task, table: table, checkpoint: folder.checkpoint,
            output: folder.output,
            warmup: latency.map(\.warmup))
        let output = try await trainer.perform(request, in: folder, isMeasured: latency != nil, context)
        let names = try AnswerNames(part.examples, images)
        let answers = try read(folder, names, part.labels)
        var timed = 0
        let set = AnswerSet(
            try part.examples.map { example in
                guard let found = answers.predictions[try names.key(example, images)] else {
                    return Answer(example: example.id, status: .missing)
                }
                if found.latencyMilliseconds != nil { timed += 1 }
                return Answer(
                    example: example.id, status: .answered, text: found.answer, latencyMilliseconds: found.latencyMilliseconds)
            })
        if latency != nil, timed == 0 {
            throw StepFailure.trainerOutput("an evaluation measures latency, but the answers have no 'latency_ms'")
        }
        var facts = AnsweringFacts(route: .command)
        if timed > 0 {
            facts.latency = .init(
                concurrency: latency?.concurrency ?? 1, warmUp: latency?.warmup ?? 0,
                machine: latency?.machine ?? work.settings.machine,
                measuredAt: await context.clock.now().timeIntervalSince1970)
            if let problem = AnsweringFacts.partialLatency(timed, of: set.answers.count { $0.status == .answered }) {
                context.note(problem)
                facts.common.problems = [problem]
            }
        }
        facts.imagesPerSecond = try throughput(folder)
        var outcome = StepOutcome([Predict.answers: .data(set.encoded)], facts: facts)
        if !answers.scores.isEmpty {
            let lines = try part.examples.compactMap { example -> String? in
                guard let scores = answers.scores[try names.key(example, images)]
                else { return nil }
                return JSONValue.object([
                    "example": .int(Int64(example.id)), "scores": .object(scores.mapValues { .double($0) }),
                ]).canonical + "\n"
            }
            outcome.outputs[TrainerPredict.scores] = .data(Data(lines.joined().utf8))
        }
        if !output.isEmpty { outcome.outputs[RunCommand.log] = .data(Data(output.utf8)) }
        return outcome
    }

    private func read(_ folder: TrainerRun.Folder, _ names: AnswerNames, _ labels: [String]) throws -> TrainerAnswers {
        let files = LocalFileSystem()
        let allowsMissing = work.settings.allowsMissing
        let found = try ["answers.csv", "answers.jsonl"].filter { try files.status(folder.output + "/" + $0) != nil }
        guard let name = found.first else {
            throw StepFailure.trainerOutput(
                "there is neither 'answers.csv' nor 'answers.jsonl' below the request's 'output'")
        }
        guard found.count == 1 else {
            throw StepFailure.trainerOutput("there are both 'answers.csv' and 'answers.jsonl'; write one of them")
        }
        let data = try files.read(folder.output + "/" + name, limit: FileSizeLimit.memory)
        return name.hasSuffix(".csv")
            ? try TrainerAnswers(table: data, name: name, names: names, labels: labels, allowMissing: allowsMissing)
            : try TrainerAnswers(lines: data, name: name, names: names, labels: labels, allowMissing: allowsMissing)
    }

    /// The throughput that the program reports in `metrics.json`, in images per second.
    private func throughput(_ folder: TrainerRun.Folder) throws -> Double? {
        let data: Data
        do {
            data = try LocalFileSystem().read(folder.output + "/metrics.json", limit: FileSizeLimit.text)
        } catch FileError.missing {
            return nil
        }
        let members: JSONValue
        do { members = try JSONValue(parsingWritten: data) } catch {
            throw StepFailure.trainerOutput("metrics.json: \((error as? DecodingError)?.reason ?? "\(error)")")
        }
        guard members.object != nil else { throw StepFailure.trainerOutput("metrics.json: not a JSON object") }
        guard let value = members["images_per_second"], !value.isNull else { return nil }
        guard let number = value.double, number.isFinite, number >= 0 else {
            throw StepFailure.trainerOutput("metrics.json: 'images_per_second' is \(value.canonical.prefix(40))")
        }
        return number
    }
}
