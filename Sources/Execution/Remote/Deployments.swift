// Deployments made for a run: put up when a step needs one, deleted when none does any more.

package import Basics
package import Foundation
package import Ledger

/// A provider's deployments, as far as leases need them.
package protocol DeploymentService: Sendable {
    /// Creates the deployment, or finds it as it is wanted, and waits until it is up.
    func create(_ wanted: DeploymentRequest, name: String) async throws
    /// Deletes it; no error when it is gone.
    func delete(name: String) async throws
}

/// A deployment that a step needs.
package struct DeploymentRequest: Sendable, Hashable {
    /// The steps that share the deployment, by a name of their own in the plan.
    package var group: String
    package var account: String
    package var emulated: Bool
    package var model: String
    package var sku: String
    package var capacity: Int
    package var hourly: Money
    /// How long it stays after the run; `nil` not at all, `.infinity` for good.
    package var keepSeconds: Double?

    package init(
        group: String, account: String, emulated: Bool, model: String, sku: String, capacity: Int, hourly: Money,
        keepSeconds: Double?
    ) {
        self.group = group
        self.account = account
        self.emulated = emulated
        self.model = model
        self.sku = sku
        self.capacity = capacity
        self.hourly = hourly
        self.keepSeconds = keepSeconds
    }

    /// `assay-` and 16 hex digits of account, model, sku and capacity.
    package var name: String { "assay-" + Digest(of: "\(account) \(model) \(sku) \(capacity)").short }
}

/// The deployments of one run.
package actor Deployments {
    private struct Up {
        var request: DeploymentRequest
        var service: any DeploymentService
        var ready: Task<Void, any Error>
    }

    private let ledger: Ledger
    private let run: RunID
    private let clock: any WallClock
    private let note: @Sendable (StepID?, String) -> Void
    /// The steps that may still need a deployment, by group.
    private var users: [String: Set<StepID>]
    private var up: [String: Up] = [:]

    /// - Parameter users: the steps of the plan that may need a deployment, by group.
    package init(
        ledger: Ledger, run: RunID, clock: any WallClock, users: [String: Set<StepID>],
        note: @escaping @Sendable (StepID?, String) -> Void
    ) {
        self.ledger = ledger
        self.run = run
        self.clock = clock
        self.users = users
        self.note = note
    }

    /// The name of a deployment that is up and stays up until the step has ended.
    package func acquire(_ request: DeploymentRequest, for step: StepID, service: any DeploymentService) async throws
        -> String
    {
        let name = request.name
        users[request.group, default: []].insert(step)
        if let existing = up[name] {
            try await existing.ready.value
            return name
        }
        let ledger = ledger, run = run, clock = clock
        let ready = Task {
            let now = await clock.now()
            let keepUntil = request.keepSeconds.map {
                $0.isInfinite ? Date.distantFuture : now.addingTimeInterval($0)
            }
            try ledger.openLease(Lease(
                name: name, account: request.account, model: request.model, sku: request.sku,
                capacity: request.capacity, hourly: request.hourly, emulated: request.emulated, run: run,
                keepUntil: keepUntil))
            try await service.create(request, name: name)
            try ledger.markUp(account: request.account, lease: name)
        }
        up[name] = Up(request: request, service: service, ready: ready)
        do {
            try await withTaskCancellationHandler { try await ready.value } onCancel: { ready.cancel() }
        } catch {
            // Whether it exists is not known; deleting what is not there is no error.
            await tearDown(name)
            throw error
        }
        return name
    }

    /// A step has ended, however: what nobody needs any more is deleted.
    package func ended(_ step: StepID) async {
        for (group, steps) in users where steps.contains(step) {
            users[group]?.remove(step)
            guard users[group]?.isEmpty ?? true else { continue }
            for (name, entry) in up where entry.request.group == group { await tearDown(name) }
        }
    }

    /// Deletes all that is up and not kept. Called at the end of a run, however it ended.
    /// - Returns: the names of those that stay.
    package func endAll() async -> [String] {
        for name in up.keys.sorted() { await tearDown(name) }
        return ((try? ledger.leases()) ?? []).filter { $0.run == run }.map(\.name)
    }

    private func tearDown(_ name: String) async {
        guard let entry = up.removeValue(forKey: name) else { return }
        if entry.request.keepSeconds != nil {
            note(nil, "deployment \(name) stays up: \(entry.request.hourly) an hour")
            return
        }
        await Deployments.end(
            account: entry.request.account, name: name, ledger: ledger, service: entry.service, clock: clock,
            run: run, note: { [note] in note(nil, $0) })
    }

    /// Deletes a leased deployment and records what its hours cost. A provider that refuses is asked again a few
    /// times; then the lease stays open, for the next command to end.
    package static func end(
        account: String, name: String, ledger: Ledger, service: any DeploymentService, clock: any WallClock,
        run: RunID, note: @Sendable (String) -> Void
    ) async {
        do {
            let lease = try ledger.beginEnding(account: account, lease: name)
            for attempt in 1...5 {
                do {
                    // Its own task: a run that was interrupted must still delete.
                    try await Task { try await service.delete(name: name) }.value
                    break
                } catch where attempt < 5 {
                    note("the provider does not delete \(name) yet (\(error)); trying again")
                    try await Task { try await clock.sleep(seconds: Double(attempt * attempt) * 2) }.value
                }
            }
            let now = await clock.now()
            let hours = lease.upAt.map { max(0, now.timeIntervalSince($0)) / 3600 } ?? 0
            let cost = lease.hourly * hours
            var spend: [Spend] = []
            if cost > .zero {
                spend.append(Spend(
                    run: run, step: StepID("deployment:\(name)"), key: nil, account: account,
                    emulated: lease.emulated, amount: cost, what: "hosting",
                    receipt: "hosting:\(name):\(lease.openedAt.timeIntervalSince1970)",
                    detail: ["hours": .double(hours), "model": .string(lease.model), "sku": .string(lease.sku)]))
            }
            try ledger.endLease(account: account, lease: name, spend: spend)
            note("deleted deployment \(name)" + (cost > .zero ? " (\(cost) for its hours)" : ""))
        } catch {
            note("deployment \(name) could not be deleted: \(error). It may bill; 'assay jobs clean' tries again")
        }
    }
}
