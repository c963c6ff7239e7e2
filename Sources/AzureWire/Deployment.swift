// Wire types of deployments on the control plane (Microsoft.CognitiveServices/accounts/deployments).

/// The state of a deployment or of a long-running operation on it.
package struct ProvisioningState: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// The request was accepted and not started.
    package static let accepted: ProvisioningState = "Accepted"
    /// Being created; it does not answer yet.
    package static let creating: ProvisioningState = "Creating"
    /// Being deleted; it may still exist.
    package static let deleting: ProvisioningState = "Deleting"
    /// Being moved to another resource group or subscription.
    package static let moving: ProvisioningState = "Moving"
    /// Creation failed; the deployment may still need to be deleted.
    package static let failed: ProvisioningState = "Failed"
    /// Created. The data plane may lag by minutes.
    package static let succeeded: ProvisioningState = "Succeeded"
    /// Exists and does not answer.
    package static let disabled: ProvisioningState = "Disabled"
    /// Creation was cancelled.
    package static let canceled: ProvisioningState = "Canceled"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [ProvisioningState] = [
        accepted, creating, deleting, moving, failed, succeeded, disabled, canceled,
    ]

    /// Whether the state is final.
    package var isTerminal: Bool { [.failed, .succeeded, .disabled, .canceled].contains(self) }
}

/// The billing model of a deployment.
package struct SKUName: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Billed per token, processed in the region of the account.
    package static let standard: SKUName = "Standard"
    /// Billed per token, processed in any region.
    package static let globalStandard: SKUName = "GlobalStandard"
    /// Billed per token, processed within the data zone (EU or US).
    package static let dataZoneStandard: SKUName = "DataZoneStandard"
    /// Batches only, processed in any region, at half the price.
    package static let globalBatch: SKUName = "GlobalBatch"
    /// Batches only, processed within the data zone, at half the price.
    package static let dataZoneBatch: SKUName = "DataZoneBatch"
    /// Provisioned throughput in the region, billed by the hour.
    package static let provisionedManaged: SKUName = "ProvisionedManaged"
    /// Provisioned throughput in any region, billed by the hour.
    package static let globalProvisionedManaged: SKUName = "GlobalProvisionedManaged"
    /// Provisioned throughput within the data zone, billed by the hour.
    package static let dataZoneProvisionedManaged: SKUName = "DataZoneProvisionedManaged"
    /// Evaluation of fine-tuned models: no hourly fee, deleted after 24 hours.
    package static let developerTier: SKUName = "DeveloperTier"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [SKUName] = [
        standard, globalStandard, dataZoneStandard, globalBatch, dataZoneBatch, provisionedManaged,
        globalProvisionedManaged, dataZoneProvisionedManaged, developerTier,
    ]

    /// Whether the deployment only answers batches.
    package var isBatch: Bool { self == .globalBatch || self == .dataZoneBatch }
}

/// The billing model and size of a deployment.
package struct DeploymentSKU: Hashable, Sendable, Codable {
    /// The billing model.
    package var name: SKUName
    /// Rate limit in thousands of tokens per minute; `nil` where the service chooses.
    package var capacity: Int?

    /// - Parameter capacity: thousands of tokens per minute.
    package init(name: SKUName, capacity: Int?) {
        self.name = name
        self.capacity = capacity
    }
}

/// The deployed model: a base model, a fine-tuned model or a checkpoint.
package struct DeploymentModel: Hashable, Sendable, Codable {
    /// The model's publisher: `OpenAI`.
    package var format: String
    /// The base model's name, or the id of a fine-tuned model.
    package var name: String
    /// `nil` for the service's default version.
    package var version: String?
    /// The ARM id of the account that holds the model; `nil` for the deployment's own account.
    package var source: String?

    /// - Parameter source: the ARM id of another account that holds the model.
    package init(format: String = "OpenAI", name: String, version: String?, source: String? = nil) {
        self.format = format
        self.name = name
        self.version = version
        self.source = source
    }

    enum CodingKeys: String, CodingKey { case format, name, version, source }

    /// Only `name` is required.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        format = container.optionalText(.format) ?? ""
        name = try container.text(.name)
        version = container.optionalText(.version)
        source = container.optionalText(.source)
    }
}

