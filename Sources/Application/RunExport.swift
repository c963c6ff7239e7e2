// Exports a run's results to files or to an MLflow server.

package import Basics
package import Exports
import Foundation
package import Ledger
import Platform
import ProviderKit
import Reporting
import Tasks

/// The result of `assay export`.
package struct ExportOutcome: Sendable {
    /// The exported run.
    package var run: RunID
    /// The format that `--to` selected.
    package var format: ExportFormat
    /// The file or folder that was written; `nil` for text that the command prints, and for a server.
    package var path: String?
    /// The text to print; `nil` if a file was written.
    package var text: String?
    /// The server and what was written to it.
    package var server: (uri: String, export: MLflowExport)?
    /// Notes about renamed, shortened or omitted content, one sentence each.
    package var notes: [String] = []
}

extension ExportOutcome {
    /// The JSON output of `assay export`.
    package var document: JSONValue {
        var members: [String: JSONValue] = [
            "run": .string(run.text), "format": .string(format.rawValue), "path": path.map(JSONValue.string) ?? .null,
            "server": .null, "notes": .array(notes.map(JSONValue.string)),
        ]
        if let (uri, export) = server {
            members["server"] = [
                "uri": .string(uri), "experiment": .string(export.experiment), "experiment_id": .string(export.experimentID),
                "run_id": .string(export.runID), "created": .int(Int64(export.created)),
                "completed": .int(Int64(export.completed)), "unchanged": .int(Int64(export.unchanged)),
            ]
        }
        return .object(members)
    }
}

/// Exports the results of one run.
package struct RunExport {
    /// The state folder of the project.
    let workspace: Workspace
    /// The exported run.
    let run: RunRecord

    /// - Parameter run: a run with results.
    package init(_ run: RunRecord, in workspace: Workspace) {
        self.run = run
        self.workspace = workspace
    }

    /// Writes a format that consists of files.
    /// - Parameters:
    ///   - output: the file or folder; `nil` returns a text, and writes a folder named after the run.
    ///   - isNamed: whether a text without `output` is written to a file named after the run instead of returned.
    /// - Throws: `Refusal` if the folder exists and contains something else.
    package func write(_ format: ExportFormat, to output: String?, isNamed: Bool = false) throws -> ExportOutcome {
        let results = try workspace.results(of: run)
        let source = ExportSource(results, tasks: .standard)
        var outcome = ExportOutcome(run: run.id, format: format)
        let name = try output ?? SafeName(run.id.text).text + (format.ending ?? "")
        switch format {
        case .mlflow: throw Refusal("MLflow is a server: name it with --uri or MLFLOW_TRACKING_URI", code: .invalid)
        case .roCrate:
            try RunExport.write(try Crate(source, page: Data(page(source).utf8)), to: name)
            outcome.path = name
        case .everyEvalEver:
            let files = source.everyEvalEver()
            guard !files.isEmpty else {
                throw Refusal("\(run.id) has no results that this format can represent", code: .failure)
            }
            try RunExport.requireFolder(name)
            for file in files { try RunExport.put(Data(file.text.utf8), at: name.appending(try SafePath(file.path))) }
            outcome.path = name
            outcome.notes = ["the developer of a model is not part of a run's results: the records contain 'unknown'"]
        case .junit, .githubSummary, .latex, .csv:
            let text =
                switch format {
                case .junit: source.junit()
                case .githubSummary: source.githubSummary()
                case .latex: source.latex()
                default: source.csv()
                }
            guard output != nil || isNamed else {
                outcome.text = text
                break
            }
            try RunExport.put(Data(text.utf8), at: name)
            outcome.path = name
        }
        return outcome
    }

    /// Writes the run to an MLflow server. A later call completes an interrupted one.
    /// - Parameter uri: the server's address; `nil` uses `MLFLOW_TRACKING_URI`.
    /// - Throws: `Refusal` if there is no address or the user does not trust the host; `MLflowError`.
    package func track(_ uri: String?, environment: [String: String]) async throws -> ExportOutcome {
        guard let uri = uri ?? environment["MLFLOW_TRACKING_URI"], !uri.isEmpty else {
            throw Refusal("no MLflow server is named: give --uri or set MLFLOW_TRACKING_URI", code: .invalid)
        }
        let source = ExportSource(try workspace.results(of: run), tasks: .standard)
        let client = try MLflowServer.connect(uri, environment: environment)
        let runs = try MLflowRuns(source, page: try page(source))
        let export = try await client.export(runs)
        return ExportOutcome(
            run: run.id, format: .mlflow, server: (MLflowServer.shown(uri), export), notes: export.notes)
    }

    /// The report as a page with the pictures that still exist.
    private func page(_ source: ExportSource) throws -> String {
        try source.report.page { example in
            source.results.pictures[example].flatMap { workspace.picture($0) }
        }
    }

    /// Writes a crate. Its description is written last, so that an interrupted export is not a valid crate.
    private static func write(_ crate: Crate, to folder: String) throws {
        let files = LocalFileSystem()
        let description = folder + "/" + Crate.metadata
        try requireFolder(folder)
        if files.exists(folder) {
            let names = try files.list(folder)
            guard names.isEmpty || names.contains(Crate.metadata) else {
                throw Refusal("'\(folder)' exists and is not a crate: name another folder with --output", code: .invalid)
            }
            // A crate with a file that it does not list is not sound.
            let own = Set(crate.files.map(\.name) + [Crate.metadata])
            if let other = names.sorted().first(where: { !own.contains($0) }) {
                throw Refusal(
                    "'\(folder)' also contains '\(other)', which is not part of the crate: name another folder with --output",
                    code: .invalid)
            }
            if names.contains(Crate.metadata) { try files.remove(description) }
        }
        for file in crate.files { try put(file.data, at: folder.appending(try SafeName(file.name))) }
        try put(Data((crate.description.pretty + "\n").utf8), at: description)
    }

    /// - Throws: `Refusal` if something other than a folder exists at the path.
    private static func requireFolder(_ path: String) throws {
        guard let status = try LocalFileSystem().status(path), status.kind != .folder else { return }
        throw Refusal("'\(path)' is not a folder, which this format is: name another one with --output", code: .invalid)
    }

    /// Writes or replaces a regular file. A link would be replaced, not its target, and a device or pipe would be lost.
    private static func put(_ data: Data, at path: String) throws {
        let files = LocalFileSystem()
        if files.isLink(path) == true {
            throw Refusal("'\(path)' is a link: name a file. Without --output, text is printed", code: .invalid)
        }
        if let status = try files.status(path), status.kind != .file {
            throw Refusal("'\(path)' is not a regular file: name another one", code: .invalid)
        }
        let folder = Platform.folder(of: path)
        if !folder.isEmpty { try LocalFileSystem().makeFolder(folder) }
        try LocalFileSystem().replace(path, with: data, durable: false)
    }
}

