// The facts of steps that answer: batches, online requests, local networks, programs.

package import Basics
package import VisionProtocol

/// How the answers to a part came about, and what they used.
package struct AnsweringFacts: StepFacts {
    /// How the model was asked.
    package enum Route: String, Sendable { case batch, online, local, command }

    /// How latency was measured.
    package struct Latency: Hashable, Sendable {
        /// Requests under way at once.
        package var concurrency: Int
        /// Requests before the first that is counted.
        package var warmUp: Int
        /// Host, processor and cores.
        package var machine: String
        /// Seconds since 1970, by the provider's clock.
        package var measuredAt: Double

        /// - Parameter measuredAt: seconds since 1970.
        package init(concurrency: Int, warmUp: Int, machine: String, measuredAt: Double) {
            self.concurrency = concurrency
            self.warmUp = warmUp
            self.machine = machine
            self.measuredAt = measuredAt
        }
    }

    /// `nil` in facts that name no known route.
    package var route: Route?
    /// The provider's model as the spec names it; `nil` where no provider answered.
    package var model: String?
    /// Tokens of all answers, estimates included; `nil` where no provider answered.
    package var usage: TokenUsage?
    /// Answers that came without a token count, whose share of `usage` is an estimate.
    package var estimatedAnswers: Int?
    /// The estimated part of `usage`.
    package var estimated: TokenUsage?
    /// Answers by the model that the provider names.
    package var models: [String: Int] = [:]
    /// Answers by system fingerprint, which names the provider's backend.
    package var backends: [String: Int] = [:]
    /// The network that answered in the model's place; `nil` for a real provider.
    package var emulation: EmulatedFingerprint?
    /// `nil` where latency was not measured.
    package var latency: Latency?
    /// Throughput over all images, where the step measures it.
    package var imagesPerSecond: Double?
    /// Examples without an answer, where the step counts them.
    package var missing: Int?
    /// Problems and converted images.
    package var common = CommonFacts()

    /// Facts without usage, as local models have them.
    package init(route: Route, model: String? = nil) {
        self.route = route
        self.model = model
    }

    init(route: Route, model: String, counts: AnswerFacts) {
        self.init(route: route, model: model)
        usage = counts.usage
        if counts.uncounted > 0 { (estimatedAnswers, estimated) = (counts.uncounted, counts.estimated) }
        models = counts.models
        backends = counts.fingerprints
        emulation = AnsweringFacts.emulation(among: backends)
    }

    package init(_ json: JSONValue) {
        route = json["route"]?.string.flatMap(Route.init)
        model = json["model"]?.string
        usage = json["usage"].map(AnsweringFacts.usage)
        estimatedAnswers = json["estimated"]?["answers"]?.int
        estimated = json["estimated"].map(AnsweringFacts.usage)
        models = json.counts("models")
        backends = json.counts("system_fingerprints")
        // Earlier versions kept it in the fingerprint alone.
        emulation = (try? json["emulation"]?.decoded(as: EmulatedFingerprint.self)) ?? AnsweringFacts.emulation(among: backends)
        if let measuredAt = json["measured_at"]?.double {
            latency = Latency(
                concurrency: json["concurrency"]?.int ?? 1, warmUp: json["warmup"]?.int ?? 0,
                machine: json["machine"]?.string ?? "", measuredAt: measuredAt)
        }
        imagesPerSecond = json["images_per_second"]?.double
        missing = json["missing_answers"]?.int
        common = CommonFacts(json)
    }

    package var json: JSONValue {
        var members = common.members
        members["route"] = route.map { .string($0.rawValue) }
        members["model"] = model.map { .string($0) }
        if let usage {
            members["usage"] = .object(AnsweringFacts.members(of: usage, withCached: true))
            members["models"] = .object(models.mapValues { .int(Int64($0)) })
            members["system_fingerprints"] = .object(backends.mapValues { .int(Int64($0)) })
        }
        if let estimatedAnswers {
            var estimate = AnsweringFacts.members(of: estimated ?? TokenUsage(), withCached: false)
            estimate["answers"] = .int(Int64(estimatedAnswers))
            members["estimated"] = .object(estimate)
        }
        members["emulation"] = emulation.flatMap { try? JSONValue(encoding: $0) }
        if let latency {
            members["concurrency"] = .int(Int64(latency.concurrency))
            members["warmup"] = .int(Int64(latency.warmUp))
            members["machine"] = .string(latency.machine)
            members["measured_at"] = .double(latency.measuredAt)
        }
        members["images_per_second"] = imagesPerSecond.map { .double($0) }
        members["missing_answers"] = missing.map { .int(Int64($0)) }
        return .object(members)
    }

    /// Whether answers came without any token count, as results of earlier versions may have them: their number of
    /// tokens is unknown.
    package var isUncounted: Bool { (usage?.prompt ?? 0) == 0 && !models.isEmpty }

    private static func emulation(among backends: [String: Int]) -> EmulatedFingerprint? {
        backends.keys.sorted().lazy.compactMap { EmulatedFingerprint($0) }.first
    }

    private static func usage(_ json: JSONValue) -> TokenUsage {
        TokenUsage(
            prompt: json["prompt_tokens"]?.int ?? 0, cached: json["cached_tokens"]?.int ?? 0,
            completion: json["completion_tokens"]?.int ?? 0)
    }

    private static func members(of usage: TokenUsage, withCached: Bool) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "prompt_tokens": .int(Int64(usage.prompt)), "completion_tokens": .int(Int64(usage.completion)),
        ]
        if withCached { members["cached_tokens"] = .int(Int64(usage.cached)) }
        return members
    }
}
