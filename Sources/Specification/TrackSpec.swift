// The server to which a run is written while it is running, in addition to the project's own state.

/// The servers that follow a run. They touch no key.
package struct TrackSpec: Hashable, Sendable, Codable {
    /// An MLflow server; `nil` for none.
    package var mlflow: MLflowSpec?

    /// - Parameter mlflow: `nil` for none.
    package init(mlflow: MLflowSpec? = nil) { self.mlflow = mlflow }
}

/// An MLflow tracking server.
package struct MLflowSpec: Hashable, Sendable, Codable {
    /// The server's address, which may contain environment variables.
    package var uri: EnvironmentText

    /// - Parameter uri: an address with `http` or `https`.
    package init(uri: EnvironmentText) { self.uri = uri }
}
