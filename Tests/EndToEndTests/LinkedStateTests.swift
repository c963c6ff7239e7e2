// A state folder that came with a project may contain symbolic links: nothing outside it changes.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct LinkedStateTests {
    struct Link: Sendable, CustomTestStringConvertible {
        /// Below the state folder; the state folder itself where it is empty.
        var path: String
        enum Target: Sendable { case folder, file, missing }
        var target: Target
        var testDescription: String { "\(path.isEmpty ? ".assay" : path) to a \(target)" }
    }

    static let links: [Link] =
        [
            "", "objects", "results", "journal", "locks", "scratch", "runs", "emulator", "emulator/small",
            "emulator/small/files", "emulator/small/batches", "slurm", "slurm/jobs", "objects/ab",
        ].map { Link(path: $0, target: .folder) }
        + [
            "format", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite-journal", "results.index",
            "stat.index", "inspected-2.index", "vision-worker.json", "measurement", "locks/steps", "emulator/small.lock",
            "emulator/small/requests.jsonl", "emulator/small/account.json", "emulator/small/faults.json",
        ].flatMap { [Link(path: $0, target: .file), Link(path: $0, target: .missing)] }

    private func project(_ link: Link) throws -> (project: TestProject, outside: String) {
        let project = try TestProject()
        let files = FileManager.default
        try project.write("small.yaml", BatchExperiment.spec())
        let outside = project.folder + "/outside"
        try files.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try project.write("outside/precious", "precious")
        let target =
            switch link.target {
            case .folder: outside
            case .file: outside + "/precious"
            case .missing: outside + "/made"
            }
        let place = link.path.isEmpty ? project.folder + "/.assay" : project.folder + "/.assay/" + link.path
        if link.path.isEmpty { try files.removeItem(atPath: place) }
        try files.createDirectory(
            atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: place, withDestinationPath: target)
        return (project, outside)
    }

    private func isUntouched(_ outside: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: outside) == ["precious"]
            && FileManager.default.contents(atPath: outside + "/precious") == Data("precious".utf8)
    }

    /// Guards against a clone with links through which `assay run` creates, changes or deletes files elsewhere.
    @Test(arguments: links) func nothingOutsideChanges(link: Link) throws {
        let (project, outside) = try project(link)
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 1, "\(run.errors)\n\(run.output)")
        #expect((run.errors + run.output).contains("symbolic link"), "\(run.errors)\n\(run.output)")
        #expect(try isUntouched(outside))
    }

    @Test(arguments: [
        ["status"], ["runs"], ["jobs"], ["cache", "gc"], ["cache", "verify"], ["doctor"], ["plan", "small.yaml"],
        ["explain", "small.yaml"], ["emulate", "--account", "small"],
    ])
    func noCommandFollowsALink(arguments: [String]) throws {
        for path in ["", "emulator", "scratch", "objects"] {
            let (project, outside) = try project(Link(path: path, target: .folder))
            let result = try project.assay(arguments)
            #expect(result.status == 1, "\(arguments) \(path): \(result.errors)\n\(result.output)")
            #expect((result.errors + result.output).contains("symbolic link"), "\(arguments) \(path)")
            #expect(try isUntouched(outside), "\(arguments) \(path)")
        }
    }

    /// A user may keep the state on another disk by naming it explicitly.
    @Test func aStateFolderThatTheUserNamesMayBeALink() throws {
        let project = try TestProject()
        try project.write("small.yaml", BatchExperiment.spec())
        try FileManager.default.createDirectory(atPath: project.folder + "/disk", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: project.folder + "/state", withDestinationPath: project.folder + "/disk")
        let run = try project.assay("run", "small.yaml", "--json", "--state", "state")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(FileManager.default.fileExists(atPath: project.folder + "/disk/ledger.sqlite"))
    }
}
