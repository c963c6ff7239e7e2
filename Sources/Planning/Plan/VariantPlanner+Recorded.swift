// Plans models of recorded answers.

import Basics
import Specification

extension VariantPlanner {
    /// Plans the reading of a table of recorded answers for one part of a split.
    mutating func readAnswers(
        _ name: String, _ model: RecordedModelSpec, examples: StepInput, reference: SplitReference,
        evaluation: EvaluationSpec, named evaluationName: String
    ) throws -> StepID? {
        let place = "models.\(name).answers"
        guard let manifest, let location = locate(model.answers, at: place) else { return nil }
        guard case .path(let path) = location else {
            report(
                Diagnostic(
                    code: "missing-file",
                    "'\(model.answers.text.template)' is an address, but recorded answers must be a file",
                    at: loaded.range(of: place), hint: "download the table and name the file"))
            return nil
        }
        guard let digest = content(path, at: place) else { return nil }
        let isTimed = evaluation.measuresLatency
        return try add(
            StepID("read-answers:\(name):\(isTimed ? evaluationName : reference.description)"),
            .readAnswers(
                ReadAnswers(
                    identity: .init(answers: digest, columns: model.columns, needsLatency: isTimed ? true : nil),
                    settings: .init(path: path, allowsMissing: evaluation.allowMissing))),
            inputs: [examples, StepInput(IndexDataset.manifest, from: manifest, output: IndexDataset.manifest)],
            places: [
                "answers": place, "columns": "models.\(name).columns",
                "needs_latency": "evaluations.\(evaluationName).concurrency",
            ], model: name)
    }
}
