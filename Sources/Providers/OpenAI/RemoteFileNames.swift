// The names of files at a provider, each requested once. They distinguish jobs that carry no tag.

import AzureOpenAI
import AzureWire

/// Looks up the names of the files that jobs at a provider read.
struct RemoteFileNames {
    let client: ProviderClient
    private var known: [FileID: String] = [:]

    init(client: ProviderClient) { self.client = client }

    /// Whether a file has a name; `nil` if the provider does not report names. A job without a file matches a `nil`
    /// name.
    mutating func isNamed(_ id: FileID?, _ name: String?) async -> Bool? {
        guard let id, let name else { return id == nil && name == nil }
        if known[id] == nil { known[id] = (try? await client.files.get(id))?.filename ?? "" }
        if known[id] == "" {
            // Some servers report names only in their list of files.
            known[id] = (try? await client.files.list())?.first { $0.id == id }?.filename ?? ""
        }
        guard let found = known[id], !found.isEmpty else { return nil }
        return found == name
    }
}
