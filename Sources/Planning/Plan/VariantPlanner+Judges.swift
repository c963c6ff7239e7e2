// Plans the requests to a judge about one model's answers.

import Artifacts
import Basics
import Specification
import TaskKit

extension VariantPlanner {
    /// A judge's part in a score.
    struct Judged {
        var judging: Score.Judging
        var inputs: [StepInput]
        /// The path of the table of human verdicts.
        var labels: String?
    }

    /// Plans the items for the task's judge, and its answers; `nil` without a judge, and for a measurement of latency.
    mutating func judge(
        _ measured: String, _ answers: StepInput, _ format: AnswerFormat, examples: StepInput, reference: SplitReference,
        repetition: Int, evaluation: EvaluationSpec, named evaluationName: String
    ) throws -> Judged? {
        guard let name = spec.task?.options["judge"]?.string, let judge = spec.judges[name], !evaluation.measuresLatency,
            let request = spec.requests[judge.ask.request], let prompt = spec.prompts[request.prompt],
            let model = spec.models[judge.model]
        else { return nil }
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        let items = try add(
            StepID("score:\(evaluationName):\(measured):for-\(name)\(suffix)"),
            .score(
                Score(
                    match: evaluation.match, answer: format, allowMissing: evaluation.allowMissing,
                    onRefused: evaluation.onRefused, task: askedTask, judging: .prepare)),
            inputs: [answers, examples], places: ["task": "task", "judging": "judges.\(name)"])
        let label = "\(name)-\(evaluationName)-\(measured)"
        guard
            let verdicts = try askHosted(
                judge.model, model, ask: judge.ask,
                question: PreparedRequest(request, prompt: prompt, task: TaskChoice(TaskChoice.verdict)), checkpoint: nil,
                examples: StepInput("examples", from: items, output: Score.judgedItems), reference: reference, measured: label,
                repetition: repetition, evaluation: evaluation, named: evaluationName, writing: label)
        else { return nil }
        let isCalibrated = judge.calibration != nil
        let place = "judges.\(name).\(isCalibrated ? "calibration" : "labels")"
        let path = (judge.calibration ?? judge.labels).flatMap { localPath($0, at: place) }
        let labels = path.flatMap { content($0, at: place) }
        return Judged(
            judging: isCalibrated
                ? .verdicts(labels: nil, model: nil, calibration: labels)
                : .verdicts(labels: labels, model: labels == nil ? nil : measured),
            inputs: [StepInput(Score.verdicts, from: verdicts, output: RunBatch.answers)], labels: path)
    }
}
