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

    /// Deployments are named only by a run that has some.
    @Test(
        arguments: [
            (SignalWatch.Subject.server, nil, nil),
            (.run(deploys: false), "stopping; press Ctrl-C again to stop immediately", nil),
            (
                .run(deploys: true), "stopping: deleting deployments first; press Ctrl-C again to stop immediately",
                "stopped immediately; 'assay jobs clean' deletes deployments that are still running"
            ),
        ] as [(SignalWatch.Subject, String?, String?)])
    func warningsOfSignals(subject: SignalWatch.Subject, first: String?, second: String?) {
        #expect(subject.first == first && subject.second == second)
    }

    @Test func runInProgressIsShown() async throws {
        let project = try Project()
        defer { project.remove() }
        let workspace = try project.workspace()
        try workspace.ledger.startRun(RunID("20260101-000000-aaaa"), experiment: "e", spec: "/s.yaml", detail: [:])
        let status = try await ProjectStatus(of: workspace, dialogue: Reports().dialogue(answering: nil))
        #expect(status.running.map(\.id.text) == ["20260101-000000-aaaa"])
        #expect(!status.isIdle)
    }
}
