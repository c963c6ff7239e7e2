// Deployments on the control plane (Microsoft.CognitiveServices/accounts/deployments).

package struct ProvisioningState: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let accepted: ProvisioningState = "Accepted"
    package static let creating: ProvisioningState = "Creating"
    package static let deleting: ProvisioningState = "Deleting"
    package static let moving: ProvisioningState = "Moving"
    package static let failed: ProvisioningState = "Failed"
    package static let succeeded: ProvisioningState = "Succeeded"
    package static let disabled: ProvisioningState = "Disabled"
    package static let canceled: ProvisioningState = "Canceled"
    package static let known: [ProvisioningState] = [
        accepted, creating, deleting, moving, failed, succeeded, disabled, canceled,
    ]

    package var isTerminal: Bool { [.failed, .succeeded, .disabled, .canceled].contains(self) }
}

/// What a deployment is billed as.
package struct SKUName: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let standard: SKUName = "Standard"
    package static let globalStandard: SKUName = "GlobalStandard"
    package static let dataZoneStandard: SKUName = "DataZoneStandard"
    package static let globalBatch: SKUName = "GlobalBatch"
    package static let dataZoneBatch: SKUName = "DataZoneBatch"
    package static let provisionedManaged: SKUName = "ProvisionedManaged"
    package static let globalProvisionedManaged: SKUName = "GlobalProvisionedManaged"
    package static let dataZoneProvisionedManaged: SKUName = "DataZoneProvisionedManaged"
    package static let developerTier: SKUName = "DeveloperTier"
    package static let known: [SKUName] = [
        standard, globalStandard, dataZoneStandard, globalBatch, dataZoneBatch, provisionedManaged,
        globalProvisionedManaged, dataZoneProvisionedManaged, developerTier,
    ]

    /// Whether it answers batches only.
    package var isBatch: Bool { self == .globalBatch || self == .dataZoneBatch }
}

/// `capacity` counts thousands of tokens a minute.
package struct DeploymentSKU: Hashable, Sendable, Codable {
    package var name: SKUName
    package var capacity: Int?

    package init(name: SKUName, capacity: Int?) {
        self.name = name
        self.capacity = capacity
    }
}

/// What is deployed: a base model, a fine-tuned one, or a checkpoint.
package struct DeploymentModel: Hashable, Sendable, Codable {
    package var format: String
    package var name: String
    package var version: String?
    /// The ARM id of the account that holds the model, where it is another one.
    package var source: String?

    package init(format: String = "OpenAI", name: String, version: String?, source: String? = nil) {
        self.format = format
        self.name = name
        self.version = version
        self.source = source
    }

    enum CodingKeys: String, CodingKey { case format, name, version, source }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        format = container.optionalText(.format) ?? ""
        name = try container.text(.name)
        version = container.optionalText(.version)
        source = container.optionalText(.source)
    }
}

package struct DeploymentProperties: Hashable, Sendable, Codable {
    package var model: DeploymentModel?
    package var provisioningState: ProvisioningState?
    package var raiPolicyName: String?
    package var versionUpgradeOption: String?
    package var capabilities: [String: String]?

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

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.decodeIfPresent(DeploymentModel.self, forKey: .model)
        provisioningState = container.optionalText(.provisioningState).map { ProvisioningState($0) }
        raiPolicyName = container.optionalText(.raiPolicyName)
        versionUpgradeOption = container.optionalText(.versionUpgradeOption)
        capabilities = container.textMap(.capabilities)
    }
}

/// Who made a deployment, and when, as ISO 8601 texts.
package struct SystemData: Hashable, Sendable, Codable {
    package var createdBy: String?
    package var createdByType: String?
    package var createdAt: String?
    package var lastModifiedBy: String?
    package var lastModifiedByType: String?
    package var lastModifiedAt: String?

    package init(createdBy: String?, createdByType: String?, createdAt: String?) {
        self.createdBy = createdBy
        self.createdByType = createdByType
        self.createdAt = createdAt
        lastModifiedBy = createdBy
        lastModifiedByType = createdByType
        lastModifiedAt = createdAt
    }
}

/// The body of a PUT (`sku`, `properties`, `tags`) and, with the rest, the answer to it.
package struct Deployment: Hashable, Sendable, Codable {
    package var id: String?
    package var name: String?
    package var type: String?
    package var etag: String?
    package var sku: DeploymentSKU?
    package var tags: [String: String]?
    package var systemData: SystemData?
    package var properties: DeploymentProperties

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

    package static let resourceType = "Microsoft.CognitiveServices/accounts/deployments"

    enum CodingKeys: String, CodingKey { case id, name, type, etag, sku, tags, systemData, properties }

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

/// A page of deployments; `nextLink` is the whole address of the next.
package struct DeploymentList: Hashable, Sendable, Codable {
    package var value: [Deployment]
    package var nextLink: String?

    package init(value: [Deployment], nextLink: String? = nil) {
        self.value = value
        self.nextLink = nextLink
    }

    enum CodingKeys: String, CodingKey { case value, nextLink }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        value = try container.decodeIfPresent([Deployment].self, forKey: .value) ?? []
        nextLink = container.optionalText(.nextLink)
    }
}

/// What the address in an `Azure-AsyncOperation` header answers.
package struct AsyncOperation: Hashable, Sendable, Codable {
    package var id: String?
    package var name: String?
    package var status: ProvisioningState
    package var error: ErrorDetail?

    package init(id: String? = nil, name: String? = nil, status: ProvisioningState, error: ErrorDetail? = nil) {
        self.id = id
        self.name = name
        self.status = status
        self.error = error
    }
}
