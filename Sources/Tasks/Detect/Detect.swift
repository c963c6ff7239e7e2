// The task `detect`: labelled boxes around the objects of an image.

package import Basics
import Foundation
package import Statistics
package import TaskKit
import TaskMetrics

/// Object detection. A reference is a list of `{"label", "box": [x, y, width, height]}` in pixels. A prediction has
/// the same entries, with `score` if the model states one, in `{"boxes": […], "dropped": n}`.
package struct Detect: TaskDefinition {
    /// The name in a spec.
    package static let name = "detect"
    /// Shown as boxes drawn on the picture.
    package static let view = TaskView.boxes
    /// The description in the generated documentation.
    package static let summary = "Labelled boxes around the objects of an image."
    /// `iou`, the overlap from which a box counts as found, and `labels`.
    package static let options = [
        TaskOption(
            "iou", expected: "a number above 0 and at most 1",
            schema: ["type": "number", "exclusiveMinimum": 0, "maximum": 1],
            "The minimum intersection over union at which a box counts as found. Default: 0.5."),
        .texts("labels", "The labels of boxes. Default: all labels of the table."),
        .choice(
            "boxes", ["xywh", "xyxy"],
            "The four numbers of a box in the table, in pixels: `xywh` (the default) is left, top, width and height, `xyxy` left, "
                + "top, right and bottom. The request's own convention is its `answer: { boxes: … }`."),
    ]
    /// The list of boxes, and optionally a question.
    package static let columns = [
        TaskColumn("boxes", "boxes", alsoNamed: ["objects"]), TaskColumn.question(isRequired: false),
    ]

    /// Asks for the boxes of all classes of the dataset.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        TaskStarter(
            system: "Find every object of these classes in the image: {{ labels | json }}. Give each object's box as "
                + "[x_min, y_min, x_max, y_max] in thousandths of the image's width and height.",
            text: asksQuestions ? "{{ question }}" : nil, answer: "{ json: boxes, name: Boxes }", maxTokens: 1500)
    }

    let overlap: Double
    let labels: [String]?
    /// Whether the table states corners instead of a corner and a size.
    let statesCorners: Bool

    /// Configures the task; the default overlap is 0.5.
    /// - Throws: `TaskOptionError` unless `iou` is above 0 and at most 1, or for invalid labels.
    package init(options: TaskOptions) throws(TaskOptionError) {
        if let value = options["iou"] {
            guard let number = value.double, number > 0, number <= 1 else {
                throw TaskOptionError(
                    ["iou"], "'\(value.string ?? value.canonical)' is not an overlap",
                    hint: "write a number above 0 and at most 1, such as 0.5")
            }
            overlap = number
        } else {
            overlap = 0.5
        }
        labels = try options.texts("labels")
        statesCorners = try options.choice("boxes", of: ["xywh", "xyxy"]) == "xyxy"
    }

    /// The boxes as a JSON list, in pixels.
    /// - Throws: `TaskRowError` for a box without area or with a label that the options do not list.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        guard let cell = row["boxes"]?.trimmingCharacters(in: .whitespacesAndNewlines), !cell.isEmpty else {
            throw TaskRowError("there are no boxes; write [] for an image without objects")
        }
        let value = try row.json("boxes")
        let expected = statesCorners ? "left, top, right, bottom" : "x, y, width, height"
        guard let items = Detect.items(value) else { throw TaskRowError("'\(cell.prefix(60))' is not a list of boxes") }
        var boxes: [Box] = []
        for item in items {
            guard var box = Detect.box(item) else {
                throw TaskRowError(
                    "'\(item.canonical.prefix(80))' is not a box: {\"label\": …, \"box\": [\(expected)]} is expected")
            }
            if statesCorners {
                box.width -= box.x
                box.height -= box.y
            }
            guard [box.x, box.y, box.width, box.height].allSatisfy(\.isFinite), box.width > 0,
                box.height > 0
            else {
                throw TaskRowError("the box '\(item.canonical.prefix(80))' has no area: [\(expected)] is expected")
            }
            for name in ["crowd", "iscrowd"] where Detect.flag(item[name]) == nil {
                throw TaskRowError("'\(name)' of the box '\(item.canonical.prefix(80))' is neither true nor false, 1 nor 0")
            }
            if let labels, !labels.contains(box.label) { throw TaskRowError("'\(box.label)' is not one of the task's labels") }
            boxes.append(box)
        }
        return .array(boxes.map(Detect.json))
    }

    /// The entries of a list of boxes; also accepts Hugging Face's `{"bbox": […], "category": […]}`, optionally with the lists
    /// `iscrowd` and `area` of COCO.
    private static func items(_ value: JSONValue) -> [JSONValue]? {
        if let items = value.array { return items }
        guard let places = value["bbox"]?.array, let names = (value["category"] ?? value["categories"] ?? value["label"])?.array,
            places.count == names.count
        else { return nil }
        var items: [[String: JSONValue]] = zip(places, names).map { ["box": $0, "label": $1] }
        for name in ["iscrowd", "crowd", "area"] {
            guard let values = value[name]?.array else { continue }
            guard values.count == items.count else { return nil }
            for (at, value) in values.enumerated() { items[at][name] = value }
        }
        return items.map(JSONValue.object)
    }

    /// Whether a flag is set, also as a number or a text; an absent one is not. `nil` for other values.
    private static func flag(_ value: JSONValue?) -> Bool? {
        guard let value, !value.isNull else { return false }
        if let flag = value.bool { return flag }
        switch value.double.map({ "\($0)" }) ?? value.string?.lowercased() {
        case "1", "1.0", "true": return true
        case "0", "0.0", "false": return false
        default: return nil
        }
    }

    static func box(_ value: JSONValue) -> Box? {
        let name = value["label"] ?? value["category"]
        guard let label = name?.string ?? name?.int.map(String.init),
            let numbers = (value["box"] ?? value["bbox"])?.array?.compactMap(\.double), numbers.count == 4
        else { return nil }
        let isCrowd = flag(value["crowd"]) == true || flag(value["iscrowd"]) == true
        return Box(
            label: label, x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3], score: value["score"]?.double,
            isCrowd: isCrowd, statedArea: value["area"]?.double)
    }

    static func json(_ box: Box) -> JSONValue {
        var members: [String: JSONValue] = [
            "label": .string(box.label), "box": .array([box.x, box.y, box.width, box.height].map(JSONValue.double)),
        ]
        if let score = box.score { members["score"] = .double(score) }
        if box.isCrowd { members["crowd"] = true }
        if let area = box.statedArea { members["area"] = .double(area) }
        return .object(members)
    }

    static func boxes(_ value: JSONValue) -> [Box] { (value["boxes"] ?? value).array?.compactMap(box) ?? [] }

    /// The labels of the options, else those of all references, sorted.
    package func vocabulary(of references: some Sequence<JSONValue>) -> [String] {
        if let labels { return labels }
        var found = Set<String>()
        for reference in references { found.formUnion(Detect.boxes(reference).map(\.label)) }
        return found.sorted()
    }

    private func convention(_ context: TaskContext, _ item: TaskItem) -> BoxConvention {
        // Recorded answers without images can only be in pixels.
        context.form.boxes.flatMap(BoxConvention.init) ?? (item.images.isEmpty ? .xyxyPixels : .xyxyThousand)
    }

    /// A list of boxes of four numbers each; labels are an enumeration up to 250 labels.
    package func schema(_ context: TaskContext) -> JSONValue {
        let isShort = (1...250).contains(context.vocabulary.count)
        let isShare = context.form.boxes == BoxConvention.xyxyShare.rawValue
        return [
            "type": "array",
            "items": [
                "type": "object", "additionalProperties": false, "required": ["label", "box"],
                "properties": [
                    "label": isShort
                        ? ["type": "string", "enum": .array(context.vocabulary.map(JSONValue.string))] : ["type": "string"],
                    "box": ["type": "array", "items": ["type": isShare ? "number" : "integer"], "minItems": 4, "maxItems": 4],
                ],
            ],
        ]
    }

    /// The expected answer in pixels, because the size of the image is unknown.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue {
        answer(for: reference, size: nil, context)
    }

    /// The expected answer in the request's convention, for the size of the item's image.
    package func answer(to item: TaskItem, _ context: TaskContext) -> JSONValue {
        let image = item.images.first
        return answer(
            for: item.reference,
            size: image.flatMap { $0.width > 0 && $0.height > 0 ? (Double($0.width), Double($0.height)) : nil }, context)
    }

    /// The boxes of an image in the request's convention, ordered from top to bottom, then from left to right.
    func answer(for reference: JSONValue, size: (width: Double, height: Double)?, _ context: TaskContext) -> JSONValue {
        let convention = size == nil ? .xyxyPixels : context.form.boxes.flatMap(BoxConvention.init) ?? .xyxyThousand
        let boxes = Detect.boxes(reference).filter { !$0.isCrowd }.sorted { ($0.y, $0.x) < ($1.y, $1.x) }
        let list = JSONValue.array(
            boxes.map { box in
                let numbers = convention.numbers(box, width: size?.width ?? 1, height: size?.height ?? 1)
                return [
                    "label": .string(box.label),
                    "box": .array(numbers.map { Int64(exactly: $0).map(JSONValue.int) ?? .double($0) }),
                ]
            })
        return context.form.property == nil ? .string(list.canonical) : list
    }

    /// Parses boxes in the declared convention and clips them to the image. A label gets the vocabulary's spelling if it
    /// differs in case only; other labels are kept and count as wrong.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        let size = item.images.first.map { (width: Double($0.width), height: Double($0.height)) }
        let reader = BoxReader(
            convention: convention(context, item), size: size.flatMap { $0.width > 0 && $0.height > 0 ? $0 : nil },
            label: context.vocabulary.count == 1 ? context.vocabulary[0] : nil, form: context.form)
        switch reader.read(reply) {
        case .success(let found):
            let names = KnownNames(context.vocabulary)
            let boxes = found.boxes.map { box in
                var box = box
                box.label = names.name(box.label) ?? box.label
                return box
            }
            return Prediction(
                ["boxes": .array(boxes.map(Detect.json)), "dropped": .int(Int64(found.dropped))], found.reading)
        case .failure(let error): return .unreadable(error.reason)
        }
    }

    /// Hits, references and answers at the overlap thresholds, and the boxes from which average precision is
    /// computed. An answer is right if its boxes and those of the reference match one to one at the task's overlap.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let reference = Detect.boxes(item.reference), answer = prediction.map(Detect.boxes) ?? []
        let overlaps = [overlap] + BoxMatching.thresholds
        let counts = BoxMatching.counts(reference: reference, answer: answer, overlaps: overlaps)
        var score = ItemScore([
            "hits": Double(counts[0].hits), "reference": Double(counts[0].inReference), "answer": Double(counts[0].inAnswer),
            "count_error": abs(Double(counts[0].inAnswer - counts[0].inReference)),
            "dropped": Double(prediction?["dropped"]?.int ?? 0),
        ])
        let isComplete = counts[0].hits == counts[0].inReference && counts[0].hits == counts[0].inAnswer
        score.counts["right"] = prediction != nil && isComplete && score["dropped"] == 0 ? 1 : 0
        for (at, count) in counts.dropFirst().enumerated() {
            score.counts["hits@\(at)"] = Double(count.hits)
            score.counts["answer@\(at)"] = Double(count.inAnswer)
        }
        let places = Dictionary(context.vocabulary.enumerated().map { ($1, Double($0)) }, uniquingKeysWith: { first, _ in first })
        // Labels without references are excluded from average precision.
        score.lists["reference"] = reference.flatMap { box -> [Double] in
            places[box.label].map { [$0, box.x, box.y, box.width, box.height, box.isCrowd ? 1 : 0] } ?? []
        }
        score.lists["answer"] = answer.flatMap { box -> [Double] in
            places[box.label].map { [$0, box.x, box.y, box.width, box.height, box.score ?? .nan] } ?? []
        }.map { $0.isNaN ? Detect.unscored : $0 }
        return score
    }

    /// The number of a box without a score, which ranks below every score.
    private static let unscored = -1e300

    /// F1, precision and recall at overlap thresholds, and average precision for models that state scores.
    package func metrics(_ context: TaskContext) -> MetricTable {
        let tenfold = ["reference"] + BoxMatching.thresholds.indices.flatMap { ["hits@\($0)", "answer@\($0)"] }
        let stated = "Ranks boxes by the confidence that the model states."
        return MetricTable(
            primary: .fieldF1("f1", "box F1"),
            [
                .fieldPrecision("precision", "box precision"), .fieldRecall("recall", "box recall"),
                TaskMetric(
                    "f1_mean", "mean box F1 (IoU 0.5 to 0.95)",
                    .sums(of: tenfold) { sums in
                        let each = BoxMatching.thresholds.indices.compactMap {
                            TagScores.f1([sums[1 + 2 * $0], sums[0], sums[2 + 2 * $0]])
                        }
                        return each.isEmpty ? nil : each.reduce(0, +) / Double(each.count)
                    }, interval: .bootstrap, test: .swap, range: 0...1),
                TaskMetric(
                    "ap", "average precision", .items(Detect.averagePrecision(nil)), interval: .bootstrap, test: .swap,
                    range: 0...1, note: stated),
                TaskMetric(
                    "ap50", "average precision at IoU 0.5", .items(Detect.averagePrecision(0)), interval: .bootstrap, test: .swap,
                    range: 0...1, note: stated),
                TaskMetric(
                    "count_error", "error of the number of boxes", .mean(of: "count_error"), unit: .plain, better: .down,
                    interval: .bootstrap, test: .signFlip),
                TaskMetric(
                    "dropped_boxes", "unusable boxes per image", .mean(of: "dropped"), unit: .plain, better: .down,
                    interval: .none,
                    test: .none),
            ])
    }

    /// Average precision at one of the ten thresholds, or over all. `nil` unless the answers contain at least two
    /// different scores: with equal scores it adds nothing to precision and recall.
    private static func averagePrecision(
        _ threshold: Int?
    ) -> @Sendable ([ItemScore]) -> @Sendable ([Double]) -> Double? {
        { scores in
            var different = Set<Double>()
            func boxes(_ numbers: [Double], isReference: Bool) -> [Box] {
                stride(from: 0, to: numbers.count - numbers.count % 6, by: 6).map { at in
                    var box = Box(
                        label: String(Int(saturating: numbers[at])), x: numbers[at + 1], y: numbers[at + 2],
                        width: numbers[at + 3],
                        height: numbers[at + 4])
                    if isReference { box.isCrowd = numbers[at + 5] == 1 } else { box.score = numbers[at + 5] }
                    // A missing score is not a distinct score.
                    if !isReference, different.count < 2, numbers[at + 5] != Detect.unscored { different.insert(numbers[at + 5]) }
                    return box
                }
            }
            let pictures = scores.map {
                AveragePrecision.Picture(
                    reference: boxes($0.lists["reference"] ?? [], isReference: true),
                    answer: boxes($0.lists["answer"] ?? [], isReference: false))
            }
            guard different.count > 1 else { return { _ in nil } }
            let ranked = AveragePrecision(
                pictures, thresholds: threshold.map { [BoxMatching.thresholds[$0]] } ?? BoxMatching.thresholds)
            return { ranked.value(weights: $0) }
        }
    }

    /// One line per box, in rounded pixels; `none` without boxes.
    package func text(of value: JSONValue) -> String {
        let boxes = Detect.boxes(value)
        return boxes.isEmpty
            ? "none"
            : boxes.map { box in
                let numbers = [box.x, box.y, box.width, box.height].map { String(Int($0.rounded().clamped)) }
                return box.label + " [" + numbers.joined(separator: ", ") + "]"
            }.joined(separator: "\n")
    }
}

extension Double {
    /// Clamped to a range that `Int` can represent; NaN becomes 0.
    fileprivate var clamped: Double { isNaN ? 0 : Swift.min(1e15, Swift.max(-1e15, self)) }
}
