// The operations of the emulated Google APIs and their paths.

import EmulatorCore
import Foundation

/// An operation, by its name in the request log and the fault script: Google's method without its prefix.
enum GoogleOperation: String, Sendable, CaseIterable {
    case token = "oauth2.token"
    case bucketsInsert = "buckets.insert"
    case bucketsList = "buckets.list"
    case bucketsGet = "buckets.get"
    /// Media and multipart uploads.
    case objectsInsert = "objects.insert"
    /// The start of a resumable upload.
    case uploadsStart = "uploads.start"
    /// A chunk of a resumable upload.
    case uploadsPut = "uploads.put"
    /// The question how much of a resumable upload was received.
    case uploadsStatus = "uploads.status"
    case uploadsCancel = "uploads.cancel"
    case objectsList = "objects.list"
    case objectsGet = "objects.get"
    case objectsDownload = "objects.download"
    case objectsPatch = "objects.patch"
    case objectsDelete = "objects.delete"
    case batchesCreate = "batchPredictionJobs.create"
    case batchesList = "batchPredictionJobs.list"
    case batchesGet = "batchPredictionJobs.get"
    case batchesCancel = "batchPredictionJobs.cancel"
    case batchesDelete = "batchPredictionJobs.delete"
    case jobsCreate = "tuningJobs.create"
    case jobsList = "tuningJobs.list"
    case jobsGet = "tuningJobs.get"
    case jobsCancel = "tuningJobs.cancel"
    case endpointsList = "endpoints.list"
    case endpointsGet = "endpoints.get"
    case endpointsUndeploy = "endpoints.undeployModel"
    case endpointsDelete = "endpoints.delete"
    case modelsList = "models.list"
    case modelsGet = "models.get"
    case modelsPatch = "models.patch"
    case modelsDelete = "models.delete"
    case modelsDeleteVersion = "models.deleteVersion"
    case modelsListVersions = "models.listVersions"
    case modelsListCheckpoints = "models.listCheckpoints"
    case operationsGet = "operations.get"
    case operationsWait = "operations.wait"
    case contextsGet = "contexts.get"
    case contextsList = "contexts.list"
    case seriesList = "timeSeries.list"
    case seriesRead = "timeSeries.read"
    case publisherModelsGet = "publishers.models.get"
    case generate = "generateContent"
    case streamGenerate = "streamGenerateContent"
    case count = "countTokens"
}

/// The route of a request.
struct GoogleRoute: Hashable, Sendable {
    var operation: GoogleOperation
    /// Project, location and resource ids of an AI Platform path; bucket and object of a storage path.
    var ids: [String] = []
    var project = ""
    var location = ""
    /// Whether the path names `v1beta1`.
    var isBeta = false

    /// Whether the path belongs to Cloud Storage.
    var isStorage: Bool {
        switch operation {
        case .bucketsInsert, .bucketsList, .bucketsGet, .objectsInsert, .uploadsStart, .uploadsPut, .uploadsStatus,
            .uploadsCancel, .objectsList, .objectsGet, .objectsDownload, .objectsPatch, .objectsDelete:
            true
        default: false
        }
    }

    var form: ErrorForm { operation == .token ? .oauth : isStorage ? .storage : .rpc }

    init(_ operation: GoogleOperation, ids: [String] = []) {
        self.operation = operation
        self.ids = ids
    }

    private static let table: [(String, String, String?, GoogleOperation)] = [
        ("POST", "batchPredictionJobs", nil, .batchesCreate),
        ("GET", "batchPredictionJobs", nil, .batchesList),
        ("GET", "batchPredictionJobs/*", nil, .batchesGet),
        ("POST", "batchPredictionJobs/*", "cancel", .batchesCancel),
        ("DELETE", "batchPredictionJobs/*", nil, .batchesDelete),
        ("POST", "tuningJobs", nil, .jobsCreate),
        ("GET", "tuningJobs", nil, .jobsList),
        ("GET", "tuningJobs/*", nil, .jobsGet),
        ("POST", "tuningJobs/*", "cancel", .jobsCancel),
        ("GET", "endpoints", nil, .endpointsList),
        ("GET", "endpoints/*", nil, .endpointsGet),
        ("POST", "endpoints/*", "undeployModel", .endpointsUndeploy),
        ("DELETE", "endpoints/*", nil, .endpointsDelete),
        ("POST", "endpoints/*", "generateContent", .generate),
        ("POST", "endpoints/*", "streamGenerateContent", .streamGenerate),
        ("POST", "endpoints/*", "countTokens", .count),
        ("POST", "publishers/google/models/*", "generateContent", .generate),
        ("POST", "publishers/google/models/*", "streamGenerateContent", .streamGenerate),
        ("POST", "publishers/google/models/*", "countTokens", .count),
        ("GET", "models", nil, .modelsList),
        ("GET", "models/*", nil, .modelsGet),
        ("GET", "models/*", "listCheckpoints", .modelsListCheckpoints),
        ("GET", "models/*", "listVersions", .modelsListVersions),
        ("PATCH", "models/*", nil, .modelsPatch),
        ("DELETE", "models/*", nil, .modelsDelete),
        ("DELETE", "models/*", "deleteVersion", .modelsDeleteVersion),
        ("GET", "operations/*", nil, .operationsGet),
        ("POST", "operations/*", "wait", .operationsWait),
        ("GET", "endpoints/*/operations/*", nil, .operationsGet),
        ("POST", "endpoints/*/operations/*", "wait", .operationsWait),
        ("GET", "models/*/operations/*", nil, .operationsGet),
        ("POST", "models/*/operations/*", "wait", .operationsWait),
        ("GET", "batchPredictionJobs/*/operations/*", nil, .operationsGet),
        ("POST", "batchPredictionJobs/*/operations/*", "wait", .operationsWait),
        ("GET", "metadataStores/default/contexts", nil, .contextsList),
        ("GET", "metadataStores/default/contexts/*", nil, .contextsGet),
        ("GET", "tensorboards/*/experiments/*/runs/*/timeSeries", nil, .seriesList),
        ("GET", "tensorboards/*/experiments/*/runs/*/timeSeries/*", "read", .seriesRead),
    ]

