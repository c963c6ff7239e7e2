// The interface through which the engine uploads files once.

package import Basics

/// The file operations that uploads need.
package protocol RemoteFileService: Sendable {
    /// Uploads a file under a name and waits until the provider has processed it. Returns the id.
    func upload(path: String, name: String, progress: @escaping @Sendable (Double) -> Void) async throws -> String
    /// Whether the provider still has the file, fully processed.
    func isUsable(_ id: String) async throws -> Bool
    /// The id of a usable file with this name and size; `nil` if there is none.
    func find(name: String, bytes: Int64) async throws -> String?
    /// Whether a failed upload may have created the file nevertheless.
    func mayHaveUploaded(_ error: any Error) -> Bool
    /// The provider's time, by which a listing settles.
    var clock: any WallClock { get }
    /// The seconds after which the provider deletes the file; `nil` if it keeps the file.
    var expiresAfter: Double? { get }
}
