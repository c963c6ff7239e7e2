// What the engine needs of a provider to upload files once.

package import Basics

/// A provider's files, as far as uploads need them.
package protocol RemoteFileService: Sendable {
    /// Uploads a file under a name and waits until the provider is done with it. Returns the id.
    func upload(path: String, name: String, progress: @escaping @Sendable (Double) -> Void) async throws -> String
    /// Whether the provider still has a file, and done with it.
    func isUsable(_ id: String) async throws -> Bool
    /// The id of a usable file by its name and size.
    func find(name: String, bytes: Int64) async throws -> String?
    /// Whether a failed upload may have left the file there all the same.
    func mayHaveUploaded(_ error: any Error) -> Bool
    /// The provider's time, by which a listing settles.
    var clock: any WallClock { get }
    /// Seconds after which the provider deletes the file by itself, when it does.
    var expiresAfter: Double? { get }
}
