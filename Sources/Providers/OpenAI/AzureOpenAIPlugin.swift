// Azure OpenAI as a kind of provider.

import AzureOpenAI
import Basics
import Platform
import ProviderKit
import Specification

/// Azure OpenAI: keys or Microsoft Entra tokens, and deployments through the control plane.
struct AzureOpenAIPlugin: ProviderPlugin {
    let kind = "azure-openai"
    let keys: ProviderKeys? = nil
    var capabilities: ProviderCapabilities { .azureOpenAI }
    var dialect: any RequestDialect { OpenAIDialect() }

    func texts(of settings: ProviderSpec, deploys: Bool) -> [EnvironmentText] {
        guard case .azureOpenAI(let azure) = settings else { return [] }
        var texts: [EnvironmentText?] = [azure.endpoint]
        switch azure.auth {
        case .apiKey: texts.append(azure.apiKey)
        case .azureCLI: break
        case .managedIdentity(let client): texts.append(client)
        case .clientCredentials(let tenant, let client, let secret): texts += [tenant, client, secret]
        case .bearer(let token): texts.append(token)
        }
        if deploys, let control = azure.controlPlane {
            texts += [control.subscription, control.resourceGroup, control.account, control.endpoint]
        }
        return texts.compactMap(\.self)
    }

    func destinations(of settings: ProviderSpec) -> [ProviderDestination] {
        guard case .azureOpenAI(let azure) = settings else { return [] }
        let (data, control) = contents(azure)
        let planes = [(azure.endpoint, data), (azure.controlPlane?.endpoint, control)]
        return planes.compactMap { endpoint, sent in
            endpoint.map {
                ProviderDestination(
                    endpoint: $0, content: sent.content, cargo: sent.cargo, allowsInsecure: azure.allowInsecure)
            }
        }
    }

    func owns(_ host: String, for content: RequestContent) -> Bool { OwnHosts.contain(host, for: content) }

    /// The content sent to the data plane and to the control plane of an account, with a description of each.
    private func contents(
        _ azure: AzureOpenAISpec
    ) -> (data: (content: RequestContent, cargo: String), control: (content: RequestContent, cargo: String)) {
        let cli = (RequestContent.ambientToken, "an access token of the signed-in Azure CLI")
        switch azure.auth {
        case .apiKey: return ((.userData, ProviderDestination.words(azure.apiKey)), cli)
        case .azureCLI: return (cli, cli)
        case .bearer(let token):
            let words = ProviderDestination.words(token)
            return ((.userData, words), (.userData, words))
        case .managedIdentity:
            let token = (RequestContent.ambientToken, "an access token of this machine's managed identity")
            return (token, token)
        case .clientCredentials(_, _, let secret):
            let token = (RequestContent.ambientToken, "an access token got with " + ProviderDestination.words(secret))
            return (token, token)
        }
    }

    func connect(_ settings: ProviderSpec, _ context: ConnectionContext) async throws -> ConnectedProvider {
        guard case .azureOpenAI(let azure) = settings else { throw ForeignSettings(plugin: kind, kind: settings.kind) }
        let environment = context.environment
        let base = try azure.endpoint.resolved(in: environment)
        let (clock, isEmulated) = await context.clock(base)
        // Tokens expire by real time, whatever the provider's clock.
        let tokenClock = SystemWallClock()
        let surface: ProviderEndpoint.Surface =
            azure.apiVersion == "v1" ? .azureV1(apiVersion: nil) : .azure(apiVersion: azure.apiVersion)
        let plane = try azure.controlPlane.map { spec in
            ControlPlane(
                baseURL: try spec.endpoint.resolved(in: environment),
                subscription: try spec.subscription.resolved(in: environment),
                resourceGroup: try spec.resourceGroup.resolved(in: environment),
                account: try spec.account.resolved(in: environment), apiVersion: spec.apiVersion)
        }
        try plane?.checkNames()
        // Behind a gateway, the control plane determines the account's cloud.
        let cloud =
            try [base, plane?.baseURL].compactMap(\.self)
            .compactMap { AzureCloud(host: try ServerAddress($0).host) }.first ?? .global
        let data: ProviderCredential
        var control: ProviderCredential = .tokens(TokenCache(source: AzureCLI(cloud: cloud), clock: tokenClock))
        switch azure.auth {
        case .apiKey: data = .apiKey(Secret(try azure.apiKey?.resolved(in: environment) ?? ""))
        case .azureCLI: data = control
        case .bearer(let token):
            data = .bearer(Secret(try token.resolved(in: environment)))
            control = data
        case .managedIdentity(let client):
            data = .tokens(
                TokenCache(
                    source: ManagedIdentity(
                        clientID: try client?.resolved(in: environment), cloud: cloud,
                        environment: context.processEnvironment, transport: context.direct),
                    clock: tokenClock))
            control = data
        case .clientCredentials(let tenant, let client, let secret):
            data = .tokens(
                TokenCache(
                    source: EntraClientCredentials(
                        tenant: try tenant.resolved(in: environment), clientID: try client.resolved(in: environment),
                        clientSecret: Secret(try secret.resolved(in: environment)), cloud: cloud,
                        transport: context.transport),
                    clock: tokenClock))
            control = data
        }
        let client = ProviderClient(
            endpoint: ProviderEndpoint(baseURL: base, surface: surface),
            connection: context.connection(data, clock: clock),
            controlPlane: plane.map { ($0, context.connection(control, clock: clock)) })
        return ConnectedProvider(client, clock: clock, isEmulated: isEmulated)
    }

    func connect(_ emulator: EmulatedAccount, _ context: ConnectionContext) -> ConnectedProvider? {
        let connection = context.connection(.bearer(emulator.key), clock: emulator.clock, isDirect: true)
        let plane = ControlPlane(
            baseURL: emulator.address, subscription: "emulator", resourceGroup: "emulator", account: emulator.account)
        let client = ProviderClient(
            endpoint: ProviderEndpoint(
                baseURL: emulator.address, surface: .azure(apiVersion: AzureOpenAISpec.defaultAPIVersion)),
            connection: connection,
            controlPlane: (
                plane, context.connection(.bearer(emulator.key), clock: emulator.clock, isDirect: true)
            ))
        return ConnectedProvider(client, clock: emulator.clock, isEmulated: true, priceAs: emulator.priceAs)
    }
}
