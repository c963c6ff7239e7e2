// The providers of a spec for commands that look after what is left there.

import AzureOpenAI
import AzureWire
import Basics
import Execution
import Foundation
package import Ledger
import Planning
import Specification
import Steps

/// Connects to the providers of a spec to adopt, cancel and list jobs and to delete what runs left there.
package struct ProviderAccess {
    private let options: SpecRequest
    private let workspace: Workspace
    private let dialogue: Dialogue

    /// - Parameter options: the spec whose providers are meant, as the run that sent the jobs read it.
    package init(_ options: SpecRequest, _ workspace: Workspace, dialogue: Dialogue) {
        self.options = options
        self.workspace = workspace
        self.dialogue = dialogue
    }

    /// Refuses an id that is not the provider's job for a job of the ledger.
    package func check(_ job: RemoteJob, is id: String) async throws {
        if let other = try workspace.ledger.jobs().first(where: { $0.remoteID == id && $0.id != job.id }) {
            throw Refusal("\(id) is job \(other.id) already", code: .invalid)
        }
        try await with(account: job.account) { provider in
            let found: TaggedJob
            do {
                found = try await ProviderJobs(provider.client).job(id, kind: job.kind)
            } catch let error as ProviderError where error.isNotFound {
                throw Refusal("\(job.account) has no \(job.kind) \(id)", code: .invalid)
            }
            guard found.tags.contains(job.tag) || found.tags.isEmpty && job.candidates.contains(id) else {
                let carried = found.tag.map { "the tag \($0)" } ?? "no tag of ours"
                throw Refusal("\(id) is another job: it carries \(carried), job \(job.id) has \(job.tag)", code: .invalid)
            }
            if let carried = found.fingerprint, carried != job.fingerprint {
                throw Refusal(
                    "\(id) carries the tag of job \(job.id) and asks something else: its answers would be taken for "
                        + "others. Cancel it at the provider, then 'assay jobs forget \(job.id)'",
                    code: .invalid)
            }
        }
    }

    /// Cancels a job of the ledger at its provider. What it has finished stays billed.
    package func cancel(_ job: RemoteJob, _ id: String) async throws {
        try await with(account: job.account) { try await ProviderJobs($0.client).cancel(id, kind: job.kind) }
    }

    /// What the providers have of ours and the ledger does not: deployments by their name, jobs by their tag. Jobs that
    /// have ended are left out.
    package func strays() async throws -> [Stray] {
        var strays: [Stray] = []
        try await withHub(waits: false) { hub, accounts in
            for (account, name) in accounts.sorted(by: { $0.key < $1.key }) {
                let provider = try await hub.provider(name)
                strays += try await strayDeployments(provider, account).map {
                    .deployment(name: $0.name ?? "", account: account, model: $0.properties.model?.name)
                }
                let known = try workspace.ledger.jobs(JobFilter(account: account))
                for job in try await ProviderJobs(provider.client).tagged()
                where !job.isEnd && !known.contains(where: { $0.remoteID == job.id }) {
                    strays.append(.job(
                        kind: job.kind, id: job.id, tag: job.tag ?? "", status: job.status, account: account,
                        twin: known.first { $0.tag == job.tag && $0.isOpen }?.id))
                }
            }
        }
        return strays
    }

    /// Deletes leased deployments and uploaded files, unless something that goes on needs them, and deployments of our
    /// name that no ledger of this machine knows when a person says so.
    package func clean(takingStrays: Bool) async throws {
        try await withHub { hub, accounts in
            for (account, name) in accounts.sorted(by: { $0.key < $1.key }) {
                let provider = try await hub.provider(name)
                let leases = try workspace.ledger.leases().filter { $0.account == account }
                let strays = try await strayDeployments(provider, account).compactMap(\.name)
                let files = try workspace.ledger.files(account: account)
                if leases.isEmpty, strays.isEmpty, files.isEmpty {
                    dialogue.report("nothing of this project is left at \(account)")
                }
                if let control = provider.client.deployments {
                    await end(leases, account, control, provider.clock)
                    try await delete(strays, account, control, unasked: takingStrays)
                }
                try await delete(files, account, provider)
            }
        }
    }

    private func end(
        _ leases: [Lease], _ account: String, _ control: DeploymentsClient, _ clock: any WallClock
    ) async {
        for lease in leases {
            guard (try? workspace.ledger.isInUse(lease)) == false else {
                dialogue.report("deployment \(lease.name) stays: run \(lease.run) uses it now")
                continue
            }
            await Deployments.end(
                account: account, name: lease.name, ledger: workspace.ledger,
                service: LeasedDeploymentService(client: control, clock: clock, store: workspace.nameAtProviders),
                run: RunID("clean"), note: dialogue.report)
        }
    }

    private func strayDeployments(_ provider: ConnectedProvider, _ account: String) async throws -> [Deployment] {
        guard let control = provider.client.deployments else { return [] }
        let known = Set(try workspace.ledger.leases().filter { $0.account == account }.map(\.name))
        return try await control.list().filter { deployment in
            deployment.name.map { DeploymentRequest.isGenerated($0) && !known.contains($0) } ?? false
        }
    }

    private func delete(
        _ strays: [String], _ account: String, _ control: DeploymentsClient, unasked: Bool
    ) async throws {
        guard !strays.isEmpty else { return }
        let told = "\(strays.joined(separator: ", ")) at \(account) \(strays.count == 1 ? "is" : "are") not in this ledger "
            + "and may be another machine's"
        if !unasked {
            guard let ask = dialogue.ask else {
                dialogue.warn("\(told); --yes deletes")
                return
            }
            guard await ask("\(told). Delete?") else { return }
        }
        for name in strays {
            try await control.delete(name)
            dialogue.report("deleted deployment \(name)")
        }
    }

    private func delete(_ files: [RemoteFile], _ account: String, _ provider: ConnectedProvider) async throws {
        let open = try workspace.ledger.jobs(JobFilter(isOpen: true, account: account))
        guard open.isEmpty else {
            let numbers = open.map { String($0.id) }.joined(separator: ", ")
            if !files.isEmpty {
                dialogue.report("\(files.count) uploaded files stay: not collected yet: job \(numbers) ('assay jobs')")
            }
            return
        }
        for file in files {
            if let id = file.remoteID {
                guard try await isGenerated(id, file, provider) else {
                    dialogue.report("file \(id) stays: the provider does not call it \(file.name), as Assay did")
                    continue
                }
                try await provider.client.files.delete(.init(id))
                dialogue.report("deleted file \(id) (\(file.name))")
            }
            try workspace.ledger.forgetFile(account: account, digest: file.digest, purpose: file.purpose)
        }
    }

    /// Whether a file at the provider has the name that Assay gave it, or is gone: no other file is ever deleted.
    private func isGenerated(_ id: String, _ file: RemoteFile, _ provider: ConnectedProvider) async throws -> Bool {
        guard file.name == RemoteFiles.name(digest: file.digest, purpose: file.purpose) else { return false }
        do {
            return try await provider.client.files.get(.init(id)).filename == file.name
        } catch let error as ProviderError where error.isNotFound {
            return true
        }
    }

    /// Calls back with the provider that has an account.
    private func with(account: String, _ body: (ConnectedProvider) async throws -> Void) async throws {
        try await withHub { hub, accounts in
            guard let name = accounts[account] else {
                throw Refusal(
                    "\(options.spec) has no provider with the account '\(account)': name the spec that has, or the --set "
                        + "of that run", code: .invalid)
            }
            try await body(try await hub.provider(name))
        }
    }

    /// - Parameter waits: for an emulated account that another process uses; else that is an error.
    private func withHub(
        waits: Bool = true, _ body: (ProviderHub, [String: String]) async throws -> Void
    ) async throws {
        let prepared = try await PreparedPlan.prepare(options, workspace: workspace)
        let hub = ProviderHub(
            plan: prepared.plan, environment: prepared.observations.environment, prices: prepared.specs.base.prices,
            stateFolder: workspace.folder, waitsForAccounts: waits, note: dialogue.warn)
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
