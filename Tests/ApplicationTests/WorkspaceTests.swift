// Opening a project's state.

import Basics
import Foundation
import Glibc
import Ledger
import Testing

@testable import Application

@Suite struct WorkspaceTests {
    @Test func stateIsBesideTheNearestMark() throws {
        let project = try Project()
        defer { project.remove() }
        let spec = try project.write("a/b/spec.yaml", "")
        #expect(Workspace.locate(spec: spec, state: nil, environment: [:]) == project.path("a/b/.assay"))
        try project.write("a/.git/HEAD", "")
        #expect(Workspace.locate(spec: spec, state: nil, environment: [:]) == project.path("a/.assay"))
        #expect(Workspace.locate(spec: spec, state: "/x", environment: ["ASSAY_STATE": "/y"]) == "/x")
        #expect(Workspace.locate(spec: spec, state: nil, environment: ["ASSAY_STATE": "/y"]) == "/y")
        #expect(Workspace.locate(spec: spec, state: nil, environment: ["ASSAY_STATE": ""]) == project.path("a/.assay"))
    }

    /// Specs below `/tmp` shared the state, and the answers, of any user with a `.assay` there.
    @Test(arguments: [
        (id: "writable by everybody", permissions: 0o777, marks: [".assay", ".git"]),
        (id: "writable by everybody, sticky", permissions: 0o1777, marks: [".assay"]),
    ])
    func stateIsNotTakenFromAFolderThatOthersMayChange(id: String, permissions: Int, marks: [String]) throws {
        let project = try Project()
        defer { project.remove() }
        let spec = try project.write("shared/mine/spec.yaml", "")
        for mark in marks { try project.write("shared/\(mark)/format", "1") }
        #expect(Workspace.locate(spec: spec, state: nil, environment: [:]) == project.path("shared/.assay"), "\(id)")
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: project.path("shared"))
        #expect(Workspace.locate(spec: spec, state: nil, environment: [:]) == project.path("shared/mine/.assay"), "\(id)")
    }

    /// `runs`, `status`, `jobs` and `show` left an empty state folder in the folder in which they ran.
    @Test func commandsThatReadMakeNoState() throws {
        let project = try Project()
        defer { project.remove() }
        #expect(try Workspace.existing(state: project.path(".assay"), environment: project.environment) == nil)
        #expect(!FileManager.default.fileExists(atPath: project.path(".assay")))
        #expect(!FileManager.default.fileExists(atPath: project.path("configuration")))
        _ = try project.workspace()
        #expect(try Workspace.existing(state: project.path(".assay"), environment: project.environment) != nil)
    }

    @Test func newLedgerBelongsOnlyToItsCreator() async throws {
        let project = try Project()
        defer { project.remove() }
        #expect(try project.workspace().ownership == .own)
        var other = project.environment
        other["XDG_CONFIG_HOME"] = project.path("other")
        let foreign = try Workspace(spec: nil, state: project.path(".assay"), environment: other)
        #expect(foreign.ownership == .another)
        let reports = Reports()
        #expect(try await !foreign.mayAct(hasWork: true, dialogue: reports.dialogue(answering: nil)))
        #expect(try await !foreign.mayAct(hasWork: true, dialogue: reports.dialogue(answering: false)))
        await #expect(throws: Refusal.self) {
            try await foreign.requireOwnership(to: "cancel a job", dialogue: reports.dialogue(answering: nil))
        }
        #expect(reports.all.count { $0.hasPrefix("? ") } == 1)
        #expect(try await foreign.mayAct(hasWork: true, dialogue: reports.dialogue(answering: true)))
        #expect(try Workspace(spec: nil, state: project.path(".assay"), environment: other).ownership == .own)
    }

    /// Guards: results of a foreign project, of up to 2 GiB, were read into memory.
    @Test func resultsOfOthersAreLimited() throws {
        let project = try Project()
        defer { project.remove() }
        let own = try project.workspace()
        try own.ledger.startRun("r1", experiment: "e", spec: "e.yaml")
        try own.ledger.finishRun("r1", state: "done")
        let run = try #require(try own.ledger.run("r1"))
        let folder = try own.runFolder(run.id)
        let path = folder + "/results.json"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var other = project.environment
        other["XDG_CONFIG_HOME"] = project.path("other")
        let foreign = try Workspace(spec: nil, state: project.path(".assay"), environment: other)
        func error(_ workspace: Workspace) -> String {
            do {
                _ = try workspace.results(of: run)
                return "none"
            } catch { return "\(error)" }
        }
        #expect(error(foreign).contains("has no results"))
        FileManager.default.createFile(atPath: path, contents: nil)
        try #require(truncate(path, 256_000_001) == 0)
        #expect(error(foreign).contains("it has 256,000,001 bytes, and at most 256,000,000 are read"), "\(error(foreign))")
        try #require(truncate(path, (2 << 30) + 1) == 0)
        #expect(error(own).contains("at most 2,147,483,648 are read"), "\(error(own))")
    }
}
