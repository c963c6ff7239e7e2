// The settings that a plan step sends to its provider, without those left to the provider's defaults.

package import Basics
package import Planning
import ProviderKit
import Providers
import Specification

/// The settings that a step sends.
package struct SentSettings: Sendable {
    /// The kind of the provider, as in specs.
    package var kind: String
    /// Names and values, with the provider's own names.
    package var values: [(name: String, value: JSONValue)]
    /// Settings that are available but left to the provider's defaults.
    package var left: [String]

    /// - Returns: `nil` for a step that sends nothing to a provider.
    package init?(_ step: Step, in plan: Plan) {
        guard let billed = step.work.billed, let settings = plan.providers[billed.provider] else { return nil }
        let kind = settings.kind
        let can = (try? builtInProviders.plugin(for: settings))?.capabilities
        switch billed {
        case .batch(let work): self = SentSettings(kind, work.identity.request, can)
        case .online(let work): self = SentSettings(kind, work.identity.request, can)
        case .fineTune(let work):
            let identity = work.identity
            self.kind = kind
            values = [(name: "method", value: .string(identity.method.rawValue))]
            let given = identity.hyperparameters.values
            let names = can?.tuning?.hyperparameters.map(\.name) ?? given.keys.sorted()
            values += names.compactMap { name in given[name].map { (name: name, value: $0) } }
            if let seed = identity.seed { values.append((name: "seed", value: .int(Int64(seed)))) }
            if let type = identity.trainingType { values.append((name: "training_type", value: .string(type.rawValue))) }
            left = (can?.tuning?.hyperparameters ?? []).filter { $0.methods.contains(identity.method) }.map(\.name)
                .filter { given[$0] == nil }
        }
    }

    private init(_ kind: String, _ request: PreparedRequest, _ can: ProviderCapabilities?) {
        self.kind = kind
        var given: [String: JSONValue] = ["detail": .string(request.detail.rawValue)]
        given["answer"] = .string(request.answer == .text ? "text" : "json")
        given["max_tokens"] = request.maxTokens.map { .int(Int64($0)) }
        given["max_completion_tokens"] = request.maxCompletionTokens.map { .int(Int64($0)) }
        given["reasoning_effort"] = request.reasoningEffort.map { .string($0.rawValue) }
        given["seed"] = request.seed.map { .int(Int64($0)) }
        given["temperature"] = request.temperature.map { .double($0) }
        given["top_p"] = request.topP.map { .double($0) }
        let known = can?.requestKeys ?? RequestSpec.settingNames
        values = RequestSpec.settingNames.filter(known.contains).compactMap { name in
            given[name].map { (name: name, value: $0) }
        }
        left = known.filter { given[$0] == nil }
    }

    /// `detail low, max_tokens 20; left to azure-openai: top_p`.
    package var text: String {
        let sent = values.map { name, value in "\(name) \(value.string ?? value.canonical)" }.joined(separator: ", ")
        return sent + (left.isEmpty ? "" : "; left to \(kind): " + left.joined(separator: ", "))
    }

    /// The settings as JSON, with the settings left to the provider.
    package var json: JSONValue {
        [
            "provider": .string(kind),
            "sent": .object(Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })),
            "left_to_provider": .array(left.map { .string($0) }),
        ]
    }
}
