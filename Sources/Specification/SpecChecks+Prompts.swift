// Checks prompts and their placeholders.

import Basics
import TaskKit

extension SpecChecks {
    /// The `{{ … }}` placeholders of a text, and `labels` in other braces. Regular expressions are avoided because a
    /// sweep checks its prompts thousands of times.
    static func placeholders(in text: String) -> [(whole: String, name: String, isDouble: Bool)] {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return [] }
        var found: [(whole: String, name: String, isDouble: Bool)] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "{") {
            let opened = rest[start...].prefix { $0 == "{" }
            let inside = rest[opened.endIndex...].prefix { $0 != "{" && $0 != "}" }
            let closed = rest[inside.endIndex...].prefix { $0 == "}" }
            rest = rest[closed.endIndex...]
            guard !closed.isEmpty else { continue }
            let isDouble = opened.count > 1 && closed.count > 1
            let name = inside.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if isDouble || PromptSpec.LabelForm(placeholder: name) != nil {
                found.append(("\(opened)\(inside)\(closed)", name, isDouble))
            }
        }
        return found
    }

    /// The largest number of images that every provider accepts in one request with a prompt; `nil` if none states a
    /// limit.
    private func imageLimit(ofPrompt name: String) -> Int? {
        var limits: [Int] = []
        func add(_ model: String, _ request: String) {
            guard spec.requests[request]?.prompt == name, let provider = spec.models[model]?.provider,
                let keys = spec.providers[provider].flatMap({ reading.vocabulary.keys(of: $0) })
            else { return }
            limits += [keys.limits.imagesPerRequest].compactMap(\.self)
        }
        for evaluation in spec.evaluations.values {
            for (model, asked) in evaluation.models { if let ask = asked.ask { add(model, ask.request) } }
        }
        for judge in spec.judges.values { add(judge.model, judge.ask.request) }
        for case .fineTuned(let tuned) in spec.models.values where tuned.fineTune.data.prompt == name {
            let keys = spec.providers[tuned.provider].flatMap { reading.vocabulary.keys(of: $0) }
            limits += [keys?.limits.imagesPerExample].compactMap(\.self)
        }
        return limits.min()
    }

    func check(_ prompt: PromptSpec, _ name: String) {
        let images = prompt.user.filter { $0 == .image }.count
        let isJudged = judgePrompts.contains(name)
        if images != 1, !isJudged || images > 1 { report(.imageParts(images), at: "prompts", name, "user") }
        var texts: [(String, [String])] = prompt.system.map { [($0, ["system"])] } ?? []
        for (index, part) in prompt.user.enumerated() {
            if case .text(let text) = part { texts.append((text, ["user", String(index), "text"])) }
        }
        for (text, path) in texts {
            for placeholder in SpecChecks.placeholders(in: text)
            where !placeholder.isDouble || PromptSpec.LabelForm(placeholder: placeholder.name) == nil {
                let variables = itemVariables + (isJudged ? SpecChecks.judgeVariables : [])
                let isOfItem = variables.contains(placeholder.name)
                if placeholder.isDouble, isOfItem || task?.variableNames.contains(placeholder.name) == true {
                    if isOfItem, path.first == "system" {
                        reading.report(
                            .itemVariableInSystem(placeholder.name),
                            at: place(["prompts", name] + path).finding(placeholder.whole))
                    }
                    continue
                }
                // The variables of a task with an error, which is reported, are unknown.
                if placeholder.isDouble, task == nil, root.node(at: "task") != nil { continue }
                reading.report(
                    placeholder.isDouble
                        ? .unknownPlaceholder(placeholder.name, known: variables + (task?.variableNames ?? []))
                        : .singleBraces(placeholder.whole),
                    at: place(["prompts", name] + path).finding(placeholder.whole))
            }
        }
        if !isJudged, let variable = task.flatMap({ type(of: $0).columns.first { $0.isRequired && $0.isVariable } })?.role,
            !texts.contains(where: { text, _ in SpecChecks.placeholders(in: text).contains { $0.name == variable } })
        {
            report(.unusedVariable(variable), at: "prompts", name, "user")
        }
        let limit = imageLimit(ofPrompt: name)
        if let limit, prompt.examples == nil, imagesPerItem > limit {
            report(.tooManyImages(imagesPerItem, limit: limit), at: "dataset", "frames", "count")
        }
        if let examples = prompt.examples {
            for (index, label) in (examples.labels ?? []).enumerated() {
                guard let labels, !labels.contains(label) else { continue }
                reading.report(
                    .unknownReference(
                        kind: "label", name: label, nearest: labels.nearest(to: label), known: labels),
                    at: place(["prompts", name, "examples", "labels", String(index)]))
            }
            requirePart(examples.split, at: ["prompts", name, "examples", "split"])
            if let labels = examples.labels?.count ?? labelCount {
                let images = labels.saturatingMultiplied(by: examples.perLabel).saturatingAdding(1)
                    .saturatingMultiplied(by: imagesPerItem)
                if let limit, images > limit {
                    report(.tooManyImages(images, limit: limit), at: "prompts", name, "examples")
                }
            }
        }
    }
}
