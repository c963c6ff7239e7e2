// Locates and opens the state of a project.

package import Artifacts
package import Basics
import Foundation
import Glibc
package import Ledger
import Platform

/// The state folder of a project: store, ledger, runs.
package struct Workspace: Sendable {
    /// `.assay`, or the folder given by `--state`. The ledger may be elsewhere.
    package let folder: String
    /// Results and artifacts.
    package let store: ArtifactStore
    /// The database of runs, jobs, leases and spending.
    package let ledger: Ledger
    /// The owner of the ledger when it was opened.
    package let ownership: LedgerOwnership
    /// The state folder that names this store at providers: `folder`, unless that is only a stand-in.
    private let place: String
    /// The process's environment, which locates the state, the ledger and the user's configuration.
    let environment: [String: String]

    /// Opens the state for a spec: the `.assay` folder in the nearest parent folder that contains `.assay` or `.git`,
    /// otherwise next to the spec.
    /// - Parameter environment: the process's environment.
    /// - Throws: `StoreError.linked` if that folder is a symbolic link, as it may come with an untrusted project. A
    /// folder that the user names may be a link.
    package init(
        spec: String?, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        try self.init(at: Workspace.locateChecked(spec: spec, state: state, environment: environment), environment)
    }

    /// Whether a project has a state folder.
    package static func exists(
        spec: String?, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Bool {
        LocalFileSystem().exists(try locateChecked(spec: spec, state: state, environment: environment))
    }

    /// Opens the existing state of a project, for commands that only read and must not create it.
    /// - Returns: `nil` for a project without state.
    package static func existing(
        spec: String? = nil, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Workspace? {
        let folder = try locateChecked(spec: spec, state: state, environment: environment)
        guard LocalFileSystem().exists(folder) else { return nil }
        return try Workspace(at: folder, environment)
    }

    /// Opens the state of a project for a command that only reads and must not create it: the existing state, or an empty
    /// one in a temporary folder, which is removed afterwards and has the project's name at providers.
    package static func reading<Value>(
        spec: String?, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment,
        isolation: isolated (any Actor)? = #isolation, _ read: (Workspace) async throws -> Value
    ) async throws -> Value {
        if let workspace = try existing(spec: spec, state: state, environment: environment) {
            return try await read(workspace)
        }
        let place = try locateChecked(spec: spec, state: state, environment: environment)
        // A ledger elsewhere may exist without the folder, and records what is in use.
        if LocalFileSystem().exists(ledgerPath(in: place, environment)) {
            return try await read(Workspace(at: place, environment))
        }
        let folder = try LocalFileSystem().makeTemporaryFolder(SafeName("assay-reading"))
        defer { try? LocalFileSystem().removeTree(folder) }
        // A ledger elsewhere would be created too.
        return try await read(
            Workspace(at: folder, place: place, environment.filter { $0.key != "ASSAY_LEDGER" }))
    }

    private init(at folder: String, place: String? = nil, _ environment: [String: String]) throws {
        self.folder = folder
        self.place = place ?? folder
        self.environment = environment
        try LocalFileSystem().makeFolder(folder)
        store = try ArtifactStore(root: folder, fileSystem: FaultInjectionHooks.fileSystem(root: folder))
        let path = Workspace.ledgerPath(in: folder, environment)
        try LocalFileSystem().makeFolder(Platform.folder(of: path))
        ledger = try Ledger(
            path: path, onWrite: FaultInjectionHooks.onLedgerWrite, onKept: { FaultInjectionHooks.ledgerIsKept(path) })
        ownership = LedgerOwnership(of: ledger, environment)
    }

    /// The path of the state folder, which must not be a link unless the user named it.
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

    /// The path of the state folder that `init` opens; does not create it.
    ///
    /// The search upwards ends at a folder that other users can change: a state folder or a `.git` in `/tmp` may be anybody's.
    package static func locate(
        spec: String?, state: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        if let named = named(state, environment) { return named }
        let files = FileManager.default
        let start =
            spec.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            ?? URL(fileURLWithPath: files.currentDirectoryPath)
        var folder = start.standardizedFileURL
        while true {
            for mark in [".assay", ".git"] where files.fileExists(atPath: folder.appendingPathComponent(mark).path) {
                return folder.appendingPathComponent(".assay").path
            }
            let above = folder.deletingLastPathComponent()
            if above.path == folder.path || othersMayChange(above.path) { break }
            folder = above
        }
        return start.standardizedFileURL.appendingPathComponent(".assay").path
    }

    /// Whether another user than this one and root may add files to a folder; `true` if this is unknown.
    private static func othersMayChange(_ folder: String) -> Bool {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: folder),
            let permissions = (attributes[.posixPermissions] as? NSNumber)?.intValue,
            let owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value
        else { return true }
        let user = geteuid()
        return permissions & 0o002 != 0 || (user != 0 && owner != user && owner != 0)
    }

    /// The ledger must be on a local disk: if machines share the state folder, `ASSAY_LEDGER` names a file elsewhere.
    static func ledgerPath(
        in folder: String, _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        guard let named = environment["ASSAY_LEDGER"], !named.isEmpty else {
            return folder + "/ledger.sqlite"
        }
        return named
    }

    /// Identifies this store where several share a deployment: unchanged after the ledger is lost, different on each
    /// machine and for each user.
    var nameAtProviders: String {
        let owner = (try? UserFolder(environment: environment)).flatMap { try? LedgerOwner.id(in: $0) } ?? ""
        let place = URL(fileURLWithPath: place).resolvingSymlinksInPath().path
        return Digest(of: "\(owner) \(ProcessInfo.processInfo.hostName) \(place)").short
    }

    /// The folder of a run's report.
    /// - Throws: `UnsafeName` for an id that is not a safe folder name, as the ledger may be untrusted.
    package func runFolder(_ run: RunID) throws(UnsafeName) -> String { (folder + "/runs").appending(try SafeName(run.text)) }
}
