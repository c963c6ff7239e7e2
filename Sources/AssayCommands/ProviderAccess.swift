// The providers of a spec for commands that look after what is left there.

import AzureOpenAI
import AzureWire
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Specification
import Steps

struct ProviderAccess {
    private let options: SpecOptions
    private let workspace: Workspace

    init(_ options: SpecOptions, _ workspace: Workspace) {
        self.options = options
        self.workspace = workspace
    }

    /// Calls back with the provider that has an account.
    func with(account: String, _ body: (ConnectedProvider) async throws -> Void) async throws {
        try await withHub { hub, accounts in
            guard let name = accounts[account] else {
                throw Refusal("the spec has no provider with the account \(account)", code: .invalid)
            }
            try await body(try await hub.provider(name))
        }
    }

    /// Deletes leased deployments, deployments named `assay-…` that no ledger knows, and uploaded files.
    func clean() async throws {
        try await withHub { hub, accounts in
            for (account, name) in accounts.sorted(by: { $0.key < $1.key }) {
                let provider = try await hub.provider(name)
                if let control = provider.client.deployments {
                    let leases = try workspace.ledger.leases().filter { $0.account == account }
                    for lease in leases {
                        await Deployments.end(
                            account: account, name: lease.name, ledger: workspace.ledger,
                            service: LeasedDeploymentService(client: control, clock: provider.clock),
                            run: RunID("clean"), note: { Terminal.writeLine($0) })
                    }
                    for deployment in try await control.list() {
                        guard let name = deployment.name, name.hasPrefix("assay-") else { continue }
                        try await control.delete(name)
                        Terminal.writeLine("deleted deployment \(name)")
                    }
                }
                for file in try workspace.ledger.files(account: account) {
                    if let id = file.remoteID {
                        try await provider.client.files.delete(.init(id))
                        Terminal.writeLine("deleted file \(id) (\(file.name))")
                    }
                    try workspace.ledger.forgetFile(account: account, digest: file.digest, purpose: file.purpose)
                }
            }
        }
    }

    private func withHub(_ body: (ProviderHub, [String: String]) async throws -> Void) async throws {
        let prepared = try await PreparedPlan.prepare(options, workspace: workspace)
        let hub = ProviderHub(
            plan: prepared.plan, environment: prepared.observations.environment, prices: prepared.specs.base.prices,
            stateFolder: workspace.folder, note: { Terminal.writeError($0) })
        var accounts: [String: String] = [:]
        for step in prepared.plan.steps {
            switch step.work {
            case .runBatch(let work): accounts[work.identity.account.name] = work.settings.provider
            case .fineTune(let work): accounts[work.identity.account.name] = work.settings.provider
            case .askOnline(let work): accounts[work.identity.account.name] = work.settings.provider
            default: break
            }
        }
        do {
            try await body(hub, accounts)
        } catch {
            await hub.close()
            throw error
        }
        await hub.close()
    }
}
