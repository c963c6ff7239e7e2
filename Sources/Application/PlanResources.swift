// The resources of a plan at providers: files to upload and deployments to create, with their states.

import Basics
import Foundation
package import Ledger
import Planning
import Steps

/// A resource that a step needs at a provider.
package struct PlanResource: Sendable {
    /// Whether the resource exists, will be created, or is not needed by any step that runs.
    package enum State: String, Sendable { case held, needed, notNeeded = "not-needed" }

    /// `file:STEP` or `deployment:GROUP`.
    package var id: String
    /// `uploaded-file` or `deployment`.
    package var kind: String
    /// Whether it exists or will be created.
    package var state: State
}

/// Lists the resources that a plan's steps need at providers.
package struct PlanResources {
    let prepared: PreparedPlan
    let ledger: Ledger

    /// - Parameter ledger: records existing uploads and deployments.
    package init(prepared: PreparedPlan, ledger: Ledger) {
        self.prepared = prepared
        self.ledger = ledger
    }

    /// The resources in the order of the steps that need them, each once.
    package func list() throws -> [PlanResource] {
        let positions = prepared.plan.positions()
        let files = try ledger.files()
        let leases = try ledger.leases()
        var resources: [PlanResource] = []
        for (index, step) in prepared.plan.steps.enumerated() {
            func file(_ input: StepInput, account: ProviderAccount) {
                let digest = positions[input.from].flatMap { prepared.statuses[$0].outputs[input.output] }
                let isHeld =
                    digest.map { digest in
                        files.contains {
                            $0.digest == digest && $0.remoteID != nil && $0.account == account.name
                                && ($0.expiresAt.map { $0 > Date() } ?? true)
                        }
                    } ?? false
                let state: PlanResource.State = isHeld ? .held : prepared.willRun(index) ? .needed : .notNeeded
                let id = "file:\(input.from)"
                if !resources.contains(where: { $0.id == id }) {
                    resources.append(PlanResource(id: id, kind: "uploaded-file", state: state))
                }
            }
            switch step.work.billed {
            case nil: continue
            case .batch(let work):
                for input in step.inputs where input.role == .onDemand { file(input, account: work.identity.account) }
            case .fineTune(let work): for input in step.inputs { file(input, account: work.identity.account) }
            case .online(let work):
                guard work.settings.deploy != nil, work.settings.deployment == nil else { continue }
                let id = "deployment:\(AskOnlineGroup.of(step))"
                let isUp = leases.contains { $0.account == work.identity.account.name && $0.state == .up }
                let state: PlanResource.State = prepared.willRun(index) ? (isUp ? .held : .needed) : .notNeeded
                if let at = resources.firstIndex(where: { $0.id == id }) {
                    if state != .notNeeded { resources[at].state = state }
                } else {
                    resources.append(PlanResource(id: id, kind: "deployment", state: state))
                }
            }
        }
        return resources
    }
}
