// The models that an account can use or tune, and until when.

package import AzureWire
package import ProviderKit

package struct ModelsClient: Sendable {
    private let connection: ProviderConnection
    private let endpoint: ProviderEndpoint

    package init(connection: ProviderConnection, endpoint: ProviderEndpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    package func list() async throws -> [ModelObject] {
        try await connection.pages("list models", limit: nil, id: { $0.id }) { endpoint.url("/models", query: $0) }
    }

    package func get(_ id: String) async throws -> ModelObject {
        try await connection.call(
            "get model \(id)", .repeatable, connection.get(endpoint.url("/models/\(pathSegment(id))")))
    }
}
