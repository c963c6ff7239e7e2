// The control plane: deployments of the account.

import AzureWire
import Basics
import EmulatorCore
import Foundation

extension EmulatedAccount {
    /// Creates the deployments of the settings. Replaces an existing one that serves another model.
    func prepareDeployments(at now: Date) throws {
        for prepared in settings.deployments {
            if var held = deployment(prepared.name, at: now) {
                if held.modelName == prepared.model, held.sku == SKUName(prepared.sku) { continue }
                held.goneAt = now
                held.deletionAskedAt = now
                try save(held)
            }
            let model = DeploymentModel(name: prepared.model, version: "1")
            try save(
                newDeployment(
                    Deployment(
                        name: prepared.name, sku: DeploymentSKU(name: SKUName(prepared.sku), capacity: 100),
                        properties: DeploymentProperties(model: model)),
                    name: prepared.name, path: "", at: now, readyAt: now))
        }
    }

    private func newDeployment(
        _ asked: Deployment, name: String, path: String, at now: Date, readyAt: Date
    ) -> DeploymentRecord {
        let stamp = now.ISO8601Format()
        var object = asked
        object.id = path.isEmpty ? accountPath(["emulated", "emulated"]) + "/deployments/" + name : path
        object.name = name
        object.type = Deployment.resourceType
        object.etag = "\"\(UUID().uuidString.lowercased())\""
        object.systemData = SystemData(createdBy: "emulator", createdByType: "Application", createdAt: stamp)
        object.properties.versionUpgradeOption = object.properties.versionUpgradeOption ?? "OnceNewDefaultVersionAvailable"
        object.properties.capabilities = ["chatCompletion": "true"]
        return DeploymentRecord(
            uid: UUID().uuidString.lowercased(), object: object, createdAt: now, readyAt: readyAt, answersAt: readyAt,
            isFineTuned: isFineTuned(asked.properties.model?.name ?? ""))
    }

    /// The record that counts requests naming a model directly, as at OpenAI; `nil` if the model does not exist.
    func implicitDeployment(of model: String, at now: Date) throws -> DeploymentRecord? {
        guard network(model) != nil else { return nil }
        let known = deployments.values.first { $0.isImplicit == true && $0.modelName == model }
        if let known { return known }
        var record = newDeployment(
            Deployment(
                name: model, sku: DeploymentSKU(name: .globalStandard, capacity: Self.implicitCapacity),
                properties: DeploymentProperties(model: DeploymentModel(name: model, version: "1"))),
            name: model, path: "", at: now, readyAt: now)
        record.isImplicit = true
        record.isFineTuned = false
        try save(record)
        return record
    }

    /// Thousands of tokens per minute.
    private static let implicitCapacity = 2000

    private func accountPath(_ ids: [String]) -> String {
        "/subscriptions/\(ids[0])/resourceGroups/\(ids[1])/providers/Microsoft.CognitiveServices/accounts/"
            + settings.account.text
    }

    /// Checks API version and account of a control-plane call.
    private func checkAccount(_ call: Call) throws(ServiceError) {
        guard call.hasDatedVersion else {
            throw ServiceError(
                400, "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.")
        }
        let account = call.route.ids[2]
        guard account.lowercased() == settings.account.text.lowercased() else {
            throw ServiceError(
                404, "ResourceNotFound",
                "The Resource 'Microsoft.CognitiveServices/accounts/\(account)' under resource group "
                    + "'\(call.route.ids[1])' was not found.")
        }
    }

    private func held(_ call: Call, at now: Date) throws(ServiceError) -> DeploymentRecord {
        try checkAccount(call)
        guard let record = deployment(call.route.ids[3], at: now) else {
            throw ServiceError(
                404, "ResourceNotFound",
                "The Resource 'Microsoft.CognitiveServices/accounts/\(settings.account)/deployments/"
                    + "\(call.route.ids[3])' was not found.")
        }
        return record
    }

    /// `PUT …/deployments/{name}`: 201 for a new deployment, 200 for an update.
    func putDeployment(_ call: Call, fault: Fault?) async throws -> Reply {
        let asked: Deployment = try await call.json()
        let now = await clock.now()
        try checkAccount(call)
        let name = call.route.ids[3]
        guard (1...64).contains(name.count), name.allSatisfy({ $0.isASCIILetterDigitOr("-_.") }) else {
            throw ServiceError(400, "InvalidResourceName", "The deployment name '\(name)' is not valid.")
        }
        guard let sku = asked.sku, sku.name.isKnown else {
            throw ServiceError(
                400, "InvalidResourceProperties",
                "The specified SKU '\(asked.sku?.name.rawValue ?? "")' of the "
                    + "deployment is not valid.", parameter: "sku")
        }
        guard let model = asked.properties.model else {
            throw ServiceError(400, "InvalidResourceProperties", "properties.model is missing.", parameter: "model")
        }
        // The live service responds to a wrong format with a bare 500.
        guard model.format == "OpenAI" else {
            throw ServiceError(500, "InternalServerError", "An internal server error occurred.")
        }
        guard network(model.name) != nil else {
            throw ServiceError(
                400, "DeploymentModelNotSupported",
                "The model 'Format: OpenAI, Name: \(model.name), Version: \(model.version ?? "")' of account "
                    + "deployment is not supported.", parameter: "model")
        }
        if let old = deployment(name, at: now) { return try changeDeployment(old, asked, model: model, at: now) }
        try checkRoom(for: model.name, at: now)
        let path = accountPath(call.route.ids) + "/deployments/" + name
        var record = newDeployment(
            asked, name: name, path: path, at: now, readyAt: now + settings.durations.deploymentCreation)
        if let notReady = fault?.notReady { record.answersAt = record.readyAt + notReady }
        try save(record)
        return try Reply(201, record.described(at: now), headers: operation(record, call))
    }

