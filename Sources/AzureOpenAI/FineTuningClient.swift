// The fine-tuning API: create, get, list, follow and cancel jobs, and read their metrics.

package import AzureWire
import Foundation
import Platform
package import ProviderKit

/// Calls the fine-tuning API of one account. Throws `ProviderError` or `CancellationError`.
package struct FineTuningClient: Sendable {
    let connection: ProviderConnection
    let endpoint: ProviderEndpoint

    /// Sends nothing.
    package init(connection: ProviderConnection, endpoint: ProviderEndpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    /// Creates a job. Repeated only if the first attempt certainly had no effect. After a `ProviderError` with
    /// outcome `unknown`, use `list` to look for its suffix.
    package func create(_ request: FineTuningJobCreateRequest) async throws -> FineTuningJob {
        try await connection.call(
            "create fine-tuning job", .create,
            connection.json(.post, endpoint.url("/fine_tuning/jobs"), body: request))
    }

    /// The current state of a job.
    package func get(_ id: FineTuningJobID) async throws -> FineTuningJob {
        try await connection.call("get fine-tuning job \(id)", .repeatable, connection.get(url(id)))
    }

    /// All jobs, newest first; stops after a job for which `last` is true.
    package func list(until last: (FineTuningJob) -> Bool = { _ in false }) async throws -> [FineTuningJob] {
        try await connection.pages("list fine-tuning jobs", limit: 100, id: { $0.id.text }, last: last) {
            endpoint.url("/fine_tuning/jobs", query: $0)
        }
    }

    /// All events so far, oldest first.
    package func events(of id: FineTuningJobID) async throws -> [FineTuningEvent] {
        let events: [FineTuningEvent] = try await connection.pages(
            "list events of \(id)", limit: 100,
            id: { $0.id ?? "\($0.createdAt?.seconds ?? 0) \($0.message)" }
        ) { try url(id, "/events", query: $0) }
        // The wire order is newest first. Several events can share a second; reversing the list first keeps their
        // order.
        let newestFirst = (events.first?.createdAt ?? 0) >= (events.last?.createdAt ?? 0)
        let ordered = newestFirst ? events.reversed() : events
        return ordered.enumerated().sorted {
            ($0.element.createdAt ?? 0, $0.offset) < ($1.element.createdAt ?? 0, $1.offset)
        }.map(\.element)
    }

    /// The intermediate models of a job, ordered by step.
    package func checkpoints(of id: FineTuningJobID) async throws -> [FineTuningCheckpoint] {
        let checkpoints: [FineTuningCheckpoint] = try await connection.pages(
            "list checkpoints of \(id)", limit: 10, id: \.id
        ) { try url(id, "/checkpoints", query: $0) }
        return checkpoints.sorted { $0.stepNumber < $1.stepNumber }
    }

    /// Cancels a job; the training done until then is billed.
    package func cancel(_ id: FineTuningJobID) async throws -> FineTuningJob {
        try await connection.call("cancel fine-tuning job \(id)", .repeatable, connection.post(url(id, "/cancel")))
    }

    /// Pauses a running job, so that it can be resumed. Not all servers support it.
    package func pause(_ id: FineTuningJobID) async throws -> FineTuningJob {
        try await connection.call("pause fine-tuning job \(id)", .repeatable, connection.post(url(id, "/pause")))
    }

    /// Resumes a paused job.
    package func resume(_ id: FineTuningJobID) async throws -> FineTuningJob {
        try await connection.call("resume fine-tuning job \(id)", .repeatable, connection.post(url(id, "/resume")))
    }

    /// The metrics of every step of a succeeded job; `nil` if it names no result file.
    package func results(of job: FineTuningJob) async throws -> ResultFile? {
        // A job may name other files besides its metrics: the first readable one counts.
        var failure: ProviderError?
        for id in job.resultFiles ?? [] {
            do {
                let data = try await FilesClient(connection: connection, endpoint: endpoint).content(id)
                return try FineTuningClient.resultFile(id, data)
            } catch let error as ProviderError {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return nil
    }

    /// Parses a result file, in base64 as OpenAI sends it or plain as Azure does.
    static func resultFile(_ id: FileID, _ data: Data) throws -> ResultFile {
        let text = String(decoding: data, as: UTF8.self)
        do {
            return try ResultFile(parsing: text)
        } catch {
            if let plain = Data(base64Encoded: data, options: .ignoreUnknownCharacters), !plain.isEmpty,
                let result = try? ResultFile(parsing: String(decoding: plain, as: UTF8.self))
            {
                return result
            }
            throw ProviderError.resultFile(id: id.text, line: error.line, text: error.text)
        }
    }

    private func url(
        _ id: FineTuningJobID, _ tail: String = "", query: [(String, String)] = []
    ) throws(ProviderError) -> String {
        endpoint.url("/fine_tuning/jobs/\(try pathSegment(id.text))\(tail)", query: query)
    }
}
