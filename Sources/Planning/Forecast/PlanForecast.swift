// Forecasts the cost of each paid step of a plan, as far as its images are known.

package import Basics
package import Specification

/// The expected contents of a dataset, as far as the spec describes them before the dataset is available.
package struct DatasetOutlook: Hashable, Sendable {
    /// The labels; prompts list them, so their length affects the cost.
    package var labels: [String]
    /// The number of images per label; `nil` when unknown.
    package var perLabel: Int?
    /// The number of images of each item: the frames of a clip, else 1.
    package var imagesPerItem = 1

    /// - Parameter perLabel: the number of images per label; `nil` when unknown.
    package init(labels: [String], perLabel: Int? = nil) {
        self.labels = labels
        self.perLabel = perLabel
    }

    /// Derives the expected contents from a dataset's spec.
    /// - Parameter expected: the labels of `expect`, already read.
    /// - Returns: `nil` when the spec describes no expected contents.
    package init?(_ dataset: DatasetSpec, expected: [String]?) {
        if case .generate(let generate) = dataset.source {
            // The generator chooses the names; only their length matters here, and only slightly.
            self.init(labels: (0..<generate.labels).map { "picture \($0)" }, perLabel: generate.perLabel)
        } else if let expected {
            self.init(labels: expected, perLabel: dataset.expect?.perLabel)
            imagesPerItem = dataset.frames?.count ?? 1
        } else {
            return nil
        }
    }
}

/// The inputs of a variant's forecast.
package struct ForecastBasis: Sendable {
    /// Returns the pricing of a provider of the plan.
    package var pricing: @Sendable (ProviderSpec) -> Pricing
    /// The expected contents of the dataset; `nil` when the spec describes none.
    package var outlook: DatasetOutlook?

    /// - Parameter outlook: used only for splits with no known examples.
    package init(outlook: DatasetOutlook?, pricing: @escaping @Sendable (ProviderSpec) -> Pricing) {
        self.pricing = pricing
        self.outlook = outlook
    }
}

/// The forecast of one paid step.
package struct StepForecast: Hashable, Sendable, Codable {
    /// The reason why there is no amount.
    package enum Unknown: Hashable, Sendable, Codable {
        /// The price table lacks this model, or its price for training or hosting.
        case noPrice(model: String, of: MissingPrice = .model)
        /// Neither the images nor the expected contents are known.
        case noImages
    }

    /// The part of a model's prices that the price table lacks.
    package enum MissingPrice: String, Hashable, Sendable, Codable {
        /// The model itself, or its hosting.
        case model
        /// Only its training; requests to it have a price.
        case training
    }

    /// The forecast cost in US dollars; `nil` when `unknown` gives a reason.
    package var cost: CostRange?
    /// The reason why there is no cost; `nil` when the cost is known.
    package var unknown: Unknown?
    /// The requests, or the training examples of one epoch, with their tokens; `nil` when the images are unknown.
    package var load: RequestLoad?
    /// Whether an emulator does the work; emulated dollars are counted separately.
    package var isEmulated: Bool

    /// Whether a server on another machine does the work; it may charge money even if the spec gives no price.
    package var isElsewhere = false

    /// Whether the work costs, or may cost, real money. For a remote server, a price of zero in the spec does not
    /// prove that the work is free.
    package var needsConsent: Bool { !isEmulated && (isElsewhere || cost.map { $0.high > .zero } ?? true) }
}

extension StepForecast.Unknown: CustomStringConvertible {
    /// The reason, worded for the forecast that the user reads.
    package var description: String {
        switch self {
        case .noPrice(let model, .model): "'\(model)' has no price for it"
        case .noPrice(let model, .training): "'\(model)' has no price for training"
        case .noImages: "the images are not known yet"
        }
    }
}

