// Access to a spec's providers for commands that manage jobs and leftovers.

import Basics
import Execution
import Foundation
package import Ledger
import Planning
import ProviderKit
import Specification
import Steps

/// Connects to the providers of a spec to adopt, cancel and list jobs and to delete leftovers of runs.
package struct ProviderAccess {
    private let options: SpecRequest
    private let workspace: Workspace
    private let dialogue: Dialogue

    /// - Parameter options: the spec with the providers, read as by the run that submitted the jobs.
    package init(_ options: SpecRequest, _ workspace: Workspace, dialogue: Dialogue) {
        self.options = options
        self.workspace = workspace
        self.dialogue = dialogue
    }

    /// Finds the provider's job for a job of the ledger.
    /// - Parameter id: the id that the provider uses in replies, or shows to people.
    /// - Returns: the id that the provider uses in replies.
    /// - Throws: `Refusal` if the provider has no such job, or it is that of another job of the ledger.
    package func check(_ job: RemoteJob, is id: String) async throws -> String {
        try await with(account: job.account) { provider in
            let found: TaggedJob
            do {
                found = try await ProviderJobs(provider).job(id, kind: job.kind)
            } catch let error as ProviderError where error.isNotFound {
                throw Refusal("\(job.account) has no \(job.kind) \(id)", code: .invalid)
            }
            let name = found.id.isEmpty ? id : found.id
            if let other = try workspace.ledger.jobs().first(where: { $0.remoteID == name && $0.id != job.id }) {
                throw Refusal("\(id) is already job \(other.id)", code: .invalid)
            }
            guard found.tags.contains(job.tag) || found.tags.isEmpty && job.candidates.contains(name) else {
                let carried = found.tag.map { "the tag \($0)" } ?? "no tag of Assay"
                throw Refusal("\(id) is another job: it carries \(carried), job \(job.id) has \(job.tag)", code: .invalid)
            }
            if let carried = found.fingerprint, carried != job.fingerprint {
                throw Refusal(
                    "\(id) carries the tag of job \(job.id) but has a different request: its answers would be attributed to "
                        + "other images. Cancel it at the provider, then 'assay jobs forget \(job.id)'",
                    code: .invalid)
            }
            return name
        }
    }

    /// Cancels a job of the ledger at its provider. Completed work is still billed.
    package func cancel(_ job: RemoteJob, _ id: String) async throws {
        try await with(account: job.account) { try await ProviderJobs($0).cancel(id, kind: job.kind) }
    }

    /// Assay's resources at the providers that the ledger does not know: deployments by name, jobs by tag. Ended jobs
    /// are excluded.
    package func unknownResources() async throws -> [UnknownResource] {
        var resources: [UnknownResource] = []
        try await withHub(waits: false) { hub, accounts in
            for (account, name) in accounts.sorted(by: { $0.key < $1.key }) {
                let provider = try await hub.provider(name)
                resources += try await unknownDeployments(provider, account).map {
                    .deployment(name: $0.name, account: account, model: $0.model)
                }
                let known = try workspace.ledger.jobs(JobFilter(account: account))
                let tagged = try await ProviderJobs(provider).tagged()
                for reason in tagged.unlisted { dialogue.warn("\(account): \(reason)") }
                for (kind, job) in tagged.jobs
                where !job.isEnd && !known.contains(where: { $0.remoteID == job.id }) {
                    resources.append(
                        .job(
                            kind: kind, id: job.id, tag: job.tag ?? "", status: job.status, account: account,
                            duplicateOf: known.first { $0.tag == job.tag && $0.isOpen }?.id))
                }
            }
        }
        return resources
    }

    /// Deletes leased deployments and uploaded files that no active work needs, and, after confirmation, deployments
    /// with Assay's naming that the ledger does not know.
    /// - Parameter includingUnknown: whether to delete the latter without asking.
    package func clean(includingUnknown: Bool) async throws {
        try await withHub { hub, accounts in
            for (account, name) in accounts.sorted(by: { $0.key < $1.key }) {
                let provider = try await hub.provider(name)
                let leases = try workspace.ledger.leases().filter { $0.account == account }
                let unknown = try await unknownDeployments(provider, account).map(\.name)
                let files = try workspace.ledger.files(account: account)
                if let hosting = provider.hosting {
                    await end(leases, account, hosting)
                    try await delete(unknown, account, hosting, unasked: includingUnknown)
                }
                try await delete(files, account, provider)
                var hasModels = false
                if let keeping = provider.keeping {
                    hasModels = try await deleteModels(account, keeping, unasked: includingUnknown)
                }
                // Only known once every list has been read.
                if leases.isEmpty, unknown.isEmpty, files.isEmpty, !hasModels {
                    dialogue.report("nothing of this project remains at \(account)")
                }
            }
        }
    }

    private func end(_ leases: [Lease], _ account: String, _ hosting: any Hosting) async {
        for lease in leases {
            guard (try? workspace.ledger.isInUse(lease)) == false else {
                dialogue.report("deployment \(lease.name) is kept: run \(lease.run) is using it")
                continue
            }
            await Deployments.end(
                account: account, name: lease.name, ledger: workspace.ledger,
                service: hosting.leases(store: workspace.nameAtProviders),
                run: RunID("clean"), note: dialogue.report)
        }
    }

    private func unknownDeployments(_ provider: ConnectedProvider, _ account: String) async throws -> [HostedDeployment] {
        guard let hosting = provider.hosting else { return [] }
        let known = Set(try workspace.ledger.leases().filter { $0.account == account }.map(\.name))
        return try await hosting.list().filter { DeploymentRequest.isGenerated($0.name) && !known.contains($0.name) }
    }

    private func delete(
        _ unknown: [String], _ account: String, _ hosting: any Hosting, unasked: Bool
    ) async throws {
        guard !unknown.isEmpty else { return }
        let summary =
            "\(unknown.joined(separator: ", ")) at \(account) \(unknown.count == 1 ? "is" : "are") not in this ledger "
            + "and may be another machine's"
        if !unasked {
            guard let ask = dialogue.ask else {
                dialogue.warn("\(summary); --yes deletes")
                return
            }
            guard await ask("\(summary). Delete?") else { return }
        }
        for name in unknown {
            try await hosting.delete(name)
            dialogue.report("deleted deployment \(name)")
        }
    }

    /// Deletes the tuned models of this ledger's jobs, each after confirmation: a deleted model cannot be restored.
    /// Models that carry the tag of another ledger's job are reported.
    /// - Returns: whether there was any model with a tag of this program, or may be one in a part of the account that
    ///   cannot be listed.
    private func deleteModels(_ account: String, _ keeping: any ModelKeeping, unasked: Bool) async throws -> Bool {
        let tags = Set(try workspace.ledger.jobs(JobFilter(account: account)).map(\.tag))
        let list = try await keeping.keptModels()
        for reason in list.unlisted { dialogue.warn("\(account): \(reason); models there are not deleted") }
        let models = list.items
        let others = models.filter { !tags.contains($0.tag) }.map(\.id)
        if !others.isEmpty {
            let isOne = others.count == 1
            dialogue.report(
                "\(others.count) tuned \(isOne ? "model" : "models") at \(account) with a tag that is not in this ledger "
                    + "\(isOne ? "is" : "are") kept: \(others.prefix(5).joined(separator: ", "))"
                    + (others.count > 5 ? " and \(others.count - 5) more" : ""))
        }
        for model in models where tags.contains(model.tag) {
            let base = model.base.map { ", tuned from \($0)," } ?? ""
            let summary =
                "the tuned model \(model.id)\(base) still exists with \(model.endpoints) "
                + "endpoint\(model.endpoints == 1 ? "" : "s"); after deletion, it must be tuned again"
            if !unasked {
                guard let ask = dialogue.ask else {
                    dialogue.warn("\(summary); --yes deletes it")
                    continue
                }
                guard await ask("\(summary). Delete?") else { continue }
            }
            try await keeping.delete(model)
            dialogue.report("deleted model \(model.id)")
        }
        return !models.isEmpty || !list.unlisted.isEmpty
    }

    private func delete(_ files: [RemoteFile], _ account: String, _ provider: ConnectedProvider) async throws {
        let open = try workspace.ledger.jobs(JobFilter(isOpen: true, account: account))
        guard open.isEmpty else {
            let numbers = open.map { String($0.id) }.joined(separator: ", ")
            if !files.isEmpty {
                dialogue.report("\(files.count) uploaded files are kept for uncollected jobs: job \(numbers) ('assay jobs')")
            }
            return
        }
        for file in files {
            if let id = file.remoteID {
                guard try await isGenerated(id, file, provider) else {
                    dialogue.report("file \(id) is kept: the provider does not name it \(file.name), as Assay did")
                    continue
                }
                try await provider.storage?.delete(id)
                dialogue.report("deleted file \(id) (\(file.name))")
            }
            try workspace.ledger.forgetFile(account: account, digest: file.digest, purpose: file.purpose)
        }
    }

    /// Whether a file at the provider has the name that Assay assigned, or is gone: other files are never deleted.
    private func isGenerated(_ id: String, _ file: RemoteFile, _ provider: ConnectedProvider) async throws -> Bool {
        guard file.name == RemoteFiles.name(digest: file.digest, purpose: file.purpose) else { return false }
        do {
            return try await provider.storage?.name(of: id) == file.name
        } catch let error as ProviderError where error.isNotFound {
            return true
        }
    }

    /// Calls `body` with the provider of an account.
    private func with<Value: Sendable>(
        account: String, _ body: (ConnectedProvider) async throws -> Value
    ) async throws -> Value {
        try await withHub { hub, accounts in
            guard let name = accounts[account] else {
                throw Refusal(
                    "\(options.spec) has no provider with the account '\(account)': name the spec that has one, or the --set "
                        + "of that run", code: .invalid)
            }
            return try await body(try await hub.provider(name))
        }
    }

    /// - Parameter waits: whether to wait for an emulated account used by another process; otherwise that is an
    /// error.
    private func withHub<Value: Sendable>(
        waits: Bool = true, _ body: (ProviderHub, [String: String]) async throws -> Value
    ) async throws -> Value {
        let prepared = try await PreparedPlan.prepare(options, workspace: workspace)
        let hub = ProviderHub(
            plan: prepared.plan, environment: prepared.observations.environment, prices: prepared.specs.base.prices,
            stateFolder: workspace.folder, waitsForAccounts: waits, note: dialogue.warn)
        let accounts = Dictionary(
            prepared.plan.accounts.map { ($0.account.name, $0.provider) }, uniquingKeysWith: { first, _ in first })
        let value: Value
        do {
            value = try await body(hub, accounts)
        } catch {
            await hub.close()
            throw error
        }
        await hub.close()
        return value
    }
}
