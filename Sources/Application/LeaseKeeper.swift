// Ends leases whose owner is gone.

import AzureOpenAI
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Specification
import Steps

/// Deletes deployments that a dead process left up, at the providers that a plan knows.
package struct LeaseKeeper {
    let workspace: Workspace
    let plan: Plan
    let hub: ProviderHub

    /// Ends what dead runs left up, by the specs that they ran: for commands that have no spec of their own.
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
                    "a deployment is left on by a run of \(spec), which cannot be read now: \(error)\n"
                        + "'assay jobs clean SPEC' deletes it")
            }
        }
    }

    func endDeadLeases(run: RunID, note: @Sendable (String) -> Void) async {
        guard let dead = try? workspace.ledger.deadLeases(), !dead.isEmpty else { return }
        for lease in dead {
            // Two commands may find it at the same moment.
            guard (try? workspace.ledger.takeDeadLease(account: lease.account, lease: lease.name)) ?? false else {
                continue
            }
            await end(lease, run: run, note: note)
        }
    }

    /// Deletes a leased deployment, when the plan knows its account.
    func end(_ lease: Lease, run: RunID, note: @Sendable (String) -> Void) async {
        guard let name = provider(of: lease.account) else {
            note("deployment \(lease.name) is still up at \(lease.account), which this spec does not know; "
                + "run 'assay jobs clean' with the spec that made it")
            return
        }
        do {
            let provider = try await hub.provider(name)
            guard let control = provider.client.deployments else { return }
            await Deployments.end(
                account: lease.account, name: lease.name, ledger: workspace.ledger,
                service: LeasedDeploymentService(
                    client: control, clock: provider.clock, store: workspace.nameAtProviders),
                run: run, note: note)
        } catch {
            note("deployment \(lease.name) is still up and its provider cannot be reached: \(error)")
        }
    }

    /// The provider of the plan that has an account.
    private func provider(of account: String) -> String? {
        for step in plan.steps {
            let identity: (ProviderAccount, String)? = switch step.work {
            case .runBatch(let work): (work.identity.account, work.settings.provider)
            case .fineTune(let work): (work.identity.account, work.settings.provider)
            case .askOnline(let work): (work.identity.account, work.settings.provider)
            default: nil
            }
            if let (candidate, provider) = identity, candidate.name == account { return provider }
        }
        return nil
    }
}
