// OpenAI and API-compatible servers as a kind of provider.

import AzureOpenAI
import AzureWire
import Basics
import Platform
import ProviderKit
import Specification

/// OpenAI and compatible servers, local ones included: an optional API key and no deployments.
struct OpenAIPlugin: ProviderPlugin {
    let kind = "openai"
    let keys: ProviderKeys? = nil
    var capabilities: ProviderCapabilities { .openAI }
    var dialect: any RequestDialect { OpenAIDialect() }

    func texts(of settings: ProviderSpec, deploys: Bool) -> [EnvironmentText] {
        guard case .openAI(let openAI) = settings else { return [] }
        return [openAI.endpoint, openAI.apiKey, openAI.organization, openAI.project].compactMap(\.self)
    }

    func destinations(of settings: ProviderSpec) -> [ProviderDestination] {
        guard case .openAI(let openAI) = settings else { return [] }
        return [
            ProviderDestination(endpoint: openAI.endpoint, secret: openAI.apiKey, allowsInsecure: openAI.allowInsecure)
        ]
    }

    func owns(_ host: String, for content: RequestContent) -> Bool { OwnHosts.contain(host, for: content) }

    func connect(_ settings: ProviderSpec, _ context: ConnectionContext) async throws -> ConnectedProvider {
        guard case .openAI(let openAI) = settings else { throw ForeignSettings(plugin: kind, kind: settings.kind) }
        let environment = context.environment
        let base = try openAI.endpoint.resolved(in: environment)
        let (clock, isEmulated) = await context.clock(base)
        let key = try openAI.apiKey?.resolved(in: environment)
        var fields: [String: String] = [:]
        fields["openai-organization"] = try openAI.organization?.resolved(in: environment)
        fields["openai-project"] = try openAI.project?.resolved(in: environment)
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
            listLags: isEmulated || !client.endpoint.isLoopback, redactor: { await client.redactor() })
    }
}

/// The models of an account, with the retirement dates that Azure states.
private struct ModelList: ModelListing {
    let client: ModelsClient

    func models() async throws -> [OfferedModel] {
        try await client.list().map { model in
            OfferedModel(
                id: model.id, askedUntil: model.deprecation?.inference.map { Double($0.seconds) },
                tunedUntil: model.deprecation?.fineTune.map { Double($0.seconds) }, hasEnd: model.deprecation != nil)
        }
    }
}