extension Plan {
    /// The forecasts of all steps that a provider bills for, whether or not they will run.
    /// - Parameters:
    ///   - basis: the inputs by variant; a step that several variants share uses its first variant.
    ///   - wanted: the steps to forecast; `nil` for all.
    ///   - examples: returns the examples that a split step produced for a part; `nil` when its result is unknown.
    ///   - measured: returns the tokens that the provider counted for similar requests; they replace the estimate.
    package func forecasts(
        basis: [VariantName: ForecastBasis], of wanted: Set<StepID>? = nil,
        examples: (StepID, SplitPart) throws -> SplitExamples?,
        measured: (Step) -> MeasuredTokens? = { _ in nil }
    ) rethrows -> [StepID: StepForecast] {
        let positions = positions()
        var forecasts: [StepID: StepForecast] = [:]
        for step in steps where step.kind.definition.isPaid && wanted?.contains(step.id) ?? true {
            let basis = step.variants.first.flatMap { basis[$0] }
            let pricing = step.work.provider.flatMap { providers[$0] }.flatMap { basis?.pricing($0) }
            var source = step
            var training: PreparedRequest?
            if case .fineTune = step.work {
                // Its examples are an input of the step that writes the training file.
                guard let data = step.inputs.first(where: { $0.name == SplitPart.train.rawValue }),
                    let at = positions[data.from], case .writeTrainingData(let work) = steps[at].work
                else { continue }
                source = steps[at]
                training = PreparedRequest(teaching: work.identity)
            }
            // A judge gets the items of a score, which are those of the examples that the score reads.
            if let items = source.inputs.first(where: { $0.name == "examples" }), let at = positions[items.from],
                case .score = steps[at].work
            {
                source = steps[at]
            }
            guard let input = source.inputs.first(where: { $0.name == "examples" }),
                let part = SplitPart(rawValue: input.output), let at = positions[input.from],
                case .splitDataset(let split) = steps[at].work
            else { continue }
            let known = try examples(input.from, part)
            let images =
                known.map { RequestLoad.Images.seen($0.examples) }
                ?? basis?.outlook.flatMap { split.expectedCount(of: part, in: $0) }
                .map { .unseen(count: $0, each: basis?.outlook?.imagesPerItem ?? 1) }
            let labels = known?.labels ?? basis?.outlook?.labels ?? []
            forecasts[step.id] = forecast(
                step, teaching: training, labels: labels, images: images, pricing: pricing ?? Pricing(table: nil),
                measured: measured(step))
        }
        return forecasts
    }

    private func forecast(
        _ step: Step, teaching: PreparedRequest?, labels: [String], images: RequestLoad.Images?,
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
            // A missing price is missing for any number of images.
            let none = self.forecast(
                step, teaching: teaching, labels: labels, images: .unseen(count: 0), pricing: pricing, measured: nil)
            forecast.unknown = none.unknown ?? .noImages
            return forecast
        }
        let price = pricing.table?.models[pricing.name(of: own)]
        let rule = price?.imageTokens
        var missing = StepForecast.MissingPrice.model
        func load(_ request: PreparedRequest) -> RequestLoad {
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
            // Warm-up requests before a measurement are billed too.
            if let latency = work.identity.latency { load = load.adding(requests: min(latency.warmup, load.requests)) }
            forecast.load = load
            let isTuned = step.inputs.contains { $0.name == FineTune.model }
            forecast.cost = pricing.forecast(load, model: own, isTuned: isTuned, by: .online)
            if let deploy = work.settings.deploy, isTuned {
                // Only the deployment of a fine-tuned model is billed by the hour.
                var hours = HourRange(
                    answering: load, concurrency: work.identity.latency?.concurrency ?? Plan.defaultConcurrency,
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
            if price != nil { missing = .training }
            if work.identity.method == .reinforcement {
                forecast.cost = pricing.forecastReinforcement(model: own)
            } else {
                forecast.cost = pricing.forecastTraining(
                    tokens: load.input, epochs: work.settings.passes, model: own,
                    type: work.identity.trainingType ?? .standard)
            }
        }
        if forecast.cost == nil { forecast.unknown = .noPrice(model: pricing.name(of: own), of: missing) }
        return forecast
    }

    /// The assumed number of concurrent requests when latency is not measured; low, so that the hosting forecast is
    /// not too cheap.
    private static let defaultConcurrency = 8
}

extension SplitDataset {
    /// The number of images of a part, for a dataset with the expected contents; `nil` when the dataset defines its
    /// own parts or when a percentage refers to an unknown number.
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
