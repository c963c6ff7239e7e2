// The operations of the API and their paths.

import Foundation

/// An operation, by its name in the request log and the fault script.
enum Operation: String, Sendable, CaseIterable {
    case filesCreate = "files.create"
    case filesList = "files.list"
    case filesGet = "files.get"
    case filesContent = "files.content"
    case filesDelete = "files.delete"
    case filesImport = "files.import"
    case uploadsCreate = "uploads.create"
    case uploadsPart = "uploads.part"
    case uploadsComplete = "uploads.complete"
    case uploadsCancel = "uploads.cancel"
    case batchesCreate = "batches.create"
    case batchesList = "batches.list"
    case batchesGet = "batches.get"
    case batchesCancel = "batches.cancel"
    case jobsCreate = "fine_tuning.jobs.create"
    case jobsList = "fine_tuning.jobs.list"
    case jobsGet = "fine_tuning.jobs.get"
    case jobsDelete = "fine_tuning.jobs.delete"
    case jobsCancel = "fine_tuning.jobs.cancel"
    case jobsPause = "fine_tuning.jobs.pause"
    case jobsResume = "fine_tuning.jobs.resume"
    case jobsEvents = "fine_tuning.jobs.events"
    case jobsCheckpoints = "fine_tuning.jobs.checkpoints"
    case modelsList = "models.list"
    case modelsGet = "models.get"
    case modelsDelete = "models.delete"
    case chat = "chat.completions"
    case deploymentsPut = "deployments.put"
    case deploymentsPatch = "deployments.patch"
    case deploymentsGet = "deployments.get"
    case deploymentsDelete = "deployments.delete"
    case deploymentsList = "deployments.list"
    case operationsGet = "operations.get"
}

/// The route of a request: the operation, the surface, and the ids in its path.
struct Route: Hashable, Sendable {
    var operation: Operation
    var surface: Surface
    var ids: [String]

    private static let data: [(String, String, Operation)] = [
        ("POST", "files", .filesCreate),
        ("GET", "files", .filesList),
        ("POST", "files/import", .filesImport),
        ("GET", "files/*", .filesGet),
        ("DELETE", "files/*", .filesDelete),
        ("GET", "files/*/content", .filesContent),
        ("POST", "uploads", .uploadsCreate),
        ("POST", "uploads/*/parts", .uploadsPart),
        ("POST", "uploads/*/complete", .uploadsComplete),
        ("POST", "uploads/*/cancel", .uploadsCancel),
        ("POST", "batches", .batchesCreate),
        ("GET", "batches", .batchesList),
        ("GET", "batches/*", .batchesGet),
        ("POST", "batches/*/cancel", .batchesCancel),
        ("POST", "fine_tuning/jobs", .jobsCreate),
        ("GET", "fine_tuning/jobs", .jobsList),
        ("GET", "fine_tuning/jobs/*", .jobsGet),
        ("DELETE", "fine_tuning/jobs/*", .jobsDelete),
        ("POST", "fine_tuning/jobs/*/cancel", .jobsCancel),
        ("POST", "fine_tuning/jobs/*/pause", .jobsPause),
        ("POST", "fine_tuning/jobs/*/resume", .jobsResume),
        ("GET", "fine_tuning/jobs/*/events", .jobsEvents),
        ("GET", "fine_tuning/jobs/*/checkpoints", .jobsCheckpoints),
        ("GET", "models", .modelsList),
        ("GET", "models/*", .modelsGet),
        ("DELETE", "models/*", .modelsDelete),
    ]
    private static let control: [(String, String, Operation)] = [
        ("PUT", "*", .deploymentsPut),
        ("PATCH", "*", .deploymentsPatch),
        ("GET", "*", .deploymentsGet),
        ("DELETE", "*", .deploymentsDelete),
        ("GET", "", .deploymentsList),
    ]

    /// - Parameter path: the path without the query.
    /// - Returns: `nil` for a path that the service does not have. The ids of a control-plane route are subscription,
    /// resource group, account and deployment; for an operation result, only its name.
    init?(method: String, path: String) {
        let segments = path.split(separator: "/").map { String($0).removingPercentEncoding ?? String($0) }
        guard let first = segments.first else { return nil }
        switch first.lowercased() {
        case "v1":
            let rest = segments.dropFirst()
            if method == "POST", Array(rest) == ["chat", "completions"] {
                self.init(operation: .chat, surface: .openAI, ids: [])
            } else {
                self.init(Self.data, method, rest, .openAI)
            }
        case "openai":
            var rest = segments.dropFirst()
            let isV1 = rest.first == "v1"
            if isV1 { rest = rest.dropFirst() }
            if isV1, method == "POST", Array(rest) == ["chat", "completions"] {
                self.init(operation: .chat, surface: .v1, ids: [])
            } else if !isV1, method == "POST", rest.count == 4, rest.first == "deployments",
                Array(rest.suffix(2)) == ["chat", "completions"]
            {
                self.init(operation: .chat, surface: .inference, ids: [rest[rest.startIndex + 1]])
            } else {
                self.init(Self.data, method, rest, isV1 ? .v1 : .authoring)
            }
        case "subscriptions":
            let lowered = segments.map { $0.lowercased() }
            if lowered.count >= 9, lowered[2] == "resourcegroups", lowered[4] == "providers",
                lowered[5] == "microsoft.cognitiveservices", lowered[6] == "accounts", lowered[8] == "deployments"
            {
                guard let route = Route(Self.control, method, segments[9...], .resourceManager) else { return nil }
                self = route
                ids = [segments[1], segments[3], segments[7]] + route.ids
            } else if method == "GET", lowered.count == 8, lowered[2] == "providers",
                lowered[3] == "microsoft.cognitiveservices", lowered[4] == "locations",
                lowered[6] == "operationresults"
            {
                self.init(operation: .operationsGet, surface: .resourceManager, ids: [segments[7]])
            } else {
                return nil
            }
        default:
            return nil
        }
    }

    private init(operation: Operation, surface: Surface, ids: [String]) {
        self.operation = operation
        self.surface = surface
        self.ids = ids
    }

    private init?(
        _ table: [(String, String, Operation)], _ method: String, _ segments: ArraySlice<String>, _ surface: Surface
    ) {
        for (expected, pattern, operation) in table where expected == method {
            let parts = pattern.split(separator: "/")
            guard parts.count == segments.count, zip(parts, segments).allSatisfy({ $0 == "*" || $0 == $1 }) else {
                continue
            }
            let ids = zip(parts, segments).compactMap { $0.0 == "*" ? $0.1 : nil }
            self.init(operation: operation, surface: surface, ids: ids)
            return
        }
        return nil
    }
}
