// Batches: create, look, list, cancel. Their files are read through `FilesClient`.

package import AzureWire
import Platform
package import ProviderKit

package struct BatchesClient: Sendable {
    let connection: ProviderConnection
    let endpoint: ProviderEndpoint

    package init(connection: ProviderConnection, endpoint: ProviderEndpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    /// The spelling of the chat operation that this provider documents for a batch and its lines.
    package var chatEndpoint: BatchEndpoint { endpoint.isAzure ? .azureChat : .openAIChat }

    /// Creates a batch. Not sent again unless the first attempt surely had no effect; after a `ProviderError` with
    /// outcome `unknown`, look with `list` for its metadata.
    package func create(_ request: BatchCreateRequest) async throws -> Batch {
        try await connection.call(
            "create batch", .create, connection.json(.post, endpoint.url("/batches"), body: request))
    }

    package func get(_ id: BatchID) async throws -> Batch {
        try await connection.call("get batch \(id)", .repeatable, connection.get(url(id)))
    }

    /// All batches, newest first; ends after one for which `last` is true.
    package func list(until last: (Batch) -> Bool = { _ in false }) async throws -> [Batch] {
        try await connection.pages("list batches", limit: 100, id: { $0.id.text }, last: last) {
            endpoint.url("/batches", query: $0)
        }
    }

    /// Asks to end a batch; what is finished stays and is billed. It may take minutes.
    package func cancel(_ id: BatchID) async throws -> Batch {
        try await connection.call("cancel batch \(id)", .repeatable, connection.post(url(id, "/cancel")))
    }

    private func url(_ id: BatchID, _ tail: String = "") throws(ProviderError) -> String {
        endpoint.url("/batches/\(try pathSegment(id.text))\(tail)")
    }
}
