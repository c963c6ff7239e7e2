// Endpoints, models and operations of the registry.

import Basics
import EmulatorCore
import Foundation
import VertexWire

extension EmulatedProject {
    private func endpoint(_ call: GoogleCall) throws(GoogleError) -> EndpointRecord {
        guard let record = endpoints[call.route.ids[0]], !record.isDeleted, record.location == call.route.location else {
            throw noSuchEndpoint(call)
        }
        return record
    }

    func noSuchEndpoint(_ call: GoogleCall) -> GoogleError {
        .notFound("Endpoint `projects/\(call.route.project)/locations/\(call.route.location)/endpoints/\(call.route.ids[0])` not found.")
    }

    private func model(_ call: GoogleCall) throws(GoogleError) -> ModelRecord {
        let id = String(call.route.ids[0].prefix { $0 != "@" })
        guard let record = tunedModels[id], !record.isDeleted, record.location == call.route.location else {
            throw .notFound("The Model \"projects/\(call.route.project)/locations/\(call.route.location)/models/\(id)\" does not exist.")
        }
        return record
    }

    private func described(_ record: EndpointRecord) -> Endpoint {
        Endpoint { endpoint in
            endpoint.name = record.name
            endpoint.displayName = record.displayName
            endpoint.labels = record.labels.isEmpty ? nil : record.labels
            endpoint.createTime = record.createdAt.googleStamp
            endpoint.updateTime = record.createdAt.googleStamp
            endpoint.etag = "AMEw9yN" + record.id
            guard let deployed = record.deployedID else { return }
            endpoint.trafficSplit = [deployed: 100]
            endpoint.deployedModels = [
                Endpoint.DeployedModel {
                    $0.id = deployed
                    $0.model = Self.parent(record.location) + "models/\(record.model)@1"
                    $0.modelVersionId = "1"
                    $0.displayName = record.displayName
                    $0.createTime = record.createdAt.googleStamp
                    $0.checkpointId = record.checkpoint.id
                }
            ]
        }
    }

    /// The endpoints on which a model is deployed.
    private func deployments(of model: ModelRecord) -> [EndpointRecord] {
        endpoints.values.filter { $0.model == model.id && $0.deployedID != nil && !$0.isDeleted }.sorted { $0.id < $1.id }
    }

    private func described(_ record: ModelRecord) -> RegistryModel {
        RegistryModel { model in
            model.name = record.name
            model.displayName = record.displayName
            model.versionId = "1"
            model.versionAliases = ["default"]
            model.labels = record.labels.isEmpty ? nil : record.labels
            model.createTime = record.createdAt.googleStamp
            model.updateTime = record.updatedAt.googleStamp
            model.etag = "AMEw9yM" + record.id
            model.defaultCheckpointId = record.defaultCheckpoint
            model.checkpoints = checkpoints(of: record)
            let deployed = deployments(of: record)
            guard !deployed.isEmpty else { return }
            model.deployedModels = deployed.map { endpoint in
                RegistryModel.Deployment {
                    $0.endpoint = endpoint.name
                    $0.deployedModelId = endpoint.deployedID
                    $0.checkpointId = endpoint.checkpoint.id
                }
            }
        }
    }

    private func checkpoints(of record: ModelRecord) -> [RegistryModel.Checkpoint] {
        record.checkpoints.map { checkpoint in
            RegistryModel.Checkpoint {
                $0.checkpointId = checkpoint.id
                $0.epoch = ProtoInt64(checkpoint.epoch)
                $0.step = ProtoInt64(checkpoint.step)
            }
        }
    }

    // MARK: Endpoints

    /// `GET …/endpoints`, newest first.
    func listEndpoints(_ call: GoogleCall, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let filter = try ListFilter(call.query["filter"])
        let records = try endpoints.values
            .filter { !$0.isDeleted && $0.location == call.route.location }
            .filter { stale == nil || $0.createdAt <= now - (stale ?? 0) }
            .filter { record in
                try filter.matches(labels: record.labels) { field in
                    switch field {
                    case "endpoint", "endpoint_id": record.id
                    case "display_name", "displayName": record.displayName
                    default: nil
                    }
                }
            }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        return try ResourcePage.reply("endpoints", records.map { ($0.id, try JSONValue(encoding: described($0))) }, call)
    }

    /// `GET …/endpoints/{id}`.
    func getEndpoint(_ call: GoogleCall) throws -> Reply { try Reply(200, described(endpoint(call))) }

    /// `POST …/endpoints/{id}:undeployModel`: an operation. A tuned model cannot be deployed again.
    func undeploy(_ call: GoogleCall) async throws -> Reply {
        let request = try UndeployModelRequest(proto: await call.json("UndeployModelRequest"))
        let record = try endpoint(call)
        guard let deployed = record.deployedID, deployed == request.deployedModelId else {
            throw GoogleError.notFound(
                "DeployedModel \"\(request.deployedModelId ?? "")\" is not deployed on Endpoint \"\(record.name)\".")
        }
        return try await begin(.undeploy(record.id), under: record.name, call)
    }

