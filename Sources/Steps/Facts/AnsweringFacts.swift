// The facts of steps that produce answers: batches, online requests, local networks and programs.

package import Basics
package import VisionProtocol

/// The facts of the answers to a part of a split: their origin and usage.
package struct AnsweringFacts: StepFacts {
    /// The way in which the model was called.
    package enum Route: String, Sendable { case batch, online, local, command, recorded }

    /// The conditions of a latency measurement.
    package struct Latency: Hashable, Sendable {
        /// The number of concurrent requests.
        package var concurrency: Int
        /// The number of requests before the first measured one.
        package var warmUp: Int
        /// The host, processor and number of cores.
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

    /// `nil` if the stored facts name no known route.
    package var route: Route?
    /// The provider's model as the spec names it; `nil` if no provider answered.
    package var model: String?
    /// Tokens of all answers, including estimates; `nil` if no provider answered.
    package var usage: TokenUsage?
    /// The number of answers without a token count; their share of `usage` is estimated.
    package var estimatedAnswers: Int?
    /// The estimated part of `usage`.
    package var estimated: TokenUsage?
    /// The number of answers by the model that the provider reports.
    package var models: [String: Int] = [:]
    /// The number of answers by system fingerprint, which identifies the provider's backend.
    package var backends: [String: Int] = [:]
    /// The network that an emulator used instead of the model; `nil` for a real provider.
    package var emulation: EmulatedFingerprint?
    /// The number of answers that are random but well-formed, because the emulator has no model for the question.
    package var answersAtChance: Int {
        backends.filter { $0.key.hasPrefix("emulated: ") && $0.key.hasSuffix(", answers at chance") }.values.reduce(0, +)
    }
    /// `nil` if latency was not measured.
    package var latency: Latency?
    /// Throughput over all images; `nil` if the step does not measure it.
    package var imagesPerSecond: Double?
    /// The number of examples without an answer; `nil` if the step does not count them.
    package var missing: Int?
    /// The cost that recorded answers state, in US dollars; `nil` if it is unknown for any item.
    package var recordedCost: Double?
    /// Problems and converted images.
    package var common = CommonFacts()

    /// Facts without token usage, as for local models.
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

    /// The problem that a latency covers only some answers; `nil` if it covers all of them or none.
    static func partialLatency(_ timed: Int, of answers: Int) -> String? {
        guard timed > 0, timed < answers else { return nil }
        return "latency_ms is given for \(timed) of \(answers) answers; the reported latency covers only these"
    }

    /// Reads stored facts; absent members become `nil` or empty.
    package init(_ json: JSONValue) {
        route = json["route"]?.string.flatMap(Route.init)
        model = json["model"]?.string
        usage = json["usage"].map(AnsweringFacts.usage)
        estimatedAnswers = json["estimated"]?["answers"]?.int
        estimated = json["estimated"].map(AnsweringFacts.usage)
        models = json.counts("models")
        backends = json.counts("system_fingerprints")
        // Earlier versions stored this only in the fingerprint.
        emulation = (try? json["emulation"]?.decoded(as: EmulatedFingerprint.self)) ?? AnsweringFacts.emulation(among: backends)
        if let measuredAt = json["measured_at"]?.double {
            latency = Latency(
                concurrency: json["concurrency"]?.int ?? 1, warmUp: json["warmup"]?.int ?? 0,
                machine: json["machine"]?.string ?? "", measuredAt: measuredAt)
        }
        imagesPerSecond = json["images_per_second"]?.double
        missing = json["missing_answers"]?.int
        recordedCost = json["recorded_cost_usd"]?.double
        common = CommonFacts(json)
    }

    /// The stored form, without absent members.
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
        members["recorded_cost_usd"] = recordedCost.map { .double($0) }
        return .object(members)
    }

    /// Whether answers came without any token count, as in some results of earlier versions; the number of tokens is
    /// then unknown.
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