    private func changeDeployment(
        _ old: DeploymentRecord, _ asked: Deployment, model: DeploymentModel, at now: Date
    ) throws -> Reply {
        guard old.deletionAskedAt == nil else {
            throw ServiceError(409, "RequestConflict", "The deployment '\(old.name)' is being deleted.")
        }
        guard old.modelName == model.name else {
            throw ServiceError(409, "Conflict", "The deployment '\(old.name)' already exists for another model.")
        }
        var record = old
        record.object.sku = asked.sku
        record.object.tags = asked.tags ?? record.object.tags
        try save(record)
        return try Reply(200, record.described(at: now))
    }

    private func checkRoom(for model: String, at now: Date) throws(ServiceError) {
        let there = deployments.values.filter { $0.isImplicit != true && $0.isThere(at: now) }
        let tuned = there.filter(\.isFineTuned).count
        guard there.count < settings.limits.deployments,
            !isFineTuned(model) || tuned < settings.limits.fineTunedDeployments
        else {
            throw ServiceError(429, "InsufficientQuota", "The account already has the maximum number of deployments.")
        }
    }

    private func operation(_ record: DeploymentRecord, _ call: Call) -> [String: String] {
        let address =
            "\(call.origin)/subscriptions/\(call.route.ids[0])/providers/Microsoft.CognitiveServices/locations/"
            + "local/operationResults/\(record.uid)?api-version=\(call.apiVersion)"
        return ["Azure-AsyncOperation": address, "Location": address]
    }

    /// `PATCH …/deployments/{name}`: SKU and tags.
    func patchDeployment(_ call: Call) async throws -> Reply {
        struct Patch: Decodable {
            var sku: DeploymentSKU?
            var tags: [String: String]?
        }
        let patch: Patch = try await call.json()
        let now = await clock.now()
        var record = try held(call, at: now)
        if let sku = patch.sku { record.object.sku = sku }
        if let tags = patch.tags { record.object.tags = tags }
        try save(record)
        return try Reply(200, record.described(at: now))
    }

    /// `GET …/deployments/{name}`.
    func getDeployment(_ call: Call) async throws -> Reply {
        let early = try held(call, at: await clock.now())
        let now = try await poll(early.due(after: await clock.now()))
        return try Reply(200, held(call, at: now).described(at: now))
    }

    /// `GET …/deployments`.
    func listDeployments(_ call: Call, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        try checkAccount(call)
        let shown = deployments.values
            .filter { $0.isImplicit != true && $0.isThere(at: now) && (stale == nil || $0.createdAt <= now - (stale ?? 0)) }
            .sorted { $0.name < $1.name }
        return try Reply(200, DeploymentList(value: shown.map { $0.described(at: now) }))
    }

    /// `DELETE …/deployments/{name}`: returns 202 and deletes the deployment a little later; billing ends
    /// immediately.
    func deleteDeployment(_ call: Call) async throws -> Reply {
        let now = await clock.now()
        try checkAccount(call)
        guard var record = deployment(call.route.ids[3], at: now) else { return Reply(204) }
        if record.deletionAskedAt == nil {
            record.deletionAskedAt = now
            record.goneAt = now + settings.durations.deploymentDeletion
            try save(record)
        }
        return Reply(202, headers: operation(record, call))
    }

    /// `GET …/operationResults/{id}`: the state of a creation or deletion.
    func getOperation(_ call: Call) async throws -> Reply {
        let id = call.route.ids[0]
        guard let record = deployments[id] else { throw ServiceError(404, "ResourceNotFound", "No such operation.") }
        let now = try await poll(record.due(after: await clock.now()))
        let state: ProvisioningState
        if record.deletionAskedAt != nil {
            state = record.isThere(at: now) ? .deleting : .succeeded
        } else {
            state = record.state(at: now)
        }
        // Clients that poll `Location` read the status code; those that poll `Azure-AsyncOperation` read the body.
        return try Reply(
            state.isTerminal ? 200 : 202, AsyncOperation(id: id, name: id, status: state),
            headers: state.isTerminal ? [:] : ["Location": call.origin + operationPath(call)])
    }

    private func operationPath(_ call: Call) -> String {
        "/subscriptions/emulated/providers/Microsoft.CognitiveServices/locations/local/operationResults/"
            + "\(call.route.ids[0])?api-version=\(call.apiVersion)"
    }
}
