// Remote jobs and leases of a project, and what a person decides about them.

package import Basics
import Execution
import Foundation
package import Ledger
import Planning
import Steps

/// Lists and settles what a project has at providers.
package struct JobDesk {
    private let workspace: Workspace
    /// Changes of specs' values, as `path=value`, that the runs were made with.
    private let settings: [String]
    private let dialogue: Dialogue

    /// - Parameter settings: changes of specs' values that the runs were made with.
    package init(_ workspace: Workspace, settings: [String] = [], dialogue: Dialogue) {
        self.workspace = workspace
        self.settings = settings
        self.dialogue = dialogue
    }

    /// What a project has at providers.
    package struct Listing: Sendable {
        /// Jobs, each with what it holds back from the budget.
        package var jobs: [(job: RemoteJob, held: Money)] = []
        /// Jobs that a person took out of the ledger; only with all jobs.
        package var forgotten: [ForgottenJob] = []
        /// Deployments that bill by the hour.
        package var leases: [Lease] = []
        /// What providers have of ours that the ledger does not know; `nil` where they were not asked.
        package var strays: [Stray]?

        /// Nothing at any provider.
        package init() {}
    }

    /// Lists jobs and leases, after ending leases whose run is gone.
    /// - Parameters:
    ///   - all: whether jobs that have ended are listed, too.
    ///   - spec: a spec whose providers are asked what they have beyond the ledger.
    package func list(all: Bool, spec: String?) async throws -> Listing {
        let ledger = workspace.ledger
        let mayAct = try await workspace.mayAct(
            hasWork: spec != nil || !ledger.deadLeases().isEmpty, dialogue: dialogue)
        if mayAct { await LeaseKeeper.endAbandoned(in: workspace, dialogue: dialogue) }
        let jobs = try ledger.jobs().filter { job in
            try all || job.isOpen || job.lost != nil && ledger.isLatestAttempt(job)
        }
        var listing = Listing()
        listing.jobs = try jobs.map { ($0, try ledger.held(by: $0)) }
        listing.forgotten = all ? try ledger.forgottenJobs() : []
        listing.leases = try ledger.leases()
        if mayAct, let spec { listing.strays = try await access(spec).strays() }
        return listing
    }

    /// Records which job at the provider a job of the ledger is.
    /// - Parameter spec: the spec whose providers have it, where it is not that of the run that sent the job.
    /// - Throws: `Refusal` when the provider's job is another one, or there is nothing to adopt.
    package func adopt(_ number: Int64, as remoteID: String, spec: String?) async throws {
        let job = try workspace.ledger.job(number)
        guard let state = try? RemoteJobState(rawValue: job.state)?.after(.created) else {
            throw Refusal(
                "job \(number) is \(job.state)\(job.remoteID.map { " as \($0)" } ?? ""): there is nothing to adopt",
                code: .invalid)
        }
        try await workspace.requireOwnership(to: "ask a provider", dialogue: dialogue)
        // A wrong id would make the next run take another job's end for this one's, and pay again.
        try await access(to: job, spec).check(job, is: remoteID)
        try workspace.ledger.markSubmitted(number, remoteID: remoteID, state: state.rawValue)
    }

    /// Takes a job that does not exist at the provider out of the ledger.
    /// - Returns: the job as it was.
    package func forget(_ number: Int64) throws -> RemoteJob {
        let job = try workspace.ledger.job(number)
        try workspace.ledger.forget(number)
        return job
    }

    /// Cancels a job at its provider.
    /// - Returns: the job, and its id at the provider.
    package func cancel(_ number: Int64, spec: String?) async throws -> (job: RemoteJob, id: String) {
        let job = try workspace.ledger.job(number)
        guard let id = job.remoteID else {
            throw Refusal(
                "job \(number) has no id at the provider; 'assay jobs' shows what is known of it", code: .invalid)
        }
        guard job.isOpen else { throw Refusal("job \(number) is \(job.state) already", code: .invalid) }
        try await workspace.requireOwnership(to: "cancel a job", dialogue: dialogue)
        try await access(to: job, spec).cancel(job, id)
        return (job, id)
    }

    /// Deletes what the project left at the providers of a spec, or of all runs.
    /// - Parameter takingStrays: whether deployments that the ledger does not know are deleted without a question.
    package func clean(spec: String?, takingStrays: Bool) async throws {
        try await workspace.requireOwnership(to: "delete deployments and files", dialogue: dialogue)
        let specs = try spec.map { [$0] } ?? specsOfRuns()
        guard !specs.isEmpty else {
            throw Refusal("there is no run here: name the spec whose providers are to be cleaned", code: .invalid)
        }
        for spec in specs { try await access(spec).clean(takingStrays: takingStrays) }
    }

    private func access(_ spec: String) -> ProviderAccess {
        ProviderAccess(
            SpecRequest(spec: spec, settings: settings, state: workspace.folder), workspace, dialogue: dialogue)
    }

    /// The providers of the run that sent a job, unless another spec is named.
    private func access(to job: RemoteJob, _ spec: String?) throws -> ProviderAccess {
        guard let spec = try spec ?? workspace.ledger.run(job.run)?.spec else {
            throw Refusal("the ledger does not know the spec of job \(job.id): name it", code: .invalid)
        }
        return access(spec)
    }

    /// The specs that runs were made of, the latest first, as far as they are still there.
    private func specsOfRuns() throws -> [String] {
        var specs: [String] = []
        for run in try workspace.ledger.runs()
        where !specs.contains(run.spec) && FileManager.default.fileExists(atPath: run.spec) {
            specs.append(run.spec)
        }
        return specs
    }
}
