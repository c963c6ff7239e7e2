// A file that was uploaded to a provider and is kept there for later steps.

package import Basics
package import Foundation

/// Bytes at a provider: one upload an account, digest and purpose.
package struct RemoteFile: Hashable, Sendable {
    package var account: String
    package var digest: Digest
    /// The provider's word: `batch`, `fine-tune`, …
    package var purpose: String
    /// `intended`, `uploaded` or what the engine calls it.
    package var state: String
    /// The name under which it is uploaded, which carries the tag.
    package var name: String
    package var remoteID: String?
    package var bytes: Int64
    package var emulated: Bool
    package var uploadedAt: Date?
    package var expiresAt: Date?

    package init(
        account: String, digest: Digest, purpose: String, state: String, name: String, remoteID: String? = nil,
        bytes: Int64, emulated: Bool, uploadedAt: Date? = nil, expiresAt: Date? = nil
    ) {
        self.account = account
        self.digest = digest
        self.purpose = purpose
        self.state = state
        self.name = name
        self.remoteID = remoteID
        self.bytes = bytes
        self.emulated = emulated
        self.uploadedAt = uploadedAt
        self.expiresAt = expiresAt
    }
}
