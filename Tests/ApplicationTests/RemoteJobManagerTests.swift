// Jobs and leases of a project, and the decisions that users can make about them.

import Basics
import Foundation
import Ledger
import Testing

@testable import Application

@Suite struct RemoteJobManagerTests {
    @Test func aNewProjectHasNothingAtProviders() async throws {
        let project = try Project()
        defer { project.remove() }
        let workspace = try project.workspace()
        let reports = Reports()
        let listing = try await RemoteJobManager(workspace, dialogue: reports.dialogue(answering: nil)).list(all: true, spec: nil)
        #expect(listing.jobs.isEmpty && listing.leases.isEmpty && listing.forgotten.isEmpty)
        #expect(listing.unknownResources == nil)
        let status = try await ProjectStatus(of: workspace, dialogue: reports.dialogue(answering: nil))
        #expect(status.isIdle && status.real.isZero && status.emulated.isZero)
        #expect(reports.all.isEmpty)
    }

    @Test func cleaningNeedsARunOrASpec() async throws {
        let project = try Project()
        defer { project.remove() }
        let desk = RemoteJobManager(try project.workspace(), dialogue: Reports().dialogue(answering: nil))
        let refusal = await #expect(throws: Refusal.self) { try await desk.clean(spec: nil, includingUnknown: false) }
        #expect(refusal?.code == .invalid)
    }

    @Test func aRunThatGoesOnIsShown() async throws {
        let project = try Project()
        defer { project.remove() }
        let workspace = try project.workspace()
        try workspace.ledger.startRun(RunID("20260101-000000-aaaa"), experiment: "e", spec: "/s.yaml", detail: [:])
        let status = try await ProjectStatus(of: workspace, dialogue: Reports().dialogue(answering: nil))
        #expect(status.running.map(\.id.text) == ["20260101-000000-aaaa"])
        #expect(!status.isIdle)
    }
}
