// Manages a project's remote jobs and leases.

package import Basics
import Execution
import Foundation
package import Ledger
import Planning
import Steps

/// Lists and settles a project's resources at providers.
package struct RemoteJobManager {
    private let workspace: Workspace
    /// Changes of specs' values, as `path=value`, with which the runs were made.
    private let settings: [String]
    private let dialogue: Dialogue

    /// - Parameter settings: changes of specs' values with which the runs were made.
    package init(_ workspace: Workspace, settings: [String] = [], dialogue: Dialogue) {
        self.workspace = workspace
        self.settings = settings
        self.dialogue = dialogue
    }

    /// A project's resources at providers.
    package struct Listing: Sendable {
        /// Jobs, each with the amount it reserves in the budget.
        package var jobs: [(job: RemoteJob, held: Money)] = []
        /// Jobs that a person removed from the ledger; only if all jobs are listed.
        package var forgotten: [ForgottenJob] = []
        /// Deployments billed by the hour.
        package var leases: [Lease] = []
        /// Assay's resources at providers that the ledger does not know; `nil` if they were not queried.
        package var unknownResources: [UnknownResource]?

        /// An empty listing.
        package init() {}
    }

    /// Lists jobs and leases, after ending leases of dead runs.
    /// - Parameters:
    ///   - all: whether to include ended jobs.
    ///   - spec: a spec with providers to query for resources that the ledger does not know.
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
        if mayAct, let spec { listing.unknownResources = try await access(spec).unknownResources() }
        return listing
    }

    /// Links a job of the ledger to a job at the provider.
    /// - Parameter spec: the spec with the provider, if it is not that of the run that submitted the job.
    /// - Throws: `Refusal` if the provider's job is a different one, or there is nothing to adopt.
    package func adopt(_ number: Int64, as remoteID: String, spec: String?) async throws {
        let job = try workspace.ledger.job(number)
        guard let state = try? RemoteJobState(rawValue: job.state)?.after(.created) else {
            throw Refusal(
                "job \(number) is \(job.state)\(job.remoteID.map { " as \($0)" } ?? ""): there is nothing to adopt",
                code: .invalid)
        }
        try await workspace.requireOwnership(to: "ask a provider", dialogue: dialogue)
        // With a wrong id, the next run would use another job's result for this one and pay again.
        let found = try await access(to: job, spec).check(job, is: remoteID)
        try workspace.ledger.markSubmitted(number, remoteID: found, state: state.rawValue)
    }

    /// Removes a job that does not exist at the provider from the ledger.
    /// - Returns: the removed job.
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
                "job \(number) has no id at the provider; 'assay jobs' shows its details", code: .invalid)
        }
        guard job.isOpen else { throw Refusal("job \(number) is already \(job.state)", code: .invalid) }
        try await workspace.requireOwnership(to: "cancel a job", dialogue: dialogue)
        try await access(to: job, spec).cancel(job, id)
        return (job, id)
    }

    /// Deletes the project's leftovers at the providers of a spec, or of all runs.
    /// - Parameter includingUnknown: whether to delete deployments that the ledger does not know without asking.
    package func clean(spec: String?, includingUnknown: Bool) async throws {
        try await workspace.requireOwnership(to: "delete deployments and files", dialogue: dialogue)
        let specs = try spec.map { [$0] } ?? specsOfRuns()
        guard !specs.isEmpty else {
            throw Refusal("there are no runs here: name the spec with the providers to clean", code: .invalid)
        }
        for spec in specs { try await access(spec).clean(includingUnknown: includingUnknown) }
    }

    private func access(_ spec: String) -> ProviderAccess {
        ProviderAccess(
            SpecRequest(spec: spec, settings: settings, state: workspace.folder), workspace, dialogue: dialogue)
    }

    /// The providers of the run that submitted a job, unless another spec is given.
    private func access(to job: RemoteJob, _ spec: String?) throws -> ProviderAccess {
        guard let spec = try spec ?? workspace.ledger.run(job.run)?.spec else {
            throw Refusal("the ledger does not contain the spec of job \(job.id): name it", code: .invalid)
        }
        return access(spec)
    }

    /// The specs of earlier runs that still exist, latest first.
    private func specsOfRuns() throws -> [String] {
        var specs: [String] = []
        for run in try workspace.ledger.runs()
        where !specs.contains(run.spec) && FileManager.default.fileExists(atPath: run.spec) {
            specs.append(run.spec)
        }
        return specs
    }
}
