// The clients of one account's data plane and, if it has one, control plane.

package import ProviderKit

/// All clients of one account. They share one connection and one credential; the control plane may have its own.
package struct ProviderClient: Sendable {
    /// The address and API dialect of the data plane.
    package let endpoint: ProviderEndpoint
    /// Uploads and downloads.
    package let files: FilesClient
    /// Jobs of many questions.
    package let batches: BatchesClient
    /// Tuning jobs.
    package let fineTuning: FineTuningClient
    /// Online questions; its pacer is shared by all callers.
    package let chat: ChatClient
    /// The models of the account.
    package let models: ModelsClient
    /// `nil` for OpenAI and compatible servers, which need no deployments.
    package let deployments: DeploymentsClient?
    private let connection: ProviderConnection

    /// Sends nothing.
    /// - Parameter controlPlane: its connection may carry another credential than the data plane's.
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

    /// Removes this provider's current keys and tokens from texts that it sent, because a server may echo them.
    package func redactor() async -> @Sendable (String) -> String { await connection.credential.redactor() }
}
