// OpenAI and API-compatible servers as a kind of provider.

import AzureOpenAI
import AzureWire
import Basics
import Platform
import ProviderKit
import Specification

/// OpenAI and compatible servers, local ones included: an optional API key and no deployments.
struct OpenAIPlugin: ProviderPlugin {
    /// The word in `kind:`.
    static let word = "openai"
    let kind = OpenAIPlugin.word
    var capabilities: ProviderCapabilities { .openAI }
    var dialect: any RequestDialect { OpenAIDialect() }

    var keys: ProviderKeys {
        var keys = ProviderKeys(
            kind: kind, called: "an openai provider",
            summary: "OpenAI, or any OpenAI-compatible server (vLLM, Ollama, llama.cpp).",
            keys: [
                .init(
                    "endpoint", standard: "https://api.openai.com/v1", "The base URL, including `/v1`."),
                .init("api_key", isSecret: true, "The API key. A local server may not need one."),
                .init("organization", identifiesAccount: false, "Sent as `OpenAI-Organization`."),
                .init("project", identifiesAccount: false, "Sent as `OpenAI-Project`."),
            ])
        keys.account = .address(withoutEndings: [])
        keys.batchPath = "/v1/chat/completions"
        keys.trainingTypes = { _ in .unknown }
        keys.prices = .init({ [BuiltInPrices.openAI].compactMap(\.self) }, name: { _ in OpenAIPlugin.word })
        return keys
    }

    /// A current model. It accepts neither `max_tokens` nor `temperature` nor `seed`.
    static let starterModel = "gpt-5.1-2025-11-13"
    /// The settings of a request for plain text that it accepts.
    static let starterSettings = ["max_completion_tokens: 200"]

    var starter: StarterSpec? {
        StarterSpec(
            introduction: ["Set OPENAI_API_KEY in the shell or in a .env file next to this one; 'assay doctor' tests it."],
            provider: ["kind: openai", "api_key: ${OPENAI_API_KEY}"], model: OpenAIPlugin.starterModel,
            requestSettings: OpenAIPlugin.starterSettings,
            tuning: .unavailable(
                reason: ["No fine-tuned model: the provider closed fine-tuning to new customers on 2026-05-07."]))
    }

    func destinations(of settings: ServiceSpec) -> [ProviderDestination] {
        guard let endpoint = settings.endpoint else { return [] }
        return [
            ProviderDestination(
                endpoint: endpoint, secret: settings.values["api_key"], allowsInsecure: settings.allowInsecure)
        ]
    }

    func owns(_ host: String, for content: RequestContent) -> Bool { OwnHosts.contain(host, for: content) }

    func call(_ settings: ServiceSpec, model: String, question: Question) -> HostedCall? {
        guard let template = settings.endpoint?.template else { return nil }
        return HostedCall(
            address: "\(HostedCall.shell(template))/chat/completions", header: "Authorization: Bearer $OPENAI_API_KEY",
            base: HostedCall.python(template), key: "OPENAI_API_KEY", model: model, question: question)
    }

    func connect(_ settings: ServiceSpec, _ context: ConnectionContext) async throws -> ConnectedProvider {
        guard let endpoint = settings.endpoint else { throw MissingSetting(kind: kind, name: "endpoint") }
        let environment = context.environment
        let base = try endpoint.resolved(in: environment)
        let (clock, isEmulated) = await context.clock(base)
        let key = try settings.values["api_key"]?.resolved(in: environment)
        var fields: [String: String] = [:]
        fields["openai-organization"] = try settings.values["organization"]?.resolved(in: environment)
        fields["openai-project"] = try settings.values["project"]?.resolved(in: environment)
        let credential: ProviderCredential = key.map { .bearer(Secret($0)) } ?? .none
        let client = ProviderClient(
            endpoint: ProviderEndpoint(baseURL: base, surface: .openAI),
            connection: context.connection(credential, clock: clock, fields: fields))
        return ConnectedProvider(client, clock: clock, isEmulated: isEmulated)
    }
}

extension ConnectionContext {
    /// A connection that parses the errors of OpenAI and Azure.
    func connection(
        _ credential: ProviderCredential, clock: any WallClock, fields: [String: String] = [:], isDirect: Bool = false
    ) -> ProviderConnection {
        ProviderConnection(
            credential: credential, transport: isDirect ? direct : transport, clock: clock,
            random: SeededRandom(seed: UInt64.random(in: .min ... .max)), errors: OpenAIErrors(), fields: fields,
            onRetry: onRetry)
    }
}

extension ConnectedProvider {
    /// An account, from its clients.
    init(_ client: ProviderClient, clock: any WallClock, isEmulated: Bool, priceAs: String? = nil) {
        self.init(
            answering: ChatAnswering(client: client.chat), batching: FileBatching(client: client),
            tuning: FileTuning(client: client),
            hosting: client.deployments.map { ControlPlaneHosting(client: $0, clock: clock) },
            storage: FileStorage(client: client, clock: clock), models: ModelList(client: client.models), clock: clock,
            isEmulated: isEmulated, priceAs: priceAs, needsDeployment: client.endpoint.isAzure,
            hasLaggingLists: isEmulated || !client.endpoint.isLoopback, redactor: { await client.redactor() })
    }
}

/// The models of an account, with the retirement dates that Azure states.
private struct ModelList: ModelListing {
    let client: ModelsClient

    func models() async throws -> [OfferedModel] {
        try await client.list().map { model in
            OfferedModel(
                id: model.id, availableUntil: model.deprecation?.inference.map { Double($0.seconds) },
                tunableUntil: model.deprecation?.fineTune.map { Double($0.seconds) }, hasEndDate: model.deprecation != nil)
        }
    }
}
