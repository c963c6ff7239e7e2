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
    /// The provider's time, by which it bills.
    var clock: any WallClock { get }
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

    /// How the names of our deployments begin.
    package static let namePrefix = "assay-"

    /// `assay-` and 16 hex digits of account, model, sku and capacity.
    package var name: String { DeploymentRequest.namePrefix + Digest(of: "\(account) \(model) \(sku) \(capacity)").short }
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
    private let note: @Sendable (StepID?, String) -> Void
    /// The steps that may still need a deployment, by group.
    private var users: [String: Set<StepID>]
    private var up: [String: Up] = [:]
    private var endings: [String: Task<Void, Never>] = [:]

    /// - Parameter users: the steps of the plan that may need a deployment, by group.
    package init(
        ledger: Ledger, run: RunID, users: [String: Set<StepID>], note: @escaping @Sendable (StepID?, String) -> Void
    ) {
        self.ledger = ledger
        self.run = run
        self.users = users
        self.note = note
    }

    /// The name of a deployment that is up and stays up until the step has ended.
    package func acquire(_ request: DeploymentRequest, for step: StepID, service: any DeploymentService) async throws
        -> String
    {
        let name = request.name
        users[request.group, default: []].insert(step)
        while let ending = endings[name] { await ending.value }
        if let existing = up[name] {
            try await existing.ready.value
            return name
        }
        let ledger = ledger, run = run, note = note
        let ready = Task {
            let now = await service.clock.now()
            let keepUntil = request.keepSeconds.map {
                $0.isInfinite ? Date.distantFuture : Date().addingTimeInterval($0)
            }
            let lease = Lease(
                name: name, account: request.account, model: request.model, sku: request.sku,
                capacity: request.capacity, hourly: request.hourly, emulated: request.emulated, run: run,
                keepUntil: keepUntil)
            var isTold = false
            while true {
                do {
                    try ledger.openLease(lease, at: now)
                    break
                } catch LedgerError.leaseEnding {
                    if !isTold { note(step, "another process deletes deployment \(name); waiting for its end") }
                    isTold = true
                    // Another process on this machine is waited for, not the provider: its clock does not count here.
                    try await Task.sleep(for: .seconds(1))
                }
            }
            try await service.create(request, name: name)
            try ledger.markUp(account: request.account, lease: name, at: await service.clock.now())
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

    /// Deletes all that is up and not kept, and waits for deletions under way. Called at the end of a run, however it
    /// ended.
    package func endAll() async {
        for name in up.keys.sorted() { await tearDown(name) }
        for ending in endings.values { await ending.value }
    }

    private func tearDown(_ name: String) async {
        if let ending = endings[name] { return await ending.value }
        guard let entry = up.removeValue(forKey: name) else { return }
        let request = entry.request, ledger = ledger, run = run, note = note
        // Its own task: a run that was interrupted must still delete.
        let ending = Task {
            do {
                let isLast = try ledger.leaveLease(
                    account: request.account, lease: name, run: run, keeping: request.keepSeconds != nil)
                guard isLast else {
                    let reason = request.keepSeconds == nil ? "another run uses it" : "\(request.hourly) an hour"
                    return note(nil, "deployment \(name) stays up: \(reason)")
                }
            } catch {
                note(nil, "the ledger does not know who else uses \(name) (\(error)); deleting it")
            }
            await Deployments.end(
                account: request.account, name: name, ledger: ledger, service: entry.service, run: run,
                note: { note(nil, $0) })
        }
        endings[name] = ending
        await ending.value
        endings[name] = nil
    }

    /// Deletes a leased deployment and records what its hours cost. A provider that refuses is asked again a few
    /// times; then the lease stays open, for the next command to end.
    package static func end(
        account: String, name: String, ledger: Ledger, service: any DeploymentService, run: RunID,
        note: @Sendable (String) -> Void
    ) async {
        do {
            let lease = try ledger.beginEnding(account: account, lease: name)
            let asked = await service.clock.now()
            for attempt in 1...5 {
                do {
                    try await service.delete(name: name)
                    break
                } catch where attempt < 5 {
                    note("the provider does not delete \(name) yet (\(error)); trying again")
                    try await service.clock.sleep(seconds: Double(attempt * attempt) * 2)
                }
            }
            // A run that died may not have seen that it was up: then it is counted from the call that made it.
            let hours = max(0, asked.timeIntervalSince(lease.upAt ?? lease.openedAt)) / 3600
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
