// Where the state of a project lives, and what of it is open.

package import Artifacts
package import Basics
import Foundation
package import Ledger
import Platform

/// The state folder of a project: store, ledger, runs.
package struct Workspace: Sendable {
    /// `.assay`, or what `--state` says. The ledger may be elsewhere.
    package let folder: String
    /// Results and artifacts.
    package let store: ArtifactStore
    /// Runs, jobs, leases and money.
    package let ledger: Ledger
    /// Whose ledger it was when it was opened.
    package let ownership: LedgerOwnership
    /// The variables of the process: they name state and ledger, and where this user's configuration is.
    let environment: [String: String]

    /// Opens the state for a spec: the `.assay` folder of the nearest folder above it that has `.assay` or `.git`, else
    /// beside it.
    /// - Parameter environment: the variables of the process.
    /// - Throws: `StoreError.linked` when that folder is a symbolic link, as it may have come with the project. One that
    ///   the user names may be a link.
    package init(
        spec: String?, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        try self.init(at: Workspace.locateChecked(spec: spec, state: state, environment: environment), environment)
    }

    /// Opens the state of a project that has some, for commands that only read: they make none.
    /// - Returns: `nil` for a project without state.
    package static func existing(
        spec: String? = nil, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Workspace? {
        let folder = try locateChecked(spec: spec, state: state, environment: environment)
        guard LocalFileSystem().exists(folder) else { return nil }
        return try Workspace(at: folder, environment)
    }

    private init(at folder: String, _ environment: [String: String]) throws {
        self.folder = folder
        self.environment = environment
        try LocalFileSystem().makeFolder(folder)
        store = try ArtifactStore(root: folder, fileSystem: TestDoor.fileSystem(root: folder))
        let path = Workspace.ledgerPath(in: folder, environment)
        try LocalFileSystem().makeFolder(Platform.folder(of: path))
        ledger = try Ledger(
            path: path, onWrite: TestDoor.onLedgerWrite, onKept: { TestDoor.ledgerIsKept(path) })
        ownership = LedgerOwnership(of: ledger, environment)
    }

    /// The path of the state folder, which is no link unless the user named it.
    package static func locateChecked(
        spec: String?, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> String {
        let folder = locate(spec: spec, state: state, environment: environment)
        if named(state, environment) == nil, LocalFileSystem().isLink(folder) == true {
            throw StoreError.linked(path: folder)
        }
        return folder
    }

    private static func named(_ state: String?, _ environment: [String: String]) -> String? {
        (state ?? environment["ASSAY_STATE"]).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The state folder that `init` opens, without making it.
    package static func locate(
        spec: String?, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        if let named = named(state, environment) { return named }
        let files = FileManager.default
        let start = spec.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            ?? URL(fileURLWithPath: files.currentDirectoryPath)
        var folder = start.standardizedFileURL
        while true {
            for mark in [".assay", ".git"] where files.fileExists(atPath: folder.appendingPathComponent(mark).path) {
                return folder.appendingPathComponent(".assay").path
            }
            let above = folder.deletingLastPathComponent()
            if above.path == folder.path { break }
            folder = above
        }
        return start.standardizedFileURL.appendingPathComponent(".assay").path
    }

    /// The ledger is for a disk of this machine alone: where the state folder is shared by machines, `ASSAY_LEDGER`
    /// names a file elsewhere.
    static func ledgerPath(
        in folder: String, _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        guard let named = environment["ASSAY_LEDGER"], !named.isEmpty else {
            return folder + "/ledger.sqlite"
        }
        return named
    }

    /// Names this store where several share a deployment: the same after its ledger was lost, another on each machine and
    /// for each user.
    var nameAtProviders: String {
        let owner = (try? UserFolder(environment: environment)).flatMap { try? LedgerOwner.id(in: $0) } ?? ""
        let place = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        return Digest(of: "\(owner) \(ProcessInfo.processInfo.hostName) \(place)").short
    }

    /// The folder of a run's report.
    /// - Throws: `UnsafeName` for an id that cannot be a folder's name: a ledger may come from anywhere.
    package func runFolder(_ run: RunID) throws(UnsafeName) -> String { (folder + "/runs").appending(try SafeName(run.text)) }
}
