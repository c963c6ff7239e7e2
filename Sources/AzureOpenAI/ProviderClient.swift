// One provider: all clients of its data plane, and of its control plane where it has one.

package import ProviderKit

/// All clients of one account.
package struct ProviderClient: Sendable {
    package let endpoint: ProviderEndpoint
    package let files: FilesClient
    package let batches: BatchesClient
    package let fineTuning: FineTuningClient
    package let chat: ChatClient
    package let models: ModelsClient
    /// `nil` where there is nothing to deploy: OpenAI and servers like it.
    package let deployments: DeploymentsClient?
    private let connection: ProviderConnection

    /// - Parameters:
    ///   - controlPlane: the connection may carry another credential than the data plane's.
    package init(
        endpoint: ProviderEndpoint, connection: ProviderConnection,
        controlPlane: (plane: ControlPlane, connection: ProviderConnection)? = nil
    ) {
        self.endpoint = endpoint
        self.connection = connection
        files = FilesClient(connection: connection, endpoint: endpoint)
        batches = BatchesClient(connection: connection, endpoint: endpoint)
        fineTuning = FineTuningClient(connection: connection, endpoint: endpoint)
        chat = ChatClient(connection: connection, endpoint: endpoint)
        models = ModelsClient(connection: connection, endpoint: endpoint)
        deployments = controlPlane.map { DeploymentsClient(connection: $0.connection, plane: $0.plane) }
    }

    /// Takes this provider's keys and tokens, as they are now, out of texts that it sent: a server may echo them.
    package func redactor() async -> @Sendable (String) -> String { await connection.credential.redactor() }
}
