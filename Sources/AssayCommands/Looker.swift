// Looks at the outside before planning: files, folders, the vision worker, this machine.

import Artifacts
import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps
import VisionProtocol

/// Makes the observations that plans are made from.
struct Looker {
    let workspace: Workspace
    let environment: Specification.Environment

    func look(at specs: [ExperimentSpec]) async throws -> Observations {
        var lookups: Set<Lookup> = []
        for spec in specs { lookups.formUnion(spec.lookups(in: environment)) }
        let cache = workspace.store.statCache()
        var contents: [String: Digest] = [:]
        var folders: [String: [String]] = [:]
        for lookup in lookups {
            switch lookup {
            case .file(let path): contents[path] = try? cache.digest(ofFileAt: path).digest
            case .images(let path):
                contents[path] = try? digest(of: files(below: path).filter { isImagePath($0.path) }, below: path, cache)
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
            case .table(let path):
                guard let table = try? cache.digest(ofFileAt: path) else { continue }
                let folder = Platform.folder(of: path)
                let listed = try CSVTable(parsing: LocalFileSystem().read(path))
                guard let column = listed.column("path") else {
                    contents[path] = table.digest
                    continue
                }
                let images = try digest(
                    of: listed.rows.compactMap { row in
                        let file = folder + "/" + row.fields[column]
                        return try LocalFileSystem().status(file).map { FoundFile(path: file, status: $0) }
                    }, below: folder, cache)
                contents[path] = Digest(of: "\(table.digest) \(images)")
            case .numerics: break
            }
        }
        return Observations(
            contents: contents, folders: folders, environment: environment, machine: Looker.machine(),
            numerics: lookups.contains(.numerics) ? try await numerics() : nil)
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

    /// Host, processor and number of cores: where a latency was measured.
    static func machine() -> String {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
            .split(separator: "\n").first { $0.hasPrefix("model name") }
            .map { $0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces) }
        return "\(ProcessInfo.processInfo.hostName), \(cpu ?? "unknown processor"), "
            + "\(ProcessInfo.processInfo.activeProcessorCount) cores"
    }

    /// What the vision worker computes with. Asking loads the numeric library, which takes half a second; the answer is
    /// kept for as long as the worker's file is the same.
    private func numerics() async throws -> NumericLibrary? {
        let executable = VisionWorkerClient.executableBesideThisProgram()
        guard let status = try LocalFileSystem().status(executable) else { return nil }
        struct Remembered: Codable {
            var size: Int64
            var modified: Int64
            var cores: Int
            var library: NumericLibrary
        }
        let path = workspace.folder + "/vision-worker.json"
        let cores = ProcessInfo.processInfo.activeProcessorCount
        if let data = try? LocalFileSystem().read(path, limit: FileSizeLimit.text),
            let known = try? Remembered(json: data), known.size == status.size,
            known.modified == status.modified, known.cores == cores
        {
            return known.library
        }
        let client = VisionWorkerClient(executable: executable)
        let library = try await client.call(DescribeCall())
        await client.stop()
        let remembered = Remembered(size: status.size, modified: status.modified, cores: cores, library: library)
        try LocalFileSystem().replace(path, with: JSONEncoder().encode(remembered), durable: false)
        return library
    }
}