    /// `nil` for a path that the emulated services do not have.
    init?(_ request: ReceivedRequest) {
        // Object names contain escaped slashes, so the path is split before its escapes are resolved.
        let segments = request.path.split(separator: "/").map { String($0).removingPercentEncoding ?? String($0) }
        guard let first = segments.first else { return nil }
        switch first {
        case "token" where segments.count == 1 && request.method == "POST": self.init(.token)
        case "upload", "resumable":
            let rest = Array(segments.drop { $0 == "upload" || $0 == "resumable" })
            guard rest.count == 5, Array(rest[0...2]) == ["storage", "v1", "b"], rest[4] == "o" else { return nil }
            guard let operation = Self.upload(request) else { return nil }
            self.init(operation, ids: [rest[3]])
        case "storage": self.init(storage: Array(segments.dropFirst()), request, isDownload: false)
        case "download" where segments.count > 1 && segments[1] == "storage":
            self.init(storage: Array(segments.dropFirst(2)), request, isDownload: true)
        case "v1", "v1beta1": self.init(platform: Array(segments.dropFirst()), request.method, isBeta: first == "v1beta1")
        default: return nil
        }
    }

    private static func upload(_ request: ReceivedRequest) -> GoogleOperation? {
        let isSession = request.query["upload_id"] != nil
        switch (request.method, request.query["uploadType"]) {
        case ("PUT", _) where isSession, ("POST", "resumable") where isSession:
            return (request.headers["content-range"] ?? "").hasPrefix("bytes */") ? .uploadsStatus : .uploadsPut
        case ("DELETE", _) where isSession: return .uploadsCancel
        case ("POST", "resumable"): return .uploadsStart
        case ("POST", "media"), ("POST", "multipart"): return .objectsInsert
        default: return nil
        }
    }

    private init?(storage segments: [String], _ request: ReceivedRequest, isDownload: Bool) {
        guard segments.count >= 2, segments[0] == "v1", segments[1] == "b" else { return nil }
        let isMedia = isDownload || request.query["alt"] == "media"
        switch (request.method, segments.count) {
        case ("GET", 2): self.init(.bucketsList)
        case ("POST", 2): self.init(.bucketsInsert)
        case ("GET", 3): self.init(.bucketsGet, ids: [segments[2]])
        case ("GET", 4) where segments[3] == "o": self.init(.objectsList, ids: [segments[2]])
        case (let method, 5...) where segments[3] == "o":
            let ids = [segments[2], segments[4...].joined(separator: "/")]
            switch method {
            case "GET": self.init(isMedia ? .objectsDownload : .objectsGet, ids: ids)
            case "PATCH": self.init(.objectsPatch, ids: ids)
            case "DELETE": self.init(.objectsDelete, ids: ids)
            default: return nil
            }
        default: return nil
        }
    }

    private init?(platform segments: [String], _ method: String, isBeta: Bool) {
        var segments = segments
        if method == "GET", segments.count == 4, Array(segments[0...2]) == ["publishers", "google", "models"] {
            self.init(.publisherModelsGet, ids: [segments[3]])
            self.isBeta = isBeta
            return
        }
        guard segments.count >= 5, segments[0] == "projects", segments[2] == "locations" else { return nil }
        let (project, location) = (segments[1], segments[3])
        segments.removeFirst(4)
        var verb: String?
        if let last = segments.last, let colon = last.lastIndex(of: ":") {
            verb = String(last[last.index(after: colon)...])
            segments[segments.count - 1] = String(last[..<colon])
        }
        for (expected, pattern, wanted, operation) in Self.table where expected == method && wanted == verb {
            let parts = pattern.split(separator: "/")
            guard parts.count == segments.count, zip(parts, segments).allSatisfy({ $0 == "*" || $0 == $1 }) else {
                continue
            }
            self.init(operation, ids: zip(parts, segments).compactMap { $0.0 == "*" ? $0.1 : nil })
            self.project = project
            self.location = location
            self.isBeta = isBeta
            isTunedEndpoint = pattern.hasPrefix("endpoints/")
            return
        }
        return nil
    }

    /// Whether a question goes to a tuned endpoint and not to a base model.
    var isTunedEndpoint = false
}

/// A request of Google's APIs with its route.
struct GoogleCall: Sendable {
    var route: GoogleRoute
    var request: ReceivedRequest

    var query: [String: String] { request.query }
    var origin: String { request.origin }
}
