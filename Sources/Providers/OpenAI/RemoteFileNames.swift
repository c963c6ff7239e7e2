// The names of files at a provider, each asked for once: by them a job without a tag is told from another.

import AzureOpenAI
import AzureWire

/// Looks up the names of files that jobs at a provider read.
struct RemoteFileNames {
    let client: ProviderClient
    private var known: [FileID: String] = [:]

    init(client: ProviderClient) { self.client = client }

    /// Whether a file has a name; `nil` where the provider does not say. A job that reads no file fits a name of `nil`.
    mutating func isNamed(_ id: FileID?, _ name: String?) async -> Bool? {
        guard let id, let name else { return id == nil && name == nil }
        if known[id] == nil { known[id] = (try? await client.files.get(id))?.filename ?? "" }
        if known[id] == "" {
            // Some servers name files in their list alone.
            known[id] = (try? await client.files.list())?.first { $0.id == id }?.filename ?? ""
        }
        guard let found = known[id], !found.isEmpty else { return nil }
        return found == name
    }
}
