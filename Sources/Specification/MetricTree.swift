// The structure of metrics.json, against which the paths of claims are checked.

/// A part of metrics.json. A test compares it with the file of a real run, so that every number can be claimed.
indirect enum MetricTree: Sendable {
    case number
    case members([(name: String, tree: MetricTree)])
    case list(MetricTree)

    private static func numbers(_ names: String...) -> [(name: String, tree: MetricTree)] {
        names.map { ($0, .number) }
    }

    private static let interval = MetricTree.list(.number)

    /// The metrics of classification with values from 0 to 1.
    static let shares = [
        "accuracy", "balanced_accuracy", "macro_f1", "macro_precision", "macro_recall", "weighted_f1", "weighted_precision",
        "weighted_recall", "accuracy_normalized",
    ]

    /// The numbers below `evaluations.EVALUATION.MODEL`.
    /// - Parameter metrics: the names of a task's metrics; `nil` for classification.
    static func model(metrics: [String]? = nil, measuresLatency: Bool, isRepeated: Bool) -> MetricTree {
        var members = metrics == nil ? numbers("accuracy") : []
        for name in metrics ?? [] { insert(name.split(separator: ".").map(String.init)[...], into: &members) }
        if measuresLatency {
            let latency = numbers("mean", "p50", "p90", "p95", "p99", "min", "max", "std", "concurrency", "warm_up")
            members.append(("latency_ms", .members(latency + [("mean_interval", interval)])))
            members += numbers("images_per_second")
        }
        members += numbers("result_cost_usd", "unanswered", "missing", "n")
        if metrics == nil {
            members += numbers(
                "unmatched", "balanced_accuracy", "macro_f1", "macro_precision", "macro_recall", "weighted_f1",
                "weighted_precision", "weighted_recall", "accuracy_normalized")
            members.append(
                (
                    "answers",
                    .members(
                        numbers(
                            "exact", "normalized", "unmatched", "unreadable", "empty", "refused", "filtered", "missing",
                            "cut_off")
                            + [
                                ("finish_reasons", .list(.members(numbers("count")))),
                                ("unmatched_texts", .list(.members(numbers("count")))),
                            ])
                ))
            members.append(("accuracy_interval", interval))
        } else {
            members += numbers("groups", "unreadable", "cut")
            members.append(
                (
                    "answers",
                    .members(
                        numbers(
                            "clean", "unwrapped", "cut", "unreadable", "empty", "refused", "filtered", "rejected", "missing"))
                ))
        }
        members += [("tokens", .members(numbers("input", "output", "estimated_answers")))]
        if isRepeated {
            var repeats = numbers("count", "repeatability_limit", "unsteady_share")
            let primary = metrics?.first ?? "accuracy"
            repeats += numbers(primary + "_mean", primary + "_std")
            if measuresLatency {
                repeats += numbers("latency_ms_mean", "latency_ms_std", "latency_ms_repeatability_limit")
            }
            members.append(("repeats", .members(repeats)))
        }
        return .members(members)
    }

    /// Adds a number and its interval at a path of names.
    private static func insert(_ path: ArraySlice<String>, into members: inout [(name: String, tree: MetricTree)]) {
        guard let first = path.first else { return }
        guard path.count > 1 else {
            members += [(first, .number), (first + "_interval", interval)]
            return
        }
        let at = members.firstIndex { $0.name == first }
        var inner: [(name: String, tree: MetricTree)] = []
        if let at, case .members(let known) = members[at].tree { inner = known }
        insert(path.dropFirst(), into: &inner)
        if let at { members[at].tree = .members(inner) } else { members.append((first, .members(inner))) }
    }

    /// The numbers below `comparisons.EVALUATION.METRIC.MODEL.MODEL`.
    static let comparison = MetricTree.members(
        numbers("difference", "relative", "p_value", "p_holm", "n", "detectable")
            + [("interval", interval), ("relative_interval", interval)])

    /// The numbers below `training.MODEL` of a fine-tuned model.
    static let fineTuning = MetricTree.members(numbers("cost_usd", "seconds", "trained_tokens", "hosting_hourly_usd"))

    /// The numbers below `training.MODEL` of a network trained locally.
    static let training = MetricTree.members(
        numbers("cost_usd", "seconds", "selected_epoch") + [
            (
                "epochs",
                .list(
                    .members(
                        numbers(
                            "epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"
                        )))
            )
        ])
}
