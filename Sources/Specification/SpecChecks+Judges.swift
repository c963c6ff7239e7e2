// Checks judges, and the schemas and box conventions of requests.

import Basics
import TaskKit

extension SpecChecks {
    /// The variables of a judge's prompt besides those of the task.
    static let judgeVariables = ["reference", "answer"]

    /// The prompts of judges' requests.
    var judgePrompts: Set<String> { Set(spec.judges.values.compactMap { spec.requests[$0.ask.request]?.prompt }) }

    func checkJudges() {
        for (name, judge) in spec.judges {
            let path = ["judges", name]
            let key = if case .batch = judge.ask { "batch" } else { "online" }
            requireReference(to: "request", judge.ask.request, at: "judges", name, key)
            if let request = spec.requests[judge.ask.request], case .text = request.answer {
                reading.report(
                    .badJudge(
                        "the judge '\(name)' requests text, but a verdict must be JSON",
                        hint: "give the request 'answer: { json: verdict, name: Verdict }'"), at: place(path + [key]))
            }
            guard requireReference(to: "model", judge.model, at: "judges", name, "model") else { continue }
            switch spec.models[judge.model] {
            case .hosted(let hosted):
                guard let position = keyPlace("judges", name) else { break }
                check(judge.ask, of: .hosted(hosted), judge.model, at: path, position)
            case nil: break
            default:
                reading.report(
                    .badJudge(
                        "'\(judge.model)' is not a hosted model; only hosted models can judge",
                        hint: "name a model with 'provider' and 'model'"), at: place(path + ["model"]))
            }
        }
        guard let judge = spec.task?.options["judge"]?.string else {
            if let name = spec.judges.names.first {
                reading.report(
                    .badJudge(
                        "the task does not use the judge '\(name)'",
                        hint: "name it in the task: 'task: { answer: { score: judged, judge: \(name) } }'"),
                    at: keyPlace("judges", name))
            }
            return
        }
        let known = names(of: "judge")
        if !known.contains(judge) {
            reading.report(
                .unknownReference(kind: "judge", name: judge, nearest: nearest(to: judge, known), known: known),
                at: place(["task", spec.task?.name ?? "", "judge"]))
        }
        for name in known where name != judge {
            reading.report(
                .badJudge(
                    "the task does not use the judge '\(name)'", hint: "remove it, or name it in the task: 'judge: \(name)'"),
                at: keyPlace("judges", name))
        }
    }

    /// Checks whether the task has a schema for a request's JSON answers.
    func checkSchema(of request: RequestSpec, _ name: String) {
        guard request.answer.schema != nil, let option = task?.optionNeededForSchema, let kind = spec.task?.name else { return }
        reading.report(
            .unsupportedByTask(
                "a JSON schema without the option '\(option)'", task: kind,
                hint: "add the option, 'task: { \(kind): { \(option): … } }', or write 'answer: text', which also reads JSON"),
            at: place(["requests", name, "answer"]))
    }

    /// Checks the box convention of a model's request.
    func checkBoxes(_ request: String, of model: ModelSpec, _ name: String) {
        guard case .boxes(_, _, let convention)? = spec.requests[request]?.answer else { return }
        let path = ["requests", request, "answer", "boxes"]
        if task.map({ type(of: $0).view != .boxes }) ?? true {
            let hint = taskOfBoxes.map { "remove it, or add 'task: \($0)'" } ?? "remove it"
            reading.report(
                .unsupportedByTask("'boxes'", task: spec.task?.name ?? TaskChoice.classification, hint: hint), at: place(path))
        }
        guard convention == "xyxy-pixels", let provider = model.provider.flatMap({ spec.providers[$0] }), !provider.isEmulated,
            reading.vocabulary.keys(of: provider)?.resizesImages ?? false
        else { return }
        reading.report(.pixelsOfResized(model: name), at: place(path))
    }
}
