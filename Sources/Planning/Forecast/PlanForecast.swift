// What each paid step of a plan will cost, before it runs and as far as its images are known.

package import Basics
package import Specification

/// What a dataset will hold, as far as the spec says before it is there.
package struct DatasetOutlook: Hashable, Sendable {
    package var labels: [String]
    /// Images of each label.
    package var perLabel: Int?

    package init(labels: [String], perLabel: Int? = nil) {
        self.labels = labels
        self.perLabel = perLabel
    }

    /// - Parameter expected: the labels of `expect`, read already.
    /// - Returns: `nil` when the spec says nothing.
    package init?(_ dataset: DatasetSpec, expected: [String]?) {
        if case .generate(let generate) = dataset.source {
            // Names are drawn with the pictures; only their length matters here, and not much.
            self.init(labels: (0..<generate.labels).map { "picture \($0)" }, perLabel: generate.perLabel)
        } else if let expected {
            self.init(labels: expected, perLabel: dataset.expect?.perLabel)
        } else {
            return nil
        }
    }
}

/// What a variant's forecast is made with.
package struct ForecastBasis: Sendable {
    /// What each provider of the plan charges.
    package var pricing: @Sendable (ProviderSpec) -> Pricing
    package var outlook: DatasetOutlook?

    package init(outlook: DatasetOutlook?, pricing: @escaping @Sendable (ProviderSpec) -> Pricing) {
        self.pricing = pricing
        self.outlook = outlook
    }
}

/// The forecast of one paid step.
package struct StepForecast: Hashable, Sendable, Codable {
    /// Why there is no sum.
    package enum Unknown: Hashable, Sendable, Codable {
        /// The price table lacks this model, training it, or hosting it.
        case noPrice(model: String)
        /// Neither the images nor what to expect are known.
        case noImages
    }

    /// `nil` where `unknown` says why.
    package var cost: CostRange?
    package var unknown: Unknown?
    /// Requests, or training examples of one epoch, with their tokens.
    package var load: RequestLoad?
    /// An emulator's dollars are counted apart.
    package var isEmulated: Bool

    /// Whether a server on another machine answers, which may charge whatever the spec says of its prices.
    package var isElsewhere = false

    /// Whether real money is, or may be, due for it. That a server elsewhere charges nothing is only what the spec says.
    package var needsConsent: Bool { !isEmulated && (isElsewhere || cost.map { $0.high > .zero } ?? true) }
}

extension StepForecast.Unknown: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noPrice(let model): "'\(model)' has no price for it"
        case .noImages: "the images are not known yet"
        }
    }
}

extension Plan {
    /// The forecasts of all steps that a provider bills for, whether they will run or not.
    /// - Parameters:
    ///   - basis: by variant; a step that several variants share is forecast by its first.
    ///   - examples: the examples that a split step made for a part, where its result is known.
    ///   - wanted: the steps that are forecast; `nil` for all.
    ///   - measured: tokens that the provider counted for requests alike; replaces the estimate.
    package func forecasts(
        basis: [VariantName: ForecastBasis], of wanted: Set<StepID>? = nil, examples: (StepID, SplitPart) throws -> SplitExamples?,
        measured: (Step) -> MeasuredTokens? = { _ in nil }
    ) rethrows -> [StepID: StepForecast] {
        let positions = positions()
        var forecasts: [StepID: StepForecast] = [:]
        for step in steps where step.kind.definition.isPaid && wanted?.contains(step.id) ?? true {
            let basis = step.variants.first.flatMap { basis[$0] }
            let pricing = step.work.provider.flatMap { providers[$0] }.flatMap { basis?.pricing($0) }
            var source = step
            var training: AskedRequest?
            if case .fineTune = step.work {
                // Its examples stand behind the file that it trains on.
                guard let data = step.inputs.first(where: { $0.name == SplitPart.train.rawValue }),
                    let at = positions[data.from], case .writeTrainingData(let work) = steps[at].work
                else { continue }
                source = steps[at]
                training = AskedRequest(teaching: work.identity)
            }
            guard let input = source.inputs.first(where: { $0.name == "examples" }),
                let part = SplitPart(rawValue: input.output), let at = positions[input.from],
                case .splitDataset(let split) = steps[at].work
            else { continue }
            let known = try examples(input.from, part)
            let images =
                known.map { RequestLoad.Images.seen($0.examples) }
                ?? basis?.outlook.flatMap { split.expectedCount(of: part, in: $0) }.map { .unseen(count: $0) }
            let labels = known?.labels ?? basis?.outlook?.labels ?? []
            forecasts[step.id] = forecast(
                step, teaching: training, labels: labels, images: images, pricing: pricing ?? Pricing(table: nil),
                measured: measured(step))
        }
        return forecasts
    }

