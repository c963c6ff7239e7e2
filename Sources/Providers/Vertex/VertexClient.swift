// Calls Vertex AI.

import Basics
import Foundation
import Platform
import ProviderKit
import VertexWire

/// The clients of one account. Throws `ProviderError` or `CancellationError`.
struct VertexClient: Sendable {
    let connection: ProviderConnection
    let endpoint: VertexEndpoint

    /// Reads a resource or a list.
    func get<Message: ProtoMessage>(
        _ operation: String, _ url: String, as type: Message.Type = Message.self
    ) async throws -> Message {
        let answer = try await connection.call(operation, .repeatable, connection.get(url))
        return try await read(answer.response, operation)
    }

    /// Sends a body. A call that creates something is repeated only if it certainly had no effect.
    func post<Message: ProtoMessage>(
        _ operation: String, _ kind: CallKind, _ url: String, _ body: some Encodable, as type: Message.Type = Message.self
    ) async throws -> Message {
        let answer = try await connection.call(operation, kind, connection.json(.post, url, body: body))
        return try await read(answer.response, operation)
    }

    private func read<Message: ProtoMessage>(
        _ response: HTTPResponseValue, _ operation: String
    ) async throws -> Message {
        do {
            return try Message(proto: response.body)
        } catch {
            throw ProviderError.unreadable(
                operation: operation, status: response.status, reason: await connection.beginning(of: response))
        }
    }

    /// All items of a list.
    func pages<Page: ProtoMessage, Item>(
        _ operation: String, _ url: String, query: [(String, String)] = [], items: (Page) -> [Item]?,
        next: (Page) -> String?
    ) async throws -> [Item] {
        var all: [Item] = []
        var pages = ListPages(operation: operation)
        repeat {
            let answer = try await connection.call(
                operation, .repeatable, connection.get(appendingQuery(query + pages.query, to: url)))
            let page: Page = try await read(answer.response, operation)
            all += items(page) ?? []
            try pages.advance(to: next(page), after: answer.response.body.count)
        } while !pages.areComplete
        return all
    }

    // MARK: Jobs

    func batches(filter: String? = nil) async throws -> [BatchPredictionJob] {
        try await pages(
            "list batches", endpoint.collection("batchPredictionJobs", in: endpoint.location),
            query: [("pageSize", "100")] + (filter.map { [("filter", $0)] } ?? []),
            items: { (page: BatchPredictionJobList) in page.batchPredictionJobs }, next: { $0.nextPageToken })
    }

    /// The tuning jobs in every region that tunes. `tuning_location` is in no key, so a job may have been created in
    /// another region before it was changed.
    func tuningJobs() async throws -> RegionalList<TuningJob> {
        try await everywhere("tuning jobs", name: \.name) { location in
            try await pages(
                "list tuning jobs", endpoint.collection("tuningJobs", in: location), query: [("pageSize", "100")],
                items: { (page: TuningJobList) in page.tuningJobs }, next: { $0.nextPageToken })
        }
    }

    /// The tuned models in every region that tunes.
    func models(filter: String) async throws -> RegionalList<RegistryModel> {
        try await everywhere("tuned models", name: \.name) { location in
            try await pages(
                "list models", endpoint.collection("models", in: location),
                query: [("pageSize", "100"), ("filter", filter)],
                items: { (page: RegistryModelList) in page.models }, next: { $0.nextPageToken })
        }
    }

    /// The lists of all regions that tune, without repetitions. A region other than the configured one that the account
    /// may not use is recorded; every other failure is an error.
    private func everywhere<Item: Sendable>(
        _ what: String, name: (Item) -> String?, _ list: (String) async throws -> [Item]
    ) async throws -> RegionalList<Item> {
        var all = RegionalList<Item>()
        var seen: Set<String> = []
        for location in endpoint.tuningLocations {
            do {
                all.items += try await list(location).filter { item in name(item).map { seen.insert($0).inserted } ?? true }
            } catch let error as ProviderError where error.status == 403 && location != endpoint.tuningLocation {
                all.gaps.append(UnlistedRegion(region: location, what: what, refusal: error))
            }
        }
        return all
    }

