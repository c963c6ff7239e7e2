// Reads the pictures that a run recorded.

import Basics
package import Foundation
import Platform
import Reporting

extension Workspace {
    /// Larger pictures are in no page, in bytes.
    private static let maxPictureBytes: Int64 = 64 << 20

    /// The bytes of a picture; `nil` if it is gone, or is not one that browsers show.
    ///
    /// The path comes from a run's results. Results of somebody else's project may name any file, and a page may be
    /// published: of those, only pictures in the project's own state are read.
    package func picture(_ path: String) -> Data? {
        guard !SecretFile.isTarget(of: path), ownership == .own || isInState(path),
            let bytes = try? LocalFileSystem().read(path, limit: Workspace.maxPictureBytes),
            BrowserPicture.mediaType(bytes) != nil
        else { return nil }
        return bytes
    }

    private func isInState(_ path: String) -> Bool {
        func real(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path }
        return real(path).hasPrefix(real(folder) + "/")
    }
}
