// A file that was uploaded to a provider and stays there for later steps.

package import Basics
package import Foundation

/// An uploaded file; there is one upload per account, digest and purpose.
package struct RemoteFile: Hashable, Sendable {
    /// The provider account that holds the file, as in the step's identity.
    package var account: String
    /// The digest of the uploaded bytes.
    package var digest: Digest
    /// The provider's term: `batch`, `fine-tune`, …
    package var purpose: String
    /// `intended`, `uploaded` or another state that the engine defines.
    package var state: String
    /// The file name used for the upload; it contains the tag.
    package var name: String
    /// The provider's id of the file; `nil` until it is known.
    package var remoteID: String?
    /// The size in bytes.
    package var bytes: Int64
    /// Whether an emulator holds the file.
    package var emulated: Bool
    /// The upload time; `nil` until it is known.
    package var uploadedAt: Date?
    /// The time at which the provider deletes the file; `nil` when unknown or never.
    package var expiresAt: Date?

    /// Creates a record; the provider's id and times are `nil` for a file that is not uploaded yet.
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