    /// A job by its name, or by the id that Google's console shows: the last part of the name.
    /// - Parameters:
    ///   - collection: the kind of job: `tuningJobs`.
    ///   - locations: where a job with that id may be; at least one.
    func job<Job: ProtoMessage>(
        _ operation: String, _ id: String, _ collection: String, in locations: [String]
    ) async throws -> Job {
        guard !id.contains("/") else { return try await get(operation, endpoint.resource(id)) }
        for location in locations.dropLast() {
            do {
                return try await get(operation, endpoint.collection(collection, in: location) + "/" + pathSegment(id))
            } catch let error as ProviderError where error.isNotFound { continue }
        }
        return try await get(
            operation, endpoint.collection(collection, in: locations.last ?? endpoint.location) + "/" + pathSegment(id))
    }

    /// Asks a job to stop. Finished work is kept and billed.
    func cancel(_ name: String) async throws {
        let _: Empty = try await post("cancel job", .repeatable, endpoint.resource(name) + ":cancel", Empty())
    }

    /// An answer, or a body, without fields.
    struct Empty: ProtoMessage {}

    // MARK: Operations

    /// Waits for a deletion or undeployment. The poll interval and the limit are in seconds.
    /// - Throws: `ProviderError.unreadable` for an operation that fails, or is not done within the limit.
    func finish(_ operation: VertexWire.Operation, every interval: Double = 5, limit: Double = 1800) async throws {
        var state = operation
        var waited = 0.0
        while state.done != true {
            guard let name = state.name else { return }
            guard waited < limit else {
                throw ProviderError.unreadable(
                    operation: "finish operation", status: 200,
                    reason: "\(ProviderText.line(name, limit: ProviderText.wordLimit)) is not done after "
                        + ProviderError.length(of: waited))
            }
            waited += interval
            try await connection.clock.sleep(seconds: interval)
            do {
                state = try await get("poll operation", endpoint.resource(name))
            } catch let error as ProviderError where error.isNotFound {
                return
            }
        }
        if let error = state.error, let code = error.code?.value, code != 0 {
            // Code 5 is gRPC's NOT_FOUND: the resource is already gone.
            if code == 5 { return }
            throw ProviderError.unreadable(
                operation: "finish operation", status: 200,
                reason: ProviderText.line(error.message ?? "it failed with code \(code)"))
        }
    }

    /// Deletes a resource and waits until it is gone; no error if it does not exist.
    func delete(_ name: String) async throws {
        do {
            let answer = try await connection.call(
                "delete \(VertexEndpoint.id(of: name))", .repeatable,
                HTTPRequestValue(.delete, try endpoint.resource(name), fields: ["accept": "application/json"]))
            try await finish(try VertexWire.Operation(proto: answer.response.body))
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }
}

/// A list over the regions that tune.
struct RegionalList<Item: Sendable>: Sendable {
    var items: [Item] = []
    /// The regions that the account may not list.
    var gaps: [UnlistedRegion] = []
}

/// A region whose resources the account may not list, so that they are unknown.
struct UnlistedRegion: Error, Hashable, CustomStringConvertible {
    let region: String
    /// The kind of resources, such as `tuning jobs`.
    let what: String
    let refusal: ProviderError

    var description: String { "the \(what) in \(region) cannot be listed: \(refusal)" }
}

extension UnlistedRegion: AdvisedError {
    var hint: String? {
        "a job sent before may be in \(region), so none is created. Allow the account to list that region: "
            + (refusal.hint ?? "check its role")
    }
}

extension ConnectionContext {
    /// A connection to Google's APIs.
    func googleConnection(
        _ credential: ProviderCredential, clock: any WallClock, quotaProject: String? = nil, isDirect: Bool = false
    ) -> ProviderConnection {
        ProviderConnection(
            credential: credential, transport: isDirect ? direct : transport, clock: clock,
            random: SeededRandom(seed: UInt64.random(in: .min ... .max)), errors: VertexErrors(),
            fields: quotaProject.map { ["x-goog-user-project": $0] } ?? [:], onRetry: onRetry)
    }
}

/// The time of a message, in seconds since 1970.
enum ProtoTime {
    /// Parses RFC 3339 with any number of fractional digits; `nil` for another text.
    static func seconds(_ text: String?) -> Double? {
        guard let text,
            let match = text.wholeMatch(
                of: #/(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))/#),
            let date = try? Date("\(match.output.1)T\(match.output.2)Z", strategy: .iso8601)
        else { return nil }
        let fraction = match.output.3.flatMap { Double("0" + $0) } ?? 0
        let offset =
            (match.output.5.flatMap { Double($0) } ?? 0) * 3600 + (match.output.6.flatMap { Double($0) } ?? 0) * 60
        return date.timeIntervalSince1970 + fraction - (match.output.4 == "-" ? -offset : offset)
    }
}
