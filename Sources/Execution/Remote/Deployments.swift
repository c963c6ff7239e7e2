// Deployments created for a run: created when a step needs one, and deleted when no step needs it any longer.

package import Basics
package import Foundation
package import Ledger
package import ProviderKit

/// The deployments of one run. Each is recorded in the ledger before it is created, so that a later command can
/// delete it.
package actor Deployments {
    /// Identifies a deployment at the provider.
    private struct Identity: Hashable, Comparable {
        var account: String
        var name: String

        static func < (one: Identity, other: Identity) -> Bool {
            (one.account, one.name) < (other.account, other.name)
        }
    }

    private struct Up {
        var request: DeploymentRequest
        /// The groups that requested it. It is deleted when none of their steps needs it any longer.
        var groups: Set<String>
        /// The longest time for which any group keeps it after the run; `nil` for not at all.
        var keepSeconds: Double?
        var service: any DeploymentService
        var ready: Task<Void, any Error>
    }

    private let ledger: Ledger
    private let run: RunID
    private let note: @Sendable (StepID?, String) -> Void
    /// The steps that may still need a deployment, by group.
    private var users: [String: Set<StepID>]
    private var up: [Identity: Up] = [:]
    private var endings: [Identity: Task<Void, Never>] = [:]

    /// - Parameter users: the steps of the plan that may need a deployment, by group.
    package init(
        ledger: Ledger, run: RunID, users: [String: Set<StepID>], note: @escaping @Sendable (StepID?, String) -> Void
    ) {
        self.ledger = ledger
        self.run = run
        self.users = users
        self.note = note
    }

    /// Returns the name of a ready deployment, which stays up until the step has ended.
    package func acquire(
        _ request: DeploymentRequest, for step: StepID, service: any DeploymentService
    ) async throws
        -> String
    {
        let name = request.name
        let identity = Identity(account: request.account, name: name)
        users[request.group, default: []].insert(step)
        while let ending = endings[identity] { await ending.value }
        if var existing = up[identity] {
            existing.groups.insert(request.group)
            existing.keepSeconds = [existing.keepSeconds, request.keepSeconds].compactMap(\.self).max()
            up[identity] = existing
            try await existing.ready.value
            return name
        }
        let ledger = ledger, run = run, note = note
        let ready = Task { () throws -> Void in
            let now = await service.clock.now()
            let keepUntil = request.keepSeconds.map(Deployments.end(after:))
            let lease = Lease(
                name: name, account: request.account, model: request.model, sku: request.sku,
                capacity: request.capacity, hourly: request.hourly, emulated: request.emulated, run: run,
                keepUntil: keepUntil)
            var isReported = false
            let opened: Lease
            while true {
                do {
                    opened = try ledger.openLease(lease, at: now)
                    break
                } catch LedgerError.leaseEnding {
                    if !isReported { note(step, "another process is deleting deployment \(name); waiting until it ends") }
                    isReported = true
                    // This waits for another local process, not for the provider, so the provider's clock does not
                    // apply.
                    try await Task.sleep(for: .seconds(1))
                }
            }
            do {
                try await service.create(request, name: name)
            } catch  where service.isRejectedBeforeSending(error) && opened.state == .opening {
                throw RefusedBeforeSending(reason: error)
            }
            try ledger.markUp(account: request.account, lease: name, at: await service.clock.now())
        }
        up[identity] = Up(
            request: request, groups: [request.group], keepSeconds: request.keepSeconds, service: service, ready: ready)
        do {
            try await withTaskCancellationHandler {
                try await ready.value
            } onCancel: {
                ready.cancel()
            }
        } catch let error as RefusedBeforeSending {
            // Nothing was sent, so there is nothing to delete now or later.
            up[identity] = nil
            _ = try? ledger.endLease(account: request.account, lease: name)
            throw error.reason
        } catch {
            if error is DeploymentMismatch {
                // The run did not create this deployment, so it must not delete it.
                up[identity] = nil
                _ = try? ledger.endLease(account: request.account, lease: name)
            } else {
                // It may or may not exist; deleting a missing deployment is not an error.
                await tearDown(identity)
            }
            throw error
        }
        return name
    }

    /// A create call that was refused before it was sent.
    private struct RefusedBeforeSending: Error {
        var reason: any Error
    }

    /// Records that a step has ended, in any state, and deletes every deployment whose last user it was.
    package func ended(_ step: StepID) async {
        for (group, steps) in users where steps.contains(step) { users[group]?.remove(step) }
        for identity in up.keys.sorted() where !isNeeded(identity) { await tearDown(identity) }
    }

    private func isNeeded(_ identity: Identity) -> Bool {
        up[identity]?.groups.contains { users[$0]?.isEmpty == false } ?? false
    }

    /// The date until which a deployment is kept.
    private static func end(after seconds: Double) -> Date {
        seconds.isInfinite ? .distantFuture : Date().addingTimeInterval(seconds)
    }

    /// Deletes all deployments that are not kept, and waits for deletions in progress. Called at the end of every
    /// run, however it ended.
    package func endAll() async {
        for identity in up.keys.sorted() { await tearDown(identity) }
        for ending in endings.values { await ending.value }
    }

    private func tearDown(_ identity: Identity) async {
        if let ending = endings[identity] { return await ending.value }
        guard let entry = up.removeValue(forKey: identity) else { return }
        let name = identity.name
        let request = entry.request, ledger = ledger, run = run, note = note
        let keepUntil = entry.keepSeconds.map(Deployments.end(after:))
        // Deletion has its own task, because an interrupted run must still delete.
        let ending = Task {
            do {
                switch try ledger.leaveLease(account: request.account, lease: name, run: run, keepUntil: keepUntil) {
                case .last: break
                case .shared: return note(nil, "deployment \(name) is kept: another run uses it")
                case .kept: return note(nil, "deployment \(name) is kept: \(request.hourly) an hour")
                }
            } catch {
                note(nil, "the ledger cannot be read to find other users of \(name) (\(error)); deleting it")
            }
            await Deployments.end(
                account: request.account, name: name, ledger: ledger, service: entry.service, run: run,
                note: { note(nil, $0) })
        }
        endings[identity] = ending
        await ending.value
        endings[identity] = nil
    }

    /// Deletes a leased deployment and records the cost of its hours. If the provider refuses repeatedly, the lease
    /// stays open for the next command.
    package static func end(
        account: String, name: String, ledger: Ledger, service: any DeploymentService, run: RunID,
        note: @Sendable (String) -> Void
    ) async {
        do {
            guard DeploymentRequest.isGenerated(name) else {
                return note("deployment \(name) was not created by Assay and is never deleted by it")
            }
            let lease = try ledger.beginEnding(account: account, lease: name)
            let asked = await service.clock.now()
            var isGone = true
            for attempt in 1...5 {
                do {
                    isGone = try await service.release(name: name)
                    break
                } catch  where attempt < 5 && !service.isRejectedBeforeSending(error) {
                    note("the provider has not deleted \(name) yet (\(error)); trying again")
                    try await service.clock.sleep(seconds: Double(attempt * attempt) * 2)
                }
            }
            // A run that died may not have recorded that the deployment was ready; then its creation counts.
            let hours = max(0, asked.timeIntervalSince(lease.upAt ?? lease.openedAt)) / 3600
            let cost = lease.hourly * hours
            var spend: [Spend] = []
            if cost > .zero {
                spend.append(
                    Spend(
                        run: run, step: StepID("deployment:\(name)"), key: nil, account: account,
                        emulated: lease.emulated, amount: cost, what: "hosting",
                        receipt: "hosting:\(name):\(lease.openedAt.timeIntervalSince1970)",
                        detail: ["hours": .double(hours), "model": .string(lease.model), "sku": .string(lease.sku)]))
            }
            try ledger.endLease(account: account, lease: name, spend: spend)
            note(
                (isGone ? "deleted deployment \(name)" : "deployment \(name) is kept: another project uses it and will delete it")
                    + (cost > .zero ? " (\(cost) for its hours\(lease.emulated ? " of virtual time, emulated" : ""))" : ""))
        } catch {
            note("deployment \(name) could not be deleted: \(error). It may still be billed; 'assay jobs clean' retries")
        }
    }
}
