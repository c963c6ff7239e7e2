// Observes the environment before planning: files, folders, the vision worker, this machine.

import Artifacts
import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps
import VisionProtocol

/// Makes the observations that plans are based on.
struct EnvironmentObserver {
    let workspace: Workspace
    let environment: Specification.Environment
    /// Whether version commands may run: with `run`, and in a project that this user has run before. Planning an
    /// untrusted spec, such as one from a clone, must not start programs.
    let mayRunPrograms: Bool

    func observe(_ specs: [ExperimentSpec]) async throws -> Observations {
        var lookups: Set<Lookup> = []
        for spec in specs { lookups.formUnion(spec.lookups(in: environment)) }
        let cache = workspace.store.statCache()
        var contents: [String: Digest] = [:]
        var folders: [String: [String]] = [:]
        var pythonEnvironments: [String: Digest] = [:]
        var versions: [VersionCommand: String] = [:]
        for lookup in lookups {
            switch lookup {
            case .file(let path): contents[path] = try? cache.digest(ofFileAt: path).digest
            case .images(let path): contents[path] = try? folder(path, cache)
            case .clips(let path): contents[path] = try? folder(path, cache, ofClips: true)
            case .tree(let path):
                guard let status = try LocalFileSystem().status(path) else { continue }
                guard status.kind == .folder else {
                    contents[path] = try cache.digest(ofFileAt: path).digest
                    continue
                }
                let below = try files(below: path)
                let found = try digests(of: below, cache)
                contents[path] = digest(of: zip(below, found), below: path)
                folders[path] = below.map(\.path)
                for (file, digest) in zip(below, found) { contents[file.path] = digest }
            case .table(let path, let form, let columns, let root):
                let name = Observations.name(ofTable: path, form, columns: columns, root: root)
                contents[name] = try? await table(path, form, columns, root, cache)
            case .python(let path): pythonEnvironments[path] = EnvironmentObserver.python(at: path)
            case .version(let command):
                if mayRunPrograms { versions[command] = try await version(command) }
            case .numerics: break
            }
        }
        return Observations(
            contents: contents, folders: folders, pythonEnvironments: pythonEnvironments, versions: versions,
            environment: environment, machine: EnvironmentObserver.machine(),
            numerics: lookups.contains(.numerics) ? try await numerics() : nil)
    }

    /// The digest of a folder's images (names and contents) and of the names of skipped files, because the index
    /// lists both.
    private func folder(_ path: String, _ cache: StatCache, ofClips: Bool = false) throws -> Digest {
        let scan = try FolderScan(path, ofClips: ofClips)
        let files = scan.candidates.compactMap { candidate in
            candidate.problem == nil
                ? candidate.status.map { FoundFile(path: path + "/" + candidate.path, status: $0) } : nil
        }
        let images = try digest(of: files, below: path, cache)
        let others =
            scan.candidates.compactMap { candidate in
                candidate.problem.map { SkippedFile(unreadable: candidate.path, reason: $0) }
            } + scan.unreadable + scan.skipped
        guard !others.isEmpty else { return images }
        return Digest(of: "\(images)\n" + others.map { "\($0.path)\u{0}\($0.reason)\n" }.joined())
    }

    /// The digest of a table and the images that it lists. For an unreadable table, only of its bytes: indexing
    /// reports the error.
    private func table(
        _ path: String, _ form: TableForm, _ columns: TableColumns?, _ root: String?, _ cache: StatCache
    ) async throws -> Digest {
        let folder = root ?? form.imageRoot(of: path)
        let content = try? await TableFile.content(path, form)
        let table: Digest
        if case .voc(let files)? = content {
            // The annotations are several files.
            let found = try digests(
                of: files.compactMap { file in
                    (try LocalFileSystem().status(file.path)).map { FoundFile(path: file.path, status: $0) }
                }, cache)
            table = Digest(of: zip(files.map(\.path), found).map { "\($0.dropFirst(path.count))\u{0}\($1)\n" }.joined())
        } else {
            table = try cache.digest(ofFileAt: path).digest
        }
        guard let records = try? content?.records(names: LabelTable.names(columns)),
            let listed = LabelTable.paths(records, column: columns?.path, roots: DatasetListing.spellings(of: folder))
        else { return table }
        let images = try digest(
            of: listed.compactMap { path in
                let file = folder + "/" + path
                guard let status = try LocalFileSystem().status(file), status.kind == .file else { return nil }
                return FoundFile(path: file, status: status)
            }, below: folder, cache)
        return Digest(of: "\(table) \(images)")
    }

    private func digests(of files: [FoundFile], _ cache: StatCache) throws -> [Digest] {
        try cache.digests(of: files, threads: ProcessInfo.processInfo.activeProcessorCount).map { try $0.get().digest }
    }

    /// The digest of a list of files: names and contents.
    private func digest(of files: [FoundFile], below folder: String, _ cache: StatCache) throws -> Digest {
        digest(of: zip(files, try digests(of: files, cache)), below: folder)
    }

