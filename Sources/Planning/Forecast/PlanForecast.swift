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
package struct ForecastBasis: Hashable, Sendable {
    package var prices: PriceTable?
    package var outlook: DatasetOutlook?

    package init(prices: PriceTable?, outlook: DatasetOutlook?) {
        self.prices = prices
        self.outlook = outlook
    }
}

/// The forecast of one paid step.
package struct StepForecast: Hashable, Sendable, Codable {
    /// Why there is no sum.
    package enum Unknown: Hashable, Sendable, Codable {
        /// The variant has no price table, or it lacks this model (or training it).
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
}

extension Plan {
    /// The forecasts of all steps that a provider bills for, whether they will run or not.
    /// - Parameters:
    ///   - basis: by variant; a step that several variants share is forecast by its first.
    ///   - examples: the examples that a split step made for a part, where its result is known.
    ///   - measured: tokens that the provider counted for requests alike; replaces the estimate.
    package func forecasts(
        basis: [VariantName: ForecastBasis], examples: (StepID, SplitPart) throws -> SplitExamples?,
        measured: (Step) -> MeasuredTokens? = { _ in nil }
    ) rethrows -> [StepID: StepForecast] {
        let positions = positions()
        var forecasts: [StepID: StepForecast] = [:]
        for step in steps where step.kind.isPaid {
            let basis = step.variants.first.flatMap { basis[$0] } ?? ForecastBasis(prices: nil, outlook: nil)
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
                ?? basis.outlook.flatMap { split.expectedCount(of: part, in: $0) }.map { .unseen(count: $0) }
            let labels = known?.labels ?? basis.outlook?.labels ?? []
            forecasts[step.id] = forecast(
                step, teaching: training, labels: labels, images: images, prices: basis.prices,
                measured: measured(step))
        }
        return forecasts
    }

    private func forecast(
        _ step: Step, teaching: AskedRequest?, labels: [String], images: RequestLoad.Images?,
        prices: PriceTable?, measured: MeasuredTokens?
    ) -> StepForecast {
        let account: ProviderAccount, own: String
        switch step.work {
        case .runBatch(let work): (account, own) = (work.identity.account, work.identity.model)
        case .askOnline(let work): (account, own) = (work.identity.account, work.identity.model)
        case .fineTune(let work): (account, own) = (work.identity.account, work.identity.model)
        default: return StepForecast(cost: .zero, unknown: nil, load: nil, isEmulated: false)
        }
        let model = pricedModel(own, of: step.work.provider)
        var forecast = StepForecast(cost: nil, unknown: nil, load: nil, isEmulated: account.isEmulated)
        guard let images else {
            forecast.unknown = .noImages
            return forecast
        }
        let rule = prices?.models[model]?.imageTokens
        func load(_ request: AskedRequest) -> RequestLoad {
            measured.map { RequestLoad(requests: images.count, likeMeasured: $0) }
                ?? RequestLoad(asking: request, labels: labels, about: images, rule: rule)
        }
        switch step.work {
        case .runBatch(let work):
            let load = load(work.identity.request)
            forecast.load = load
            forecast.cost = prices?.forecast(load, model: model, by: .batch)
        case .askOnline(let work):
            let load = load(work.identity.request)
            forecast.load = load
            forecast.cost = prices?.forecast(load, model: model, by: .online)
            if let prices, let deploy = work.settings.deploy, step.inputs.contains(where: { $0.name == FineTune.model }) {
                // Only a fine-tuned model's deployment bills by the hour.
                let hours = HourRange(
                    answering: load, concurrency: work.identity.latency?.concurrency ?? Plan.usualConcurrency,
                    capacity: deploy.capacity)
                forecast.cost = forecast.cost.map { $0 + prices.forecastHosting(hours, sku: deploy.sku) }
            }
        case .fineTune(let work):
            guard let teaching else { break }
            let load = RequestLoad(teaching: teaching, labels: labels, about: images, rule: rule)
            forecast.load = load
            if work.identity.method == .reinforcement {
                forecast.cost = prices?.forecastReinforcement(model: model)
            } else {
                forecast.cost = prices?.forecastTraining(
                    tokens: load.input, epochs: work.identity.hyperparameters.nEpochs, model: model,
                    type: work.identity.trainingType ?? .standard)
            }
        default: break
        }
        if forecast.cost == nil { forecast.unknown = .noPrice(model: model) }
        return forecast
    }

    /// Requests at once where latency is not measured, reckoned low so that hosting is not forecast too cheap.
    private static let usualConcurrency = 8

    /// The name under which the price table has a model: an emulated one may be priced as another.
    package func pricedModel(_ model: String, of provider: String?) -> String {
        if let provider, case .emulator(let emulator)? = providers[provider] { return emulator.priceAs ?? model }
        return model
    }
}

extension SplitDataset {
    /// Images of a part when the dataset holds what is expected; `nil` when the dataset brings its own parts.
    fileprivate func expectedCount(of part: SplitPart, in outlook: DatasetOutlook) -> Int? {
        let rule = identity.rule
        guard rule.source == .counts else { return nil }
        return min(rule.count(of: part), identity.limit ?? .max).saturatingMultiplied(by: outlook.labels.count)
    }
}