/// The settings and state of a deployment.
package struct DeploymentProperties: Hashable, Sendable, Codable {
    /// `nil` when the service omits the properties.
    package var model: DeploymentModel?
    /// Set by the service; ignored in a request.
    package var provisioningState: ProvisioningState?
    /// The content filter policy; `nil` for the default one.
    package var raiPolicyName: String?
    /// When the service replaces the model version, such as `OnceNewDefaultVersionAvailable`.
    package var versionUpgradeOption: String?
    /// Set by the service, such as `chatCompletion: "true"`.
    package var capabilities: [String: String]?

    /// Creates the properties of a request; members that the service sets default to `nil`.
    package init(
        model: DeploymentModel?, provisioningState: ProvisioningState? = nil, raiPolicyName: String? = nil,
        versionUpgradeOption: String? = nil, capabilities: [String: String]? = nil
    ) {
        self.model = model
        self.provisioningState = provisioningState
        self.raiPolicyName = raiPolicyName
        self.versionUpgradeOption = versionUpgradeOption
        self.capabilities = capabilities
    }

    enum CodingKeys: String, CodingKey {
        case model, provisioningState, raiPolicyName, versionUpgradeOption, capabilities
    }

    /// Every member is optional; a malformed model is an error.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.decodeIfPresent(DeploymentModel.self, forKey: .model)
        provisioningState = container.optionalText(.provisioningState).map { ProvisioningState($0) }
        raiPolicyName = container.optionalText(.raiPolicyName)
        versionUpgradeOption = container.optionalText(.versionUpgradeOption)
        capabilities = container.textMap(.capabilities)
    }
}

/// Audit data of a deployment. Times are ISO 8601 strings.
package struct SystemData: Hashable, Sendable, Codable {
    /// The user or application that created it.
    package var createdBy: String?
    /// `User`, `Application`, `ManagedIdentity` or `Key`.
    package var createdByType: String?
    /// ISO 8601.
    package var createdAt: String?
    /// The user or application of the last change.
    package var lastModifiedBy: String?
    /// The kind of that principal.
    package var lastModifiedByType: String?
    /// ISO 8601.
    package var lastModifiedAt: String?

    /// Sets the last change equal to the creation.
    package init(createdBy: String?, createdByType: String?, createdAt: String?) {
        self.createdBy = createdBy
        self.createdByType = createdByType
        self.createdAt = createdAt
        lastModifiedBy = createdBy
        lastModifiedByType = createdByType
        lastModifiedAt = createdAt
    }
}

/// The body of a PUT (`sku`, `properties`, `tags`), and the answer to it with all members.
package struct Deployment: Hashable, Sendable, Codable {
    /// The ARM id; set by the service.
    package var id: String?
    /// The deployment's name, unique in the account.
    package var name: String?
    /// Equals `resourceType`.
    package var type: String?
    /// Version for conditional updates; unused here.
    package var etag: String?
    /// `nil` where the service reports none.
    package var sku: DeploymentSKU?
    /// The leases of a deployment are marked by tags.
    package var tags: [String: String]?
    /// Set by the service.
    package var systemData: SystemData?
    /// Empty when the service omits them.
    package var properties: DeploymentProperties

    /// Creates a request body with `sku`, `tags` and `properties`; the service sets the rest.
    package init(
        id: String? = nil, name: String? = nil, type: String? = nil, etag: String? = nil, sku: DeploymentSKU?,
        tags: [String: String]? = nil, systemData: SystemData? = nil, properties: DeploymentProperties
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.etag = etag
        self.sku = sku
        self.tags = tags
        self.systemData = systemData
        self.properties = properties
    }

    /// The value of `type` for every deployment.
    package static let resourceType = "Microsoft.CognitiveServices/accounts/deployments"

    enum CodingKeys: String, CodingKey { case id, name, type, etag, sku, tags, systemData, properties }

    /// Every member is optional; a malformed `sku` or `properties` is an error.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = container.optionalText(.id)
        name = container.optionalText(.name)
        type = container.optionalText(.type)
        etag = container.optionalText(.etag)
        sku = try container.decodeIfPresent(DeploymentSKU.self, forKey: .sku)
        tags = container.textMap(.tags)
        systemData = container.optional(.systemData)
        properties =
            try container.decodeIfPresent(DeploymentProperties.self, forKey: .properties)
            ?? DeploymentProperties(model: nil)
    }
}

/// One page of deployments.
package struct DeploymentList: Hashable, Sendable, Codable {
    /// Empty when the service omits it.
    package var value: [Deployment]
    /// The full URL of the next page; `nil` on the last.
    package var nextLink: String?

    /// - Parameter nextLink: the full URL of the next page.
    package init(value: [Deployment], nextLink: String? = nil) {
        self.value = value
        self.nextLink = nextLink
    }

    enum CodingKeys: String, CodingKey { case value, nextLink }

    /// Decodes a missing list as empty and an empty link as `nil`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        value = try container.decodeIfPresent([Deployment].self, forKey: .value) ?? []
        nextLink = container.optionalText(.nextLink)
    }
}

/// The response at the URL of an `Azure-AsyncOperation` header.
package struct AsyncOperation: Hashable, Sendable, Codable {
    /// The ARM id of the operation.
    package var id: String?
    /// The operation's own name, not the deployment's.
    package var name: String?
    /// Poll until it is terminal.
    package var status: ProvisioningState
    /// Set when the operation failed.
    package var error: ErrorDetail?

    /// Creates the status of an operation, as the emulator and tests do.
    package init(id: String? = nil, name: String? = nil, status: ProvisioningState, error: ErrorDetail? = nil) {
        self.id = id
        self.name = name
        self.status = status
        self.error = error
    }
}