    private func digest(of files: some Sequence<(FoundFile, Digest)>, below folder: String) -> Digest {
        var builder = DigestBuilder()
        for (file, digest) in files {
            builder.update(Data("\(file.path.dropFirst(folder.count + 1))\u{0}\(digest)\n".utf8))
        }
        return builder.finish()
    }

    /// The digest of a Python environment: the version in its `pyvenv.cfg` and the names of the installed
    /// distributions, which include their versions. `nil` if the folder is not an environment.
    static func python(at folder: String) -> Digest? {
        let files = LocalFileSystem()
        guard ["python", "python3"].contains(where: { files.exists("\(folder)/bin/\($0)") }),
            let bytes = try? files.read(folder + "/pyvenv.cfg", limit: FileSizeLimit.text)
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let version = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }
            .filter { $0.hasPrefix("version=") || $0.hasPrefix("version_info=") }
        let libraries = ((try? files.list(folder + "/lib")) ?? []).filter { $0.hasPrefix("python") }.sorted()
        let installed = libraries.flatMap { library in
            ((try? files.list("\(folder)/lib/\(library)/site-packages")) ?? [])
                .filter { $0.hasSuffix(".dist-info") || $0.hasSuffix(".egg-info") || $0.hasSuffix(".egg-link") }
                .sorted().map { "\(library)/\($0)" }
        }
        return Digest(of: (version + installed).joined(separator: "\n"))
    }

    /// The output of a version command.
    /// - Throws: `Refusal` if it fails or takes more than a minute: without its output, the step's key would be
    /// wrong.
    private func version(_ version: VersionCommand) async throws -> String {
        var seen: [String: String] = [:]
        for name in ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ"] { seen[name] = environment[name] }
        if let python = version.python {
            let folder = URL(fileURLWithPath: python).standardizedFileURL.path
            seen["VIRTUAL_ENV"] = folder
            seen["PATH"] = folder + "/bin:" + (seen["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        }
        let (program, arguments): (String, [String]) =
            switch version.command {
            case .arguments(let words): (words.first ?? "", Array(words.dropFirst()))
            case .shell(let line): ("/bin/sh", ["-c", line])
            }
        let command = ChildCommand(program, arguments, environment: seen, inheritsEnvironment: false)
        let result: ChildResult?
        do {
            result = try await withThrowingTaskGroup(of: ChildResult?.self) { group in
                group.addTask { try await ChildProcess.run(command, outputLimit: 1 << 20) }
                group.addTask {
                    try await Task.sleep(for: .seconds(60))
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        } catch let error as ChildProcessError {
            throw Refusal("the version command cannot be run: \(error)", code: .invalid)
        }
        guard let result, result.status.isSuccess else {
            let ending = result.map { "ended with \($0.status)" } ?? "took longer than 60 s"
            throw Refusal(
                "the version command '\(([program] + arguments).joined(separator: " "))' \(ending)"
                    + (result.map { $0.errorTail.isEmpty ? "" : ": " + $0.errorTail.suffix(400) } ?? ""), code: .invalid)
        }
        return String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Host, processor and number of cores, recorded with latency measurements.
    static func machine() -> String {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
            .split(separator: "\n").first { $0.hasPrefix("model name") }
            .map { $0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces) }
        return "\(ProcessInfo.processInfo.hostName), \(cpu ?? "unknown processor"), "
            + "\(ProcessInfo.processInfo.activeProcessorCount) cores"
    }

    /// The vision worker's numeric library. Querying it loads the library, which takes half a second, so the answer
    /// is cached until the worker's file changes.
    private func numerics() async throws -> NumericLibrary? {
        try NetworkLibrary.require()
        let executable = VisionWorkerClient.executableBesideThisProgram()
        guard let status = try LocalFileSystem().status(executable) else { return nil }
        struct Remembered: Codable {
            var size: Int64
            var modified: Int64
            /// Size and modification time of the library that the worker loads, if it is a separate file.
            var separate: [Int64]?
            var cores: Int
            var library: NumericLibrary
        }
        let path = workspace.folder + "/vision-worker.json"
        let separate =
            try NetworkLibrary.isSeparate
            ? NetworkLibrary.path(besides: Platform.folder(of: executable))
                .flatMap { try LocalFileSystem().status($0) }.map { [$0.size, $0.modified] } : nil
        let cores = ProcessInfo.processInfo.activeProcessorCount
        if let data = try? LocalFileSystem().read(path, limit: FileSizeLimit.text),
            let known = try? Remembered(json: data), known.size == status.size,
            known.modified == status.modified, known.separate == separate, known.cores == cores
        {
            return known.library
        }
        let client = VisionWorkerClient(executable: executable)
        let library = try await client.call(DescribeCall())
        await client.stop()
        let remembered = Remembered(
            size: status.size, modified: status.modified, separate: separate, cores: cores, library: library)
        try LocalFileSystem().replace(path, with: JSONEncoder().encode(remembered), durable: false)
        return library
    }
}
