// Temporary deployments.

/// A deployment that is created for the run and deleted after it.
package struct DeploySpec: Hashable, Sendable, Codable {
    /// The deployment type, which determines its price.
    package var sku: DeploymentSKU
    /// The rate limit in thousands of tokens per minute.
    package var capacity: Int
    /// Whether the deployment is kept after the run.
    package var keep: Keep

    /// - Parameter capacity: in thousands of tokens per minute.
    package init(sku: DeploymentSKU = .standard, capacity: Int = 50, keep: Keep = .no) {
        self.sku = sku
        self.capacity = capacity
        self.keep = keep
    }
}

extension DeploySpec {
    /// The time for which a deployment is kept after the run; it may be billed until then.
    package enum Keep: Hashable, Sendable, Codable {
        case no
        case yes
        /// Kept for this long after the end of the run.
        case duration(Duration)
    }
}

/// The deployment type: `sku.name` of the control plane.
package enum DeploymentSKU: String, Hashable, Sendable, Codable, CaseIterable {
    case standard = "Standard"
    case globalStandard = "GlobalStandard"
    case dataZoneStandard = "DataZoneStandard"
    case globalBatch = "GlobalBatch"
    case dataZoneBatch = "DataZoneBatch"
    case provisionedManaged = "ProvisionedManaged"
    case globalProvisionedManaged = "GlobalProvisionedManaged"
    case dataZoneProvisionedManaged = "DataZoneProvisionedManaged"
    case developerTier = "DeveloperTier"

    /// Whether deployments of this type answer batches, and nothing else.
    package var isBatch: Bool { self == .globalBatch || self == .dataZoneBatch }
}