/// Connects to MLflow servers that the user trusts.
enum MLflowServer {
    /// - Throws: `Refusal` for an address that is not http or https, for a host that is not trusted, and for a credential
    ///   that would be sent unencrypted.
    /// - Parameter timeout: the limit of one call, in seconds.
    static func connect(
        _ uri: String, environment: [String: String], timeout: Double = 120
    ) throws -> MLflowClient {
        let address: ServerAddress
        do throws(BadServerAddress) { address = try ServerAddress(base: uri) } catch {
            throw Refusal(
                "'\(shown(uri))' is not the address of an MLflow server: \(error.explanation). Start one with 'mlflow server' and "
                    + "name it as http://127.0.0.1:5000", code: .invalid)
        }
        if MLflowClient.signsIn(environment), !address.isSecure, !address.isLoopback {
            throw Refusal(
                "the credentials in MLFLOW_TRACKING_… would be sent to \(address) unencrypted: use https", code: .invalid)
        }
        switch try TrustedHosts(environment).trust().verdict(address, carrying: .userData, isProvidersOwn: false) {
        case .allowed: break
        case .refused, .needsTrust:
            throw Refusal(
                "\(address) is not a host that you trust, so nothing is sent to it. \(ProviderHubError.trustHint("\(address)"))",
                code: .invalid)
        }
        return MLflowClient(
            uri: uri, environment: environment, transport: CurlTransport(environment: environment), clock: SystemWallClock(),
            timeout: timeout)
    }

    /// The address without credentials.
    static func shown(_ uri: String) -> String { HTTPRequestValue.withoutSecrets(uri) }
}
