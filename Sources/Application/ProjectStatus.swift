// Active work in a project: runs, jobs at providers, billed deployments, cluster jobs.

package import Basics
import Execution
import Foundation
package import Ledger

/// The active work and spending of a project.
package struct ProjectStatus: Sendable {
    /// Spent and reserved amounts of real or emulated money.
    package struct Balance: Sendable {
        /// The total spending of all runs of the project.
        package var spent: Money
        /// The amount reserved in the budget for work in progress.
        package var reserved: Money

        /// Whether nothing is spent or reserved.
        package var isZero: Bool { spent == .zero && reserved == .zero }
    }

    /// Runs in progress.
    package var running: [RunRecord] = []
    /// Jobs at providers that have not ended.
    package var jobs: [RemoteJob] = []
    /// Deployments billed by the hour.
    package var leases: [Lease] = []
    /// Dollars billed by providers.
    package var real = Balance(spent: .zero, reserved: .zero)
    /// Simulated dollars of emulators.
    package var emulated = Balance(spent: .zero, reserved: .zero)
    /// Cluster jobs, one line each.
    package var cluster: [String] = []

    /// The status of a project without any runs.
    package init() {}

    /// Whether nothing is running or billing.
    package var isIdle: Bool { running.isEmpty && jobs.isEmpty && leases.isEmpty && cluster.isEmpty }

    /// Reads the ledger, and queries Slurm if the project has jobs there. If the ledger belongs to this user, first
    /// closes dead runs and deletes their deployments.
    package init(of workspace: Workspace, dialogue: Dialogue) async throws {
        let ledger = workspace.ledger
        let mayAct = try await workspace.mayAct(hasWork: !ledger.deadLeases().isEmpty, dialogue: dialogue)
        if mayAct {
            _ = try ledger.closeDeadRuns()
            await LeaseKeeper.endAbandoned(in: workspace, dialogue: dialogue)
        }
        func balance(emulated: Bool) throws -> Balance {
            let balance = try ledger.balance(emulated: emulated)
            return Balance(spent: balance.spent, reserved: balance.reserved)
        }
        running = try ledger.runs(limit: 50).filter { $0.state == "running" }
        jobs = try ledger.jobs(.open)
        leases = try ledger.leases()
        real = try balance(emulated: false)
        emulated = try balance(emulated: true)
        cluster = mayAct ? await ClusterStatus.lines(in: workspace) : []
    }
}

extension RemoteJob {
    /// Whether it is unknown if the job exists at the provider, so that a person must decide.
    package var isQuarantined: Bool { state == RemoteJobState.quarantined.rawValue }
}
