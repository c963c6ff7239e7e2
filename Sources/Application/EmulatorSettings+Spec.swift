// Derives an emulator's settings from a spec: the models and deployments that its plan names, prices, delays.

import Basics
import EmulatorCore
import Foundation
import Planning
import Specification

/// The model names and deployments that a plan expects in an emulated account.
struct EmulatorUse {
    var models: Set<String> = []
    var deployments: [PreparedDeployment] = []

    init(plan: Plan, provider: String) {
        var seen: Set<String> = []
        func add(_ name: String, model: String, sku: String) {
            if seen.insert(name).inserted {
                deployments.append(PreparedDeployment(name: name, model: model, sku: sku))
            }
        }
        for step in plan.steps {
            guard let billed = step.work.billed, billed.provider == provider else { continue }
            switch billed {
            case .batch(let work):
                models.insert(work.identity.model)
                add(work.settings.deployment, model: work.identity.model, sku: "GlobalBatch")
                if let name = work.settings.onlineDeployment {
                    add(name, model: work.identity.model, sku: "GlobalStandard")
                }
            case .online(let work):
                models.insert(work.identity.model)
                if let name = work.settings.deployment { add(name, model: work.identity.model, sku: "GlobalStandard") }
            case .fineTune(let work): models.insert(work.identity.model)
            }
        }
    }

    init(models: Set<String>, deployments: [PreparedDeployment]) {
        self.models = models
        self.deployments = deployments
    }
}

extension AccountSettings {
    init(
        _ spec: EmulatorSpec, environment: Specification.Environment, stateFolder: String, use: EmulatorUse,
        prices: PriceTable?
    ) throws {
        func path(_ reference: FileReference?) throws -> String? {
            guard case .path(let path)? = try reference?.location(in: environment) else { return nil }
            return URL(fileURLWithPath: path).standardizedFileURL.path
        }
        let weights = try path(spec.weights)
        let classes = try path(spec.classes)
        self.init(
            account: spec.account,
            state: URL(fileURLWithPath: stateFolder).appending(spec.account, isFolder: true),
            models: use.models.sorted().map { CatalogueModel.named($0, weights: weights, classes: classes) })
        self.faults = try path(spec.faults).map { try FaultScript(file: $0) }
        if let screening = spec.screening {
            if let share = screening.share {
                self.screening = .share(share, seed: UInt64(screening.seed))
            } else {
                self.screening = .lines(training: Set(screening.training), validation: Set(screening.validation))
            }
        }
        if let latency = spec.latency {
            self.latency = LatencyModel(
                mean: latency.meanMilliseconds / 1000, spread: latency.standardDeviationMilliseconds / 1000)
        }
        if let table = prices {
            for model in use.models {
                guard let price = table.models[spec.priceAs ?? model] else { continue }
                var entry = EmulatorPrices.Model()
                entry.input = price.input.dollars
                entry.output = price.output.dollars
                entry.training = price.training[.standard]?.dollars ?? entry.training
                entry.trainingPerHour = price.trainingPerHour?.dollars ?? entry.trainingPerHour
                entry.hosting = table.hostingPerHour[.standard]?.dollars ?? entry.hosting
                self.prices.models[model] = entry
            }
        }
    }
}
