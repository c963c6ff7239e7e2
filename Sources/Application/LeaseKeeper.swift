// Ends leases whose owning process has died.

import Basics
import Execution
import Foundation
import Ledger
import Planning
import ProviderKit
import Specification
import Steps

/// Deletes deployments left running by a dead process, at the providers that a plan knows.
package struct LeaseKeeper {
    let workspace: Workspace
    let plan: Plan
    let hub: ProviderHub

    /// Ends leases of dead runs, using the specs of those runs: for commands without their own spec.
    package static func endAbandoned(
        in workspace: Workspace, dialogue: Dialogue
    ) async {
        let dead = (try? workspace.ledger.deadLeases()) ?? []
        var specs: [String] = []
        for lease in dead {
            guard let spec = try? workspace.ledger.run(lease.run)?.spec, !specs.contains(spec) else { continue }
            specs.append(spec)
        }
        for spec in specs {
            do {
                let request = SpecRequest(spec: spec, state: workspace.folder)
                let prepared = try await PreparedPlan.prepare(request, workspace: workspace)
                let hub = ProviderHub(
                    plan: prepared.plan, environment: prepared.observations.environment,
                    prices: prepared.specs.base.prices, stateFolder: workspace.folder, waitsForAccounts: false,
                    note: dialogue.warn)
                await LeaseKeeper(workspace: workspace, plan: prepared.plan, hub: hub)
                    .endDeadLeases(run: RunID("keeper"), note: dialogue.report)
                await hub.close()
            } catch {
                dialogue.warn(
                    "a deployment of a run of \(spec) is still running, but the spec cannot be read: \(error)\n"
                        + "'assay jobs clean SPEC' deletes it")
            }
        }
    }

    func endDeadLeases(run: RunID, note: @Sendable (String) -> Void) async {
        guard let dead = try? workspace.ledger.deadLeases(), !dead.isEmpty else { return }
        for lease in dead {
            // Two commands may find the lease at the same moment; only one takes it.
            guard (try? workspace.ledger.takeDeadLease(account: lease.account, lease: lease.name)) ?? false else {
                continue
            }
            await end(lease, run: run, note: note)
        }
    }

    /// Deletes a leased deployment if the plan has its account.
    func end(_ lease: Lease, run: RunID, note: @Sendable (String) -> Void) async {
        guard let name = provider(of: lease.account) else {
            note(
                "deployment \(lease.name) is still up at \(lease.account), which is not in this spec; "
                    + "run 'assay jobs clean' with the spec that created it")
            return
        }
        do {
            let provider = try await hub.provider(name)
            guard let hosting = provider.hosting else { return }
            await Deployments.end(
                account: lease.account, name: lease.name, ledger: workspace.ledger,
                service: hosting.leases(store: workspace.nameAtProviders),
                run: run, note: note)
        } catch {
            note("deployment \(lease.name) is still up and its provider cannot be reached: \(error)")
        }
    }

    /// The name of the plan's provider for an account; `nil` for none.
    private func provider(of account: String) -> String? {
        plan.accounts.first { $0.account.name == account }?.provider
    }
}
