// The Models API: the models that an account can use or tune, with their retirement dates.

package import AzureWire
package import ProviderKit

/// Lists the models of one account. Throws `ProviderError` or `CancellationError`.
package struct ModelsClient: Sendable {
    private let connection: ProviderConnection
    private let endpoint: ProviderEndpoint

    /// Sends nothing.
    package init(connection: ProviderConnection, endpoint: ProviderEndpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    /// All base and fine-tuned models of the account, in the provider's order.
    package func list() async throws -> [ModelObject] {
        try await connection.pages("list models", limit: nil, id: { $0.id }) { endpoint.url("/models", query: $0) }
    }

    /// A model by its provider id; for a missing one, throws an error with `isNotFound`.
    package func get(_ id: String) async throws -> ModelObject {
        try await connection.call(
            "get model \(id)", .repeatable, connection.get(endpoint.url("/models/\(pathSegment(id))")))
    }
}
