// Deployments through the provider's control plane, shared between stores by marks that they leave there.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import ProviderKit

/// Two stores that want one model at one account share its deployment, which has the same name for both. Each marks it with a
/// tag of its own and takes the mark off when it needs the deployment no more; the last one deletes it.
struct LeasedDeploymentService: DeploymentService {
    /// How the marks' names begin; the rest names the store. Their values say until when they count, in seconds since 1970.
    private static let markPrefix = "assay-store-"
    /// Seconds after which a mark counts no more: its store has died, and its ledger with it. Longer than any run asks.
    private static let lasting = 259_200.0
    /// How often a mark is set that another store has overwritten at the same moment.
    private static let tries = 3

    let client: DeploymentsClient
    let clock: any WallClock
    private let mark: String

    /// - Parameter store: names the store; the same after its ledger was lost.
    init(client: DeploymentsClient, clock: any WallClock, store: String) {
        self.client = client
        self.clock = clock
        mark = LeasedDeploymentService.markPrefix + store
    }

    func create(_ wanted: DeploymentRequest, name: String) async throws {
        let existing = try await existing(name)
        // A PUT would change what is there: a deployment that serves another model is left alone.
        if let found = existing?.properties.model?.name,
            found.lowercased() != DeploymentModel(wanted.model).name.lowercased()
        {
            throw DeploymentMismatch(name: name, found: found, wanted: wanted.model)
        }
        let kept = wanted.keepSeconds ?? 0
        let until = kept.isInfinite
            ? Date.distantFuture : (await clock.now()).addingTimeInterval(kept + LeasedDeploymentService.lasting)
        var tags = existing?.tags ?? [:]
        for _ in 0..<LeasedDeploymentService.tries {
            tags[mark] = String(Int64(until.timeIntervalSince1970))
            let made = try await client.create(
                name,
                Deployment(
                    sku: AzureWire.DeploymentSKU(name: SKUName(rawValue: wanted.sku), capacity: wanted.capacity),
                    tags: tags, properties: DeploymentProperties(model: DeploymentModel(wanted.model))))
            // A provider that shows no tags keeps none; one that shows others has them from a store that came in between.
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

    package func isRefusedHere(_ error: any Error) -> Bool {
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
    /// A model by the name that specs use: a base model carries its version at its end (`gpt-4o-2024-08-06`), a
    /// fine-tuned one is version 1 of itself.
    init(_ name: String) {
        if !name.contains(".ft-"), let match = name.firstMatch(of: #/-(\d{4}-\d{2}-\d{2})$/#) {
            self.init(name: String(name[..<match.range.lowerBound]), version: String(match.output.1))
        } else {
            self.init(name: name, version: "1")
        }
    }
}

/// The deployments of an account, by its control plane.
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
