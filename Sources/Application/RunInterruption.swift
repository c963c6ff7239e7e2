// Interrupts a run of another process, as Ctrl-C in its terminal does.

import Foundation
import Glibc
package import Ledger

extension Workspace {
    /// Asks a run in progress to stop: its process gets the signal that Ctrl-C sends, once. It deletes its deployments
    /// and ends as `interrupted`; the next run continues.
    ///
    /// A second signal would end the process immediately and leave its deployments running, so none is sent.
    /// - Throws: `Refusal` if the ledger is not this user's, if the run is not running on this machine, or if it was
    /// asked to stop before.
    package func interrupt(_ run: RunRecord) throws {
        try requireOwn(to: "interrupt a run")
        guard let current = try ledger.run(run.id), current.state == "running" else {
            throw Refusal("\(run.id) is not running", code: .invalid)
        }
        let owner = current.owner
        guard owner.host == ProcessOwner.current.host else {
            throw Refusal("\(run.id) is running on \(owner.host): interrupt it there", code: .invalid)
        }
        // The start time distinguishes the run's process from a later one with the same id.
        guard owner.isAlive(heartbeat: current.startedAt, now: Date()) else {
            throw Refusal("the process of \(run.id) is gone: 'assay status' closes the run", code: .invalid)
        }
        let isAsked = try ledger.events(of: run.id).contains { $0.what == Workspace.interruptionEvent }
        guard !isAsked, LiveRun.read(run.id, in: self)?.isStopping != true else {
            throw Refusal("\(run.id) was asked to stop and is deleting its deployments first", code: .invalid)
        }
        try ledger.record(event: Workspace.interruptionEvent, run: run.id)
        guard owner.pid > 1, owner.pid != getpid(), kill(owner.pid, SIGINT) == 0 else {
            throw Refusal("process \(owner.pid) of \(run.id) cannot be signalled by this user", code: .failure)
        }
    }

    private static let interruptionEvent = "interruption"

    /// Refuses an action on a ledger that is not this user's, without a question.
    /// - Parameter purpose: the intended action, such as `delete a run`.
    package func requireOwn(to purpose: String) throws {
        guard ownership != .own else { return }
        throw Refusal(
            "\(ownership.text(ledger.path)). Refusing to \(purpose): inspect it with 'assay runs' and 'assay jobs', and "
                + "make it yours with '\(Workspace.takeOverCommand)'",
            code: .invalid)
    }
}
