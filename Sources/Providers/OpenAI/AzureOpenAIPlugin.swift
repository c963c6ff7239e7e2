// Azure OpenAI as a kind of provider.

import AzureOpenAI
import Basics
import Platform
import ProviderKit
import Specification

/// Azure OpenAI: keys or Microsoft Entra tokens, and deployments through the control plane.
struct AzureOpenAIPlugin: ProviderPlugin {
    /// The word in `kind:`.
    static let word = "azure-openai"
    let kind = AzureOpenAIPlugin.word
    var capabilities: ProviderCapabilities { .azureOpenAI }
    var dialect: any RequestDialect { OpenAIDialect() }

    var keys: ProviderKeys {
        var keys = ProviderKeys(
            kind: kind, called: "an azure-openai provider",
            summary: "An Azure OpenAI account. Its endpoint, keys and control plane may name environment variables, which are "
                + "read only when a step that must run needs them.",
            keys: AzureOpenAISettings.keys,
            example: """
                providers:
                  foundry:
                    kind: azure-openai
                    endpoint: ${AZURE_OPENAI_ENDPOINT}
                    api_key: ${AZURE_OPENAI_API_KEY}
                    control_plane:
                      subscription: ${AZURE_SUBSCRIPTION_ID}
                      resource_group: ${AZURE_RESOURCE_GROUP}
                      account: ${AZURE_ACCOUNT}
                """)
        keys.account = .address(withoutEndings: ["/openai/v1", "/openai"])
        keys.deploysModels = true
        keys.deploymentGroup = "control_plane"
        keys.emulatedAs = "azure"
        keys.resizesImages = true
        keys.trainingTypes = { AzureOpenAISettings($0).trainingTypes }
        keys.prices = .init({ [BuiltInPrices.azureOpenAI].compactMap(\.self) }, name: { _ in AzureOpenAIPlugin.word })
        return keys
    }

    var starter: StarterSpec? {
        StarterSpec(
            introduction: ["Set these variables in the shell or in a .env file next to this one; 'assay doctor' tests them."],
            provider: [
                "kind: azure-openai", "endpoint: ${AZURE_OPENAI_ENDPOINT}", "api_key: ${AZURE_OPENAI_API_KEY}",
                "# Only for a fine-tuned model, which is deployed for the run and deleted after it.",
                "# control_plane:", "#   subscription: ${AZURE_SUBSCRIPTION_ID}", "#   resource_group: ${AZURE_RESOURCE_GROUP}",
                "#   account: ${AZURE_ACCOUNT}",
            ],
            model: OpenAIPlugin.starterModel, modelKeys: ["deployment: base", "batch_deployment: base-batch"],
            modelNote: "enter the names of your deployments", requestSettings: OpenAIPlugin.starterSettings,
            tuning: .example(
                .init(
                    model: "NAME-VERSION", settings: ["hyperparameters: { n_epochs: 2 }", "seed: 42"],
                    keys: ["deploy: { sku: Standard, capacity: 50 }"]),
                introduction: [
                    "A fine-tuned model. The models that can be fine-tuned depend on the account and the region, and many are",
                    "closed to new customers; docs/azure.md, section 2, shows how to list yours. Enter one with its",
                    "version here, set 'control_plane' above, and add 'tuned: { online: plain }' to the evaluations.",
                ]))
    }

    func texts(of settings: ServiceSpec, deploys: Bool) -> [EnvironmentText] {
        let azure = AzureOpenAISettings(settings)
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

    func destinations(of settings: ServiceSpec) -> [ProviderDestination] {
        let azure = AzureOpenAISettings(settings)
        let (data, control) = contents(azure)
        let planes = [(azure.endpoint, data), (azure.controlPlane?.endpoint, control)]
        return planes.compactMap { endpoint, sent in
            endpoint.map {
                ProviderDestination(
                    endpoint: $0, content: sent.content, dataDescription: sent.dataDescription,
                    allowsInsecure: settings.allowInsecure)
            }
        }
    }

    func owns(_ host: String, for content: RequestContent) -> Bool { OwnHosts.contain(host, for: content) }

    /// The content sent to the data plane and to the control plane of an account, with a description of each.
    private func contents(
        _ azure: AzureOpenAISettings
    ) -> (data: (content: RequestContent, dataDescription: String), control: (content: RequestContent, dataDescription: String)) {
        let cli = (RequestContent.ambientToken, "an access token of the signed-in Azure CLI")
        switch azure.auth {
        case .apiKey: return ((.userData, ProviderDestination.dataDescription(azure.apiKey)), cli)
        case .azureCLI: return (cli, cli)
        case .bearer(let token):
            let description = ProviderDestination.dataDescription(token)
            return ((.userData, description), (.userData, description))
        case .managedIdentity:
            let token = (RequestContent.ambientToken, "an access token of this machine's managed identity")
            return (token, token)
        case .clientCredentials(_, _, let secret):
            let token = (RequestContent.ambientToken, "an access token got with " + ProviderDestination.dataDescription(secret))
            return (token, token)
        }
    }

    func call(_ settings: ServiceSpec, model: String, question: Question) -> HostedCall? {
        let template = AzureOpenAISettings(settings).endpoint.template
        return HostedCall(
            address: "\(HostedCall.shell(template))/openai/v1/chat/completions", header: "api-key: $AZURE_OPENAI_API_KEY",
            base: #"\#(HostedCall.python(template)).rstrip("/") + "/openai/v1/""#, key: "AZURE_OPENAI_API_KEY", model: model,
            question: question)
    }

    /// Project endpoints do not support multi-part uploads, which files above 100 MB need.
    func advice(
        on settings: ServiceSpec, in environment: Specification.Environment
    ) -> [(problem: String, advice: String)] {
        guard let address = try? AzureOpenAISettings(settings).endpoint.resolved(in: environment),
            address.contains("/api/projects/")
        else { return [] }
        return [
            (
                "'\(address)' is a project's address, which does not accept large files",
                "use the account's own: https://NAME.openai.azure.com"
            )
        ]
    }

    func connect(_ settings: ServiceSpec, _ context: ConnectionContext) async throws -> ConnectedProvider {
        let azure = AzureOpenAISettings(settings)
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
                account: try spec.account.resolved(in: environment),
                apiVersion: try spec.apiVersion.resolved(in: environment))
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
                baseURL: emulator.address, surface: .azure(apiVersion: AzureOpenAISettings.defaultAPIVersion)),
            connection: connection,
            controlPlane: (
                plane, context.connection(.bearer(emulator.key), clock: emulator.clock, isDirect: true)
            ))
        return ConnectedProvider(client, clock: emulator.clock, isEmulated: true, priceAs: emulator.priceAs)
    }
}
