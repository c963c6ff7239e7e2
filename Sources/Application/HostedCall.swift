// Shows how to call a model of a spec without Assay.

import Artifacts
import Basics
import Foundation
import Planning
package import ProviderKit
import Providers
import Specification
import Steps
import TaskKit
import Tasks

extension LocalModels {
    /// Example calls of a hosted or fine-tuned model; `nil` for a local one, for a fine-tuned one without a result, and for an
    /// emulated one, whose server ends with the run.
    package func call(of listed: ListedModel) throws -> HostedCall? {
        guard case .atProvider(let providerModel) = listed.state else { return nil }
        let model = try model(listed.name)
        guard let provider = model.provider.flatMap({ spec.providers[$0] }), let service = provider.service else { return nil }
        var name = providerModel
        if builtInProviders.deploysModels(provider) {
            if case .hosted(let hosted) = model { name = hosted.deployment?.template ?? hosted.model }
            // A fine-tuned model is reached through a deployment, which the run deletes.
            if case .fineTuned = model { name = "DEPLOYMENT-OF-\(providerModel)" }
        }
        let plugin = try builtInProviders.plugin(for: provider)
        guard let asking = firstAsking(listed.name) else {
            let question = Question(
                QuestionForm(system: nil), [Turn(.user, [.image(HostedCall.placeholder, detail: ImageDetail.auto.rawValue)])])
            return plugin.call(service, model: name, question: question)
        }
        let question = try asking.request.exampleQuestion(labels: labels(of: asking), dialect: plugin.dialect)
        guard var call = plugin.call(service, model: name, question: question) else { return nil }
        if asking.request.prompt.examples != nil {
            let note = "# Without the prompt's examples, which a run sends before the question.\n"
            call.curl = note + call.curl
            call.python = note + call.python
        }
        return call
    }

    /// The request of the first evaluation that asks the model, and the step that sends or writes it; `nil` if none does.
    private func firstAsking(_ name: String) -> (step: Step, request: PreparedRequest)? {
        let steps = prepared.plan.steps
        func asked(_ step: Step) -> (step: Step, request: PreparedRequest)? {
            switch step.work {
            case .askOnline(let work): (step: step, request: work.identity.request)
            case .writeRequests(let work): (step: step, request: work.identity.request)
            default: nil
            }
        }
        for measure in prepared.plan.measures where measure.variant == variant?.name {
            // A fine-tuned model may be measured as its checkpoints only.
            guard measure.model == name || measure.model.hasPrefix(name + "@epoch-"),
                let answers = steps.first(where: { $0.id == measure.answers })
            else { continue }
            if let found = asked(answers) { return found }
            // A batch reads its requests from the step that writes them.
            let sources = answers.inputs.map(\.from)
            if let found = steps.lazy.filter({ sources.contains($0.id) }).compactMap({ asked($0) }).first { return found }
        }
        return nil
    }

    /// The dataset's labels, for the prompt; `nil` before a run has divided the dataset.
    private func labels(of asking: (step: Step, request: PreparedRequest)) throws -> [String]? {
        guard let input = asking.step.inputs.first(where: { $0.name == "examples" }),
            let digest = outputs(of: input.from)[input.output]
        else { return nil }
        return try SplitExamples(decoding: workspace.store.bytes(of: digest)).labels
    }
}

extension PreparedRequest {
    /// The question that a run asks, about an image to be inserted and without the prompt's examples.
    /// - Parameters:
    ///   - labels: the dataset's labels; `nil` leaves the prompt's placeholders as they are. The variables of single items
    ///     always stay placeholders.
    func exampleQuestion(labels: [String]?, dialect: any RequestDialect) throws -> Question {
        let task = try self.task.map { try TaskRegistry.standard.planned($0) }
        let template = RequestTemplate(self, labels: labels ?? [], dialect: dialect, task: task)
        let item: ItemEntry? = task == nil ? nil : ItemEntry(id: "", group: "", reference: .null)
        var question = template.question(about: [HostedCall.placeholder], item)
        guard labels == nil else { return question }
        question.form.system = prompt.system
        let parts = prompt.user.map { part -> Turn.Part in
            switch part {
            case .text(let text): .text(text)
            case .image: .image(HostedCall.placeholder, detail: detail.rawValue)
            }
        }
        question.turns = [Turn(.user, parts)]
        return question
    }
}
