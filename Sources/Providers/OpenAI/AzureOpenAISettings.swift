// The settings of an Azure OpenAI account in a spec.

import Basics
import ProviderKit
import Specification

/// The settings of an Azure OpenAI account.
struct AzureOpenAISettings: Hashable, Sendable {
    /// The source of credentials. The data plane and the control plane use separate tokens.
    enum Auth: Hashable, Sendable {
        /// The `api-key` header; requests to the control plane then authenticate as with `azureCLI`.
        case apiKey
        /// The token of an installed and logged-in Azure CLI (`az`).
        case azureCLI
        case managedIdentity(clientID: EnvironmentText?)
        case clientCredentials(tenant: EnvironmentText, clientID: EnvironmentText, clientSecret: EnvironmentText)
        /// A bearer token that is renewed outside of the program.
        case bearer(EnvironmentText)
    }

    /// The Azure resource of an account, as the control plane addresses it.
    struct ControlPlane: Hashable, Sendable {
        var subscription: EnvironmentText
        var resourceGroup: EnvironmentText
        var account: EnvironmentText
        /// The address of the control plane; Azure's public cloud by default.
        var endpoint: EnvironmentText
        /// The `api-version` parameter of control plane requests.
        var apiVersion: EnvironmentText
    }

    /// The address of the account: `https://NAME.openai.azure.com`.
    var endpoint: EnvironmentText
    /// The API key, always given as the name of an environment variable; `nil` for other kinds of authentication.
    var apiKey: EnvironmentText?
    /// The `api-version` of the classic paths, or `v1` for `/openai/v1`.
    var apiVersion: String
    var auth: Auth
    /// The control plane that creates deployments; required for `deploy`.
    var controlPlane: ControlPlane?

    /// The `api-version` of specs without one; a preview version, because training types need one.
    static let defaultAPIVersion = "2025-04-01-preview"

    init(_ service: ServiceSpec) {
        let values = service.values
        func text(_ name: String) -> EnvironmentText { values[name] ?? EnvironmentText("") }
        endpoint = text("endpoint")
        apiKey = values["api_key"]
        apiVersion = values["api_version"]?.template ?? AzureOpenAISettings.defaultAPIVersion
        auth =
            switch values["auth"]?.template {
            case "azure-cli": .azureCLI
            case "managed-identity": .managedIdentity(clientID: values["auth.client_id"])
            case "client-credentials":
                .clientCredentials(
                    tenant: text("auth.tenant"), clientID: text("auth.client_id"), clientSecret: text("auth.client_secret"))
            case "bearer": .bearer(text("auth.bearer"))
            default: .apiKey
            }
        if values.hasGroup("control_plane") {
            controlPlane = ControlPlane(
                subscription: text("control_plane.subscription"), resourceGroup: text("control_plane.resource_group"),
                account: text("control_plane.account"), endpoint: text("control_plane.endpoint"),
                apiVersion: text("control_plane.api_version"))
        }
    }

    /// Training types and methods exist since the 2025-04-01 preview, and at `/openai/v1`.
    var trainingTypes: ProviderKeys.TrainingTypes {
        let knows = apiVersion == "v1" || apiVersion.hasSuffix("-preview") && apiVersion >= Self.defaultAPIVersion
        return knows
            ? .supported
            : .needsVersion(version: apiVersion, hint: "speak \(Self.defaultAPIVersion) or a later preview, or v1")
    }

    private static let managedIdentity = ProviderKeys.Group(
        "managed-identity", called: "a managed identity", "A user-assigned managed identity.",
        keys: [ProviderKeys.Key("client_id", isRequired: true, "The client id.")])

    private static let clientCredentials = ProviderKeys.Group(
        "client-credentials", called: "client credentials", "An application registered in Entra ID.",
        keys: [
            ProviderKeys.Key("tenant", isRequired: true, "The tenant id."),
            ProviderKeys.Key("client_id", isRequired: true, "The client id of the application."),
            ProviderKeys.Key("client_secret", isRequired: true, isSecret: true, "The client secret of the application."),
        ])

    private static let controlPlaneKeys = ProviderKeys.Group(
        "control-plane", called: "the control plane", "The account's identifiers in Azure's control plane.",
        keys: [
            ProviderKeys.Key("subscription", isRequired: true, as: .pathSegment, "The subscription id."),
            ProviderKeys.Key("resource_group", isRequired: true, as: .pathSegment, "The resource group."),
            ProviderKeys.Key("account", isRequired: true, as: .pathSegment, "The account's name."),
            ProviderKeys.Key("endpoint", standard: "https://management.azure.com", "The control plane's address."),
            ProviderKeys.Key("api_version", standard: "2025-09-01", "Its `api-version`."),
        ])

    private static let authForms: [ProviderKeys.Option] = [
        .word("api-key"), .word("azure-cli"), .word("managed-identity"), .group("managed-identity", managedIdentity),
        .group("client-credentials", clientCredentials), .secret("bearer"),
    ]

    private static let versionPattern = ProviderKeys.Form.pattern(
        #"^(v1|\d{4}-\d{2}-\d{2}(-preview)?)$"#, expected: "an api-version such as 2025-04-01-preview, or v1")

    /// The keys of an account in a spec. Only its endpoint identifies it.
    static let keys: [ProviderKeys.Key] = [
        ProviderKeys.Key("endpoint", isRequired: true, examples: ["https://NAME.openai.azure.com"], "The account's address."),
        ProviderKeys.Key("api_key", isSecret: true, "The account's key."),
        ProviderKeys.Key(
            "api_version", as: versionPattern, standard: defaultAPIVersion, identifiesAccount: false,
            "The `api-version` of the classic paths, or `v1` for `/openai/v1`. Training types and methods other than "
                + "`supervised` need a preview version or `v1`."),
        ProviderKeys.Key(
            "auth", as: .choice(expected: "an authentication method", authForms), standard: "api-key",
            identifiesAccount: false, "The authentication of requests."),
        ProviderKeys.Key(
            "control_plane", as: .group(controlPlaneKeys), identifiesAccount: false,
            "The control plane that manages deployments. Required for `deploy`."),
    ]
}
