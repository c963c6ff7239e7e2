// Checks crates with this version's tasks.

package import Exports
import Platform
import Tasks

/// Checks the crates of `assay export --to ro-crate`.
package enum CrateVerification {
    /// - Parameter folder: the crate's folder.
    /// - Throws: `Refusal` if there is no such folder.
    package static func check(_ folder: String) throws -> CrateCheck {
        let kind = try LocalFileSystem().status(folder)?.kind
        guard kind == .folder else {
            throw Refusal(
                kind == nil ? "there is no folder '\(folder)'" : "'\(folder)' is not a folder: unpack the crate first",
                code: .invalid)
        }
        return CrateCheck(folder: folder, tasks: .standard, version: Tool.version)
    }
}
