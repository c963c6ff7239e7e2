// The models of an account: those that are offered, and tuned ones that stay.

import Basics
import Foundation
import ProviderKit
import Specification
import VertexWire

/// Queries every model in the built-in price table, because the service has no list of its models.
struct VertexModelList: ModelListing {
    let client: VertexClient

    /// A publisher's model.
    private struct PublisherModel: ProtoMessage {
        var name: String?
    }

    func models() async throws -> [OfferedModel] {
        let names = BuiltInPrices.vertex?.table.models.names ?? []
        let base = try client.endpoint.base(client.endpoint.location)
        return try await withThrowingTaskGroup(of: String?.self) { group in
            for name in names where !name.hasPrefix(Pricing.tunedPrefix) {
                group.addTask {
                    do {
                        let _: PublisherModel = try await client.get(
                            "look for \(name)", base + "/v1/publishers/google/models/" + pathSegment(name))
                        return name
                    } catch let error as ProviderError where error.isNotFound {
                        return nil
                    }
                }
            }
            var offered: [OfferedModel] = []
            for try await name in group { if let name { offered.append(OfferedModel(id: name)) } }
            return offered.sorted { $0.id < $1.id }
        }
    }
}

/// Tuned models. According to the price list they cost nothing while idle, and an undeployed one cannot be deployed
/// again, so they are kept until the user deletes them.
struct VertexKeeping: ModelKeeping {
    let client: VertexClient

    private static let maxEndpoints = 100
    /// Seconds after the end of a job during which its endpoints may not answer yet.
    private static let settling = 3600.0

    func keptModels() async throws -> AccountList<KeptModel> {
        // The jobs only add the name of the base model.
        let jobs = try await client.tuningJobs().items
        let models = try await client.models(filter: "labels.\(VertexLabel.tag):*")
        let kept = models.items.compactMap { model -> KeptModel? in
            guard let name = model.name,
                let tag = VertexLabel.tags(model.labels, displayName: model.displayName).first
            else { return nil }
            let job = jobs.first { VertexLabel.tags($0.labels, displayName: $0.tunedModelDisplayName).contains(tag) }
            return KeptModel(id: name, tag: tag, base: job?.baseModel, endpoints: model.deployedModels?.count ?? 0)
        }
        return AccountList(kept, unlisted: models.gaps.map(\.description))
    }

    func state(ofModelFrom job: String) async throws -> KeptModelState {
        let found: TuningJob
        do {
            found = try await client.get("look for tuning job", client.endpoint.resource(job))
        } catch let error as ProviderError where error.isNotFound {
            return .kept
        }
        guard let model = found.tunedModel?.model else { return .kept }
        do {
            let _: RegistryModel = try await client.get(
                "look for model", client.endpoint.resource(String(model.prefix { $0 != "@" })))
        } catch let error as ProviderError where error.isNotFound {
            return .deleted
        }
        guard let end = ProtoTime.seconds(found.endTime ?? found.updateTime) else { return .kept }
        let now = await client.connection.clock.now().timeIntervalSince1970
        return now - end < VertexKeeping.settling ? .new : .kept
    }

    /// Undeploys and deletes every endpoint of the model, then the model itself.
    func delete(_ model: KeptModel) async throws {
        let name = String(model.id.prefix { $0 != "@" })
        let found: RegistryModel
        do {
            found = try await client.get("look for model", client.endpoint.resource(name))
        } catch let error as ProviderError where error.isNotFound {
            return
        }
        var endpoints: [String] = []
        for deployment in found.deployedModels ?? [] {
            if let endpoint = deployment.endpoint, !endpoints.contains(endpoint) { endpoints.append(endpoint) }
        }
        // A tuned model has one endpoint for each of at most ten checkpoints.
        guard endpoints.count <= VertexKeeping.maxEndpoints else {
            throw ProviderError.unreadable(
                operation: "look for model", status: 200,
                reason: "the model has \(endpoints.count) endpoints; \(VertexKeeping.maxEndpoints) are the most. Nothing was "
                    + "deleted")
        }
        for endpoint in endpoints { try await remove(endpoint, of: name) }
        try await client.delete(name)
    }

    private func remove(_ endpoint: String, of model: String) async throws {
        let found: Endpoint
        do {
            found = try await client.get("look for endpoint", client.endpoint.resource(endpoint))
        } catch let error as ProviderError where error.isNotFound {
            return
        }
        let deployed = found.deployedModels ?? []
        for one in deployed where one.model.map({ VertexKeeping.isSame($0, model) }) ?? false {
            guard let id = one.id else { continue }
            do {
                let operation: VertexWire.Operation = try await client.post(
                    "undeploy model", .repeatable, client.endpoint.resource(endpoint) + ":undeployModel",
                    UndeployModelRequest { $0.deployedModelId = id })
                try await client.finish(operation)
            } catch let error as ProviderError where error.isNotFound {
                continue
            }
        }
        // An endpoint that also answers for another model stays.
        let others = deployed.contains { !($0.model.map { VertexKeeping.isSame($0, model) } ?? false) }
        if !others { try await client.delete(endpoint) }
    }

    /// Whether two names are of one model. The service answers with the project's number where requests use its id.
    private static func isSame(_ name: String, _ other: String) -> Bool {
        func parts(_ text: String) -> [Substring] {
            text.prefix { $0 != "@" }.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map { $0 }
        }
        return parts(name) == parts(other)
    }
}