    /// `DELETE …/endpoints/{id}`: an operation; only without a deployed model.
    func deleteEndpoint(_ call: GoogleCall) async throws -> Reply {
        let record = try endpoint(call)
        guard record.deployedID == nil else {
            throw GoogleError.precondition(
                "Endpoint \"\(record.name)\" has deployed or being-deployed DeployedModel(s). Please undeploy all before deleting it.")
        }
        return try await begin(.deleteEndpoint(record.id), under: record.name, call)
    }

    // MARK: Models

    /// `GET …/models`, newest first.
    func listModels(_ call: GoogleCall, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let filter = try ListFilter(call.query["filter"])
        let records = try tunedModels.values
            .filter { !$0.isDeleted && $0.location == call.route.location }
            .filter { stale == nil || $0.createdAt <= now - (stale ?? 0) }
            .filter { record in
                try filter.matches(labels: record.labels) { field in
                    switch field {
                    case "model", "model_id": record.id
                    case "display_name", "displayName": record.displayName
                    default: nil
                    }
                }
            }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        return try ResourcePage.reply("models", records.map { ($0.id, try JSONValue(encoding: described($0))) }, call)
    }

    /// `GET …/models/{id}`.
    func getModel(_ call: GoogleCall) throws -> Reply { try Reply(200, described(model(call))) }

    /// `GET …/models/{id}:listVersions`: there is always one.
    func listVersions(_ call: GoogleCall) throws -> Reply {
        let list = RegistryModelList { $0.models = [] }
        var page = list
        page.models = [described(try model(call))]
        return try Reply(200, page)
    }

    /// `GET …/models/{id}:listCheckpoints`.
    func listCheckpoints(_ call: GoogleCall) throws -> Reply {
        let checkpoints = checkpoints(of: try model(call))
        return try Reply(200, CheckpointList { $0.checkpoints = checkpoints })
    }

    /// `PATCH …/models/{id}`: default checkpoint, display name, description and labels. Google's client sends no
    /// update mask.
    func patchModel(_ call: GoogleCall) async throws -> Reply {
        let changes = try RegistryModel(proto: await call.json("Model"))
        let now = await clock.now()
        var record = try model(call)
        if let checkpoint = changes.defaultCheckpointId {
            guard record.checkpoints.contains(where: { $0.id == checkpoint }) else {
                throw GoogleError.invalid("The model has no checkpoint \"\(checkpoint)\".")
            }
            record.defaultCheckpoint = checkpoint
        }
        if let title = changes.displayName { record.displayName = title }
        if let labels = changes.labels {
            try Labels.check(labels)
            record.labels = labels
        }
        record.updatedAt = now
        try save(record)
        return try Reply(200, described(record))
    }

    /// `DELETE …/models/{id}`: an operation; only when no endpoint serves the model.
    func deleteModel(_ call: GoogleCall) async throws -> Reply {
        let record = try model(call)
        if let endpoint = deployments(of: record).first {
            throw GoogleError.precondition("Model \"\(record.name)\" is deployed on Endpoint \"\(endpoint.name)\". Please undeploy it first.")
        }
        return try await begin(.deleteModel(record.id), under: record.name, call)
    }

    /// `DELETE …/models/{id}:deleteVersion`: refused, as there is only one version.
    func deleteVersion(_ call: GoogleCall) throws -> Reply {
        let record = try model(call)
        throw GoogleError.precondition("The only version of Model \"\(record.name)\" cannot be deleted. Please delete the Model instead.")
    }

    // MARK: Operations

    /// Starts an operation and answers with it.
    func begin(_ effect: OperationRecord.Effect, under parent: String, _ call: GoogleCall) async throws -> Reply {
        let now = await clock.now()
        if let running = operations.values.first(where: { $0.effect == effect && !$0.isDone }) {
            return try Reply(200, running.described)
        }
        let record = OperationRecord(
            id: Self.newID(), parent: parent, effect: effect, createdAt: now, endsAt: now + settings.durations.operation)
        try save(record)
        return try Reply(200, record.described)
    }

    /// `GET …/operations/{id}`.
    func getOperation(_ call: GoogleCall) async throws -> Reply {
        let id = call.route.ids.last ?? ""
        guard let record = operations[id] else { throw GoogleError.notFound("The operation \"\(id)\" does not exist.") }
        _ = try await poll(record.isDone ? nil : record.endsAt)
        return try Reply(200, (operations[id] ?? record).described)
    }

    /// Applies the effect of an operation that has ended; returns false if it has not.
    func advanceOperation(_ id: String, at now: Date) throws -> Bool {
        guard var record = operations[id], !record.isDone, now >= record.endsAt else { return false }
        switch record.effect {
        case .undeploy(let id):
            if var endpoint = endpoints[id] {
                endpoint.deployedID = nil
                try save(endpoint)
            }
        case .deleteEndpoint(let id):
            if var endpoint = endpoints[id] {
                endpoint.isDeleted = true
                try save(endpoint)
            }
        case .deleteModel(let id):
            if var model = tunedModels[id] {
                model.isDeleted = true
                try save(model)
            }
        case .deleteBatch(let id):
            if var batch = batches[id] {
                batch.isDeleted = true
                try save(batch)
            }
        }
        record.isDone = true
        try save(record)
        return true
    }
}
