// A deployment that lives while it is needed.

/// A deployment made for the run and deleted after it.
package struct DeploySpec: Hashable, Sendable, Codable {
    /// Kind and price of the deployment.
    package var sku: DeploymentSKU
    /// Thousands of tokens a minute.
    package var capacity: Int
    /// Whether it stays after the run.
    package var keep: Keep

    package init(sku: DeploymentSKU = .standard, capacity: Int = 50, keep: Keep = .no) {
        self.sku = sku
        self.capacity = capacity
        self.keep = keep
    }
}

extension DeploySpec {
    package enum Keep: Hashable, Sendable, Codable {
        case no
        case yes
        /// Until this long after the run's end.
        case duration(Duration)
    }
}

/// The kind of a deployment, `sku.name` of the control plane.
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

    /// Whether it answers batches (and nothing else).
    package var isBatch: Bool { self == .globalBatch || self == .dataZoneBatch }
}
