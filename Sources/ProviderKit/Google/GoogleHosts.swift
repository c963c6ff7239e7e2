// The hosts of Google's APIs that this program calls.

import Basics

/// The hosts that may receive Google's access tokens, and the keys from which they are made.
package enum GoogleHosts {
    /// Whether a host is one of Google's API hosts: `aiplatform.googleapis.com`, a region's or a multi-region's, Cloud
    /// Storage or the token endpoint. Hosts of other services are not included.
    package static func contain(_ host: String) -> Bool {
        if exact.contains(host) { return true }
        if host.hasSuffix(".rep.googleapis.com") {
            let parts = host.dropLast(".rep.googleapis.com".count).split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 2 && ["aiplatform", "storage", "oauth2"].contains(parts[0]) && isLocation(String(parts[1]))
        }
        guard host.hasSuffix("-aiplatform.googleapis.com") else { return false }
        return isLocation(String(host.dropLast("-aiplatform.googleapis.com".count)))
    }

    private static let exact: Set<String> = [
        "aiplatform.googleapis.com", "storage.googleapis.com", "oauth2.googleapis.com", "www.googleapis.com",
        "accounts.google.com",
    ]

    /// Whether a text has the form of a location, such as `us-central1`, `eu` or `global`, so that it can be a part of
    /// a host's name.
    package static func isLocation(_ text: String) -> Bool {
        text.wholeMatch(of: #/[a-z][a-z0-9]*(-[a-z0-9]+)*/#) != nil && text.utf8.count <= 40
    }
}
