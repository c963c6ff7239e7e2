// What of a project goes on: runs, jobs at providers, what bills, jobs of a cluster.

package import Basics
import Execution
import Foundation
package import Ledger

/// What goes on in a project.
package struct ProjectStatus: Sendable {
    /// Money of one kind.
    package struct Balance: Sendable {
        /// Spent by all runs of the project.
        package var spent: Money
        /// Held back from the budget for work under way.
        package var reserved: Money

        /// Whether nothing was spent and nothing is held back.
        package var isZero: Bool { spent == .zero && reserved == .zero }
    }

    /// Runs under way.
    package var running: [RunRecord] = []
    /// Jobs at providers that have not ended.
    package var jobs: [RemoteJob] = []
    /// Deployments that bill by the hour.
    package var leases: [Lease] = []
    /// Dollars that providers bill.
    package var real = Balance(spent: .zero, reserved: .zero)
    /// Dollars of emulators, which cost nothing.
    package var emulated = Balance(spent: .zero, reserved: .zero)
    /// Jobs of a cluster, each as a line.
    package var cluster: [String] = []

    /// The status of a project in which nothing has run.
    package init() {}

    /// Whether nothing runs and nothing bills.
    package var isIdle: Bool { running.isEmpty && jobs.isEmpty && leases.isEmpty && cluster.isEmpty }

    /// Reads the ledger, and asks Slurm where the project has jobs there. Runs that are gone are closed and their
    /// deployments deleted first, where the ledger is this user's.
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
    /// Whether nobody knows whether the job exists at the provider, so that a person has to decide.
    package var isQuarantined: Bool { state == RemoteJobState.quarantined.rawValue }
}
