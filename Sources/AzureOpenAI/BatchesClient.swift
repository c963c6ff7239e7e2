// The Batch API: create, get, list and cancel. `FilesClient` reads a batch's files.

package import AzureWire
import Platform
package import ProviderKit

/// Calls the Batch API of one account. Throws `ProviderError` or `CancellationError`.
package struct BatchesClient: Sendable {
    let connection: ProviderConnection
    let endpoint: ProviderEndpoint

    /// Sends nothing.
    package init(connection: ProviderConnection, endpoint: ProviderEndpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    /// The spelling of the chat operation that this provider documents for batches and their lines.
    package var chatEndpoint: BatchEndpoint { endpoint.isAzure ? .azureChat : .openAIChat }

    /// Creates a batch. Repeated only if the first attempt certainly had no effect. After a `ProviderError` with
    /// outcome `unknown`, use `list` to look for its metadata.
    package func create(_ request: BatchCreateRequest) async throws -> Batch {
        try await connection.call(
            "create batch", .create, connection.json(.post, endpoint.url("/batches"), body: request))
    }

    /// The current state of a batch.
    package func get(_ id: BatchID) async throws -> Batch {
        try await connection.call("get batch \(id)", .repeatable, connection.get(url(id)))
    }

    /// All batches, newest first; stops after a batch for which `last` is true.
    package func list(until last: (Batch) -> Bool = { _ in false }) async throws -> [Batch] {
        try await connection.pages("list batches", limit: 100, id: { $0.id.text }, last: last) {
            endpoint.url("/batches", query: $0)
        }
    }

    /// Requests the cancellation of a batch, which may take minutes. Finished lines are kept and billed.
    package func cancel(_ id: BatchID) async throws -> Batch {
        try await connection.call("cancel batch \(id)", .repeatable, connection.post(url(id, "/cancel")))
    }

    private func url(_ id: BatchID, _ tail: String = "") throws(ProviderError) -> String {
        endpoint.url("/batches/\(try pathSegment(id.text))\(tail)")
    }
}
