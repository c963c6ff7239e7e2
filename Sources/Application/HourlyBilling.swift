// Resources of a plan that are billed by the hour.

package import Basics
import Planning
import ProviderKit
import Providers
import Specification
import Steps

/// Hourly charges at one provider, which apply whether or not requests are sent.
package struct HourlyBilling: Sendable {
    /// A deployment that the run creates and deletes.
    package struct Item: Hashable, Sendable {
        /// The model in the spec.
        package var model: String
        /// The price of an hour; `nil` if no table has it.
        package var price: Money?
        /// Whether it outlives the run.
        package var isKept: Bool
    }

    /// The provider's name in the spec.
    package var provider: String
    /// Empty if nothing is billed by the hour.
    package var items: [Item]
    /// The provider's general rule for hourly charges.
    package var general: String
    /// Whether the provider is emulated, so that its dollars are not real.
    package var isEmulated: Bool

    /// The providers that the pending steps of a plan pay, in the order of the plan.
    static func all(in prepared: PreparedPlan) -> [HourlyBilling] {
        var billings: [HourlyBilling] = []
        for (index, step) in prepared.plan.steps.enumerated() where prepared.willRun(index) {
            guard let billed = step.work.billed, let settings = prepared.plan.providers[billed.provider] else { continue }
            let at: Int
            if let known = billings.firstIndex(where: { $0.provider == billed.provider }) {
                at = known
            } else {
                at = billings.count
                billings.append(
                    HourlyBilling(
                        provider: billed.provider, items: [],
                        general: (try? builtInProviders.plugin(for: settings))?.capabilities.hourly ?? "unknown",
                        isEmulated: settings.isEmulated))
            }
            switch billed {
            case .batch, .fineTune: continue
            case .online(let work):
                guard let deploy = work.settings.deploy, work.settings.deployment == nil else { continue }
                let isTuned = step.inputs.contains { $0.name == FineTune.model }
                guard isTuned || deploy.sku.isProvisioned else { continue }
                let loaded = step.variants.first.flatMap { name in prepared.specs.variants.first { $0.name == name }?.loaded }
                let item = Item(
                    model: step.models.first ?? work.identity.model,
                    price: isTuned
                        ? loaded?.pricing(of: settings).hosting(hours: 1, model: work.identity.model, sku: deploy.sku) : nil,
                    isKept: deploy.keep != .no)
                if !billings[at].items.contains(item) { billings[at].items.append(item) }
            }
        }
        return billings
    }

    /// `the deployment of 'tuned', $1.70 per hour until the run deletes it`, or what is known about a provider where nothing
    /// is billed by the hour.
    package var text: String {
        guard !items.isEmpty else { return general.hasPrefix("nothing") ? general : "nothing in this plan" }
        return items.map { item in
            let price = item.price.map { "\($0) per hour" } ?? "at an hourly price that no table has"
            return "the deployment of '\(item.model)', \(price) until \(item.isKept ? "you delete" : "the run deletes") it"
        }.joined(separator: "; ") + (isEmulated ? " (emulated)" : "")
    }
}

extension DeploymentSKU {
    /// Whether the deployment is billed for its capacity and not for its tokens.
    fileprivate var isProvisioned: Bool {
        switch self {
        case .provisionedManaged, .globalProvisionedManaged, .dataZoneProvisionedManaged: true
        case .standard, .globalStandard, .dataZoneStandard, .globalBatch, .dataZoneBatch, .developerTier: false
        }
    }
}
