// Deployments through the provider's control plane, shared between stores by means of marks in their tags.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import ProviderKit

/// Two stores that need the same model in one account share its deployment, which has the same name for both. Each
/// marks it with its own tag and removes the mark when it no longer needs the deployment; the last store deletes it.
struct LeasedDeploymentService: DeploymentService {
    /// The prefix of the marks' names, followed by the store. The value is the mark's expiry, in seconds since 1970.
    private static let markPrefix = "assay-store-"
    /// Seconds after which a mark expires, for stores that were lost with their ledger. Longer than any run needs.
    private static let lasting = 259_200.0
    /// The maximum number of attempts to set a mark that another store overwrites at the same moment.
    private static let tries = 3

    let client: DeploymentsClient
    let clock: any WallClock
    private let mark: String

    /// - Parameter store: identifies the store; it must not change when the store's ledger is lost.
    init(client: DeploymentsClient, clock: any WallClock, store: String) {
        self.client = client
        self.clock = clock
        mark = LeasedDeploymentService.markPrefix + store
    }

    func create(_ wanted: DeploymentRequest, name: String) async throws {
        let existing = try await existing(name)
        // A PUT would change an existing deployment: one that serves another model is left unchanged.
        if let found = existing?.properties.model?.name,
            found.lowercased() != DeploymentModel(wanted.model).name.lowercased()
        {
            throw DeploymentMismatch(name: name, found: found, wanted: wanted.model)
        }
        let kept = wanted.keepSeconds ?? 0
        let until =
            kept.isInfinite
            ? Date.distantFuture : (await clock.now()).addingTimeInterval(kept + LeasedDeploymentService.lasting)
        var tags = existing?.tags ?? [:]
        for _ in 0..<LeasedDeploymentService.tries {
            tags[mark] = String(Int64(until.timeIntervalSince1970))
            let made = try await client.create(
                name,
                Deployment(
                    sku: AzureWire.DeploymentSKU(name: SKUName(rawValue: wanted.sku), capacity: wanted.capacity),
                    tags: tags, properties: DeploymentProperties(model: DeploymentModel(wanted.model))))
            // A provider that returns no tags keeps none. If it returns other tags, another store has written them
            // meanwhile.
            guard let shown = made.tags, shown[mark] == nil else { return }
            tags = shown
        }
    }

    func release(name: String) async throws -> Bool {
        guard let existing = try await existing(name) else { return true }
        let now = (await clock.now()).timeIntervalSince1970
        var tags = existing.tags ?? [:]
        tags[mark] = nil
        let isUsed = tags.contains { name, until in
            name.hasPrefix(LeasedDeploymentService.markPrefix) && Double(until) ?? 0 > now
        }
        guard isUsed else {
            try await client.delete(name)
            return true
        }
        try await client.setTags(name, tags)
        return false
    }

    /// True for names that cannot be part of a URL.
    package func isRejectedBeforeSending(_ error: any Error) -> Bool {
        if case .unsafeID? = error as? ProviderError { true } else { false }
    }

    private func existing(_ name: String) async throws -> Deployment? {
        do {
            return try await client.get(name)
        } catch let error as ProviderError where error.isNotFound {
            return nil
        }
    }
}

extension DeploymentModel {
    /// A model by the name that specs use. The name of a base model ends in its version (`gpt-4o-2024-08-06`); a
    /// fine-tuned model always has version 1.
    init(_ name: String) {
        if !name.contains(".ft-"), let match = name.firstMatch(of: #/-(\d{4}-\d{2}-\d{2})$/#) {
            self.init(name: String(name[..<match.range.lowerBound]), version: String(match.output.1))
        } else {
            self.init(name: name, version: "1")
        }
    }
}

/// The deployments of an account, through its control plane.
struct ControlPlaneHosting: Hosting {
    let client: DeploymentsClient
    let clock: any WallClock

    func leases(store: String) -> any DeploymentService {
        LeasedDeploymentService(client: client, clock: clock, store: store)
    }

    func list() async throws -> [HostedDeployment] {
        try await client.list().compactMap { deployment in
            deployment.name.map { HostedDeployment(name: $0, model: deployment.properties.model?.name) }
        }
    }

    func delete(_ name: String) async throws { try await client.delete(name) }
}