    private func forecast(
        _ step: Step, teaching: AskedRequest?, labels: [String], images: RequestLoad.Images?,
        pricing: Pricing, measured: MeasuredTokens?
    ) -> StepForecast {
        guard let billed = step.work.billed else {
            return StepForecast(cost: .zero, unknown: nil, load: nil, isEmulated: false)
        }
        let (account, own) = (billed.account, billed.model)
        var forecast = StepForecast(cost: nil, unknown: nil, load: nil, isEmulated: account.isEmulated)
        forecast.isElsewhere = !account.isOnThisMachine
        if pricing.isFree(own) { forecast.cost = .zero }
        guard let images else {
            guard forecast.cost == nil else { return forecast }
            // What has no price has none for any number of images.
            let none = self.forecast(
                step, teaching: teaching, labels: labels, images: .unseen(count: 0), pricing: pricing, measured: nil)
            forecast.unknown = none.unknown ?? .noImages
            return forecast
        }
        let rule = pricing.table?.models[pricing.name(of: own)]?.imageTokens
        func load(_ request: AskedRequest) -> RequestLoad {
            measured.map { RequestLoad(requests: images.count, likeMeasured: $0) }
                ?? RequestLoad(asking: request, labels: labels, about: images, rule: rule)
        }
        switch billed {
        case .batch(let work):
            let load = load(work.identity.request)
            forecast.load = load
            forecast.cost = pricing.forecast(load, model: own, by: .batch)
        case .online(let work):
            var load = load(work.identity.request)
            // Requests before a measurement are paid for too.
            if let latency = work.identity.latency { load = load.adding(requests: min(latency.warmup, load.requests)) }
            forecast.load = load
            let isTuned = step.inputs.contains { $0.name == FineTune.model }
            forecast.cost = pricing.forecast(load, model: own, isTuned: isTuned, by: .online)
            if let deploy = work.settings.deploy, isTuned, !account.isOpenAI {
                // Only a fine-tuned model's deployment bills by the hour.
                var hours = HourRange(
                    answering: load, concurrency: work.identity.latency?.concurrency ?? Plan.usualConcurrency,
                    capacity: deploy.capacity)
                if case .duration(let kept) = deploy.keep {
                    hours = hours.adding(hours: Double(kept.components.seconds) / 3600)
                }
                let hosting = pricing.forecastHosting(hours, model: own, sku: deploy.sku)
                forecast.cost = forecast.cost.flatMap { cost in hosting.map { cost + $0 } }
            }
        case .fineTune(let work):
            guard let teaching else { break }
            let load = RequestLoad(teaching: teaching, labels: labels, about: images, rule: rule)
            forecast.load = load
            if work.identity.method == .reinforcement {
                forecast.cost = pricing.forecastReinforcement(model: own)
            } else {
                forecast.cost = pricing.forecastTraining(
                    tokens: load.input, epochs: work.identity.hyperparameters.nEpochs, model: own,
                    type: work.identity.trainingType ?? .standard)
            }
        }
        if forecast.cost == nil { forecast.unknown = .noPrice(model: pricing.name(of: own)) }
        return forecast
    }

    /// Requests at once where latency is not measured, reckoned low so that hosting is not forecast too cheap.
    private static let usualConcurrency = 8
}

extension SplitDataset {
    /// Images of a part when the dataset holds what is expected; `nil` when the dataset brings its own parts, or a
    /// percentage is of an unknown number.
    fileprivate func expectedCount(of part: SplitPart, in outlook: DatasetOutlook) -> Int? {
        let rule = identity.rule
        guard rule.source == .counts else { return nil }
        if let shares = rule.shares {
            guard let all = outlook.perLabel else { return nil }
            let count = shares.counts(of: min(all, rule.first ?? .max))[part] ?? 0
            return min(count, identity.limit ?? .max).saturatingMultiplied(by: outlook.labels.count)
        }
        return min(rule.count(of: part), identity.limit ?? .max).saturatingMultiplied(by: outlook.labels.count)
    }
}
