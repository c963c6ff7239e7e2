// Fields, tags, numbers, boxes and verdicts against Donut, anls-star, scikit-learn, pycocotools and ppi-python.

import Basics
import Statistics
import TaskMetrics
import Testing

@Suite(.enabled(if: ReferenceValues.arePresent, ReferenceValues.absence))
struct StructureGoldenTests {
    /// Cases in which Donut's numbers deviate from their definition (docs/metrics.md).
    static let donutErrors: [String: (f1: Double?, nted: Double)] = [
        // Donut drops 0 as if it were nothing.
        "zero is dropped as empty (falsy)": (2.0 / 3, 0.75),
        // Donut divides by zero, and calls two equal documents unequal.
        "both empty": (nil, 1),
    ]

    @Test(arguments: ReferenceValues.cases("donut"))
    func donut(_ golden: ReferenceValues.Case) {
        let isCorpus = golden["reference"].array != nil
        let references = golden["reference"].array ?? [golden["reference"]]
        let answers = isCorpus ? golden["prediction"].array ?? [] : [golden["prediction"]]
        var sums = TagScores.Counts()
        var nted: [Double] = []
        for (reference, answer) in zip(references, answers) {
            let counts = FieldScores.flattened(reference: reference, answer: answer)
            sums.hits += counts.hits
            sums.inReference += counts.inReference
            sums.inAnswer += counts.inAnswer
            nted.append(TreeEditDistance.accuracy(reference: reference, answer: answer) ?? .nan)
        }
        let deviation = StructureGoldenTests.donutErrors[golden.name]
        #expect(agree(sums.f1, deviation.map(\.f1) ?? golden.number("field_f1")))
        if golden.name == "zero is dropped as empty (falsy)" {
            #expect((nted.mean ?? 1) < 1)
        } else {
            #expect(agree(nted.mean, deviation?.nted ?? golden.number("nted_accuracy")))
        }
    }

    @Test(arguments: ReferenceValues.cases("anls_star"))
    func anlsStar(_ golden: ReferenceValues.Case) {
        let references = golden["reference_is_one_of"].array ?? [golden["reference"]]
        let ours = ANLSStar.score(golden["prediction"], oneOf: references)
        // anls-star means to skip a null key that the reference does not have, but counts it as a leaf.
        let isKnownError = golden.name.contains("hallucinated null key")
        #expect(agree(ours, isKnownError ? 1 : golden.number("anls_star")))
    }

    @Test(arguments: ReferenceValues.cases("multilabel"))
    func tags(_ golden: ReferenceValues.Case) {
        let labels = golden.texts("labels")
        func sets(_ member: String) -> [Set<String>] {
            golden[member].array?.map { Set($0.array?.compactMap(\.string) ?? []) } ?? []
        }
        let pairs = Array(zip(sets("reference"), sets("prediction")))
        var sums = [Double](repeating: 0, count: 3 * labels.count)
        for (reference, answer) in pairs {
            sums = zip(sums, TagScores.vector(reference: reference, answer: answer, vocabulary: labels)).map(+)
        }
        func total(_ part: Int) -> Double { stride(from: part, to: sums.count, by: 3).reduce(0) { $0 + sums[$1] } }
        let micro = [total(0), total(1), total(2)]
        let theirs = golden["micro_zero_division_nan"].array ?? []
        #expect(agree(TagScores.precision(micro), theirs[0].double))
        #expect(agree(TagScores.recall(micro), theirs[1].double))
        #expect(agree(TagScores.f1(micro), theirs[2].double))
        #expect(agree(TagScores.macroF1(sums), golden["macro_zero_division_nan"].array?[2].double))
        #expect(agree(pairs.map { $0 == $1 ? 1.0 : 0 }.mean, golden.number("subset_accuracy")))
        // Two empty sets are equal: scikit-learn's `zero_division=1`.
        #expect(
            agree(
                pairs.map { TagScores.jaccard(reference: $0, answer: $1) }.mean, golden.number("jaccard_samples_zero_division_1"))
        )
        let wrong = pairs.reduce(0) { $0 + TagScores.wrongCells(reference: $1.0, answer: $1.1, vocabulary: Set(labels)) }
        #expect(agree(Double(wrong) / Double(pairs.count * labels.count), golden.number("hamming_loss")))
    }

    @Test(arguments: ReferenceValues.cases("number"))
    func numbers(_ golden: ReferenceValues.Case) {
        let truth = golden.numbers("reference"), answers = golden.numbers("prediction")
        let errors = zip(answers, truth).map { $0 - $1 }
        #expect(agree(errors.map(abs).mean, golden.number("mae")))
        let square = errors.map { $0 * $0 }
        #expect(agree(square.mean?.squareRoot(), golden.number("rmse")))
        #expect(agree(errors.mean, golden.number("bias")))
        #expect(agree(NumberErrors.median(errors.map(abs)), golden.number("median_ae")))
        let sums = [square.reduce(0, +), truth.reduce(0, +), truth.map { $0 * $0 }.reduce(0, +), Double(truth.count)]
        // scikit-learn returns 0 or 1 if the truth is constant; Assay has no value then.
        let isConstant = Set(truth).count == 1
        #expect(agree(NumberErrors.r2(sums), isConstant ? nil : golden.number("r2")))
        #expect(agree(errors.map { $0 == 0 ? 1.0 : 0 }.mean, golden.number("exact")))
        func within(_ tolerance: NumberTolerance) -> Double? {
            zip(answers, truth).map { tolerance.isWithin($0, reference: $1) ? 1.0 : 0 }.mean
        }
        #expect(agree(within(.absolute(1)), golden.number("within_1")))
        #expect(agree(within(.share(0.05)), golden.number("within_5_percent")))
    }

    @Test(arguments: ReferenceValues.cases("coco", "iou"))
    func overlap(_ golden: ReferenceValues.Case) {
        func box(_ member: String) -> Box {
            let numbers = golden.numbers(member)
            return Box(label: "", x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
        }
        #expect(agree(box("a_xywh").overlap(box("b_xywh")), golden.number("iou")))
    }

    @Test(arguments: ReferenceValues.cases("coco"))
    func averagePrecision(_ golden: ReferenceValues.Case) throws {
        let labels = golden["labels"].object ?? [:]
        func boxes(_ member: String, image: Int) -> [Box] {
            (golden[member].array ?? []).filter { $0["image"]?.int == image }.map { value in
                let numbers = value["box_xywh"]?.array?.compactMap(\.double) ?? []
                return Box(
                    label: labels[String(value["label"]?.int ?? 0)]?.string ?? "", x: numbers[0], y: numbers[1],
                    width: numbers[2],
                    height: numbers[3], score: value["score"]?.double, isCrowd: value["crowd"]?.int == 1,
                    statedArea: value["area"]?.double)
            }
        }
        // Detections that a case describes in words are not listed.
        guard golden["detections"].array != nil else { return }
        let pictures = (golden["images"].array?.compactMap(\.int) ?? []).map {
            AveragePrecision.Picture(reference: boxes("reference", image: $0), answer: boxes("detections", image: $0))
        }
        let scores = golden["detections"].array?.compactMap { $0["score"]?.double } ?? []
        // pycocotools ranks equal scores by picture; here they are one block, which no order changes.
        let hasTies = Set(scores).count < scores.count && pictures.count > 1
        let stats = golden["stats"]
        func theirs(_ name: String) -> Double? { stats[name]?.double.flatMap { $0 < 0 ? nil : $0 } }
        let all = AveragePrecision(pictures)
        if !hasTies {
            #expect(agree(all.value(), theirs("AP")))
            #expect(agree(all.value(threshold: 0), theirs("AP50")))
            #expect(agree(all.value(threshold: 5), theirs("AP75")))
            for (name, value) in golden["AP_of_label"].object ?? [:] { #expect(agree(all.value(label: name), value.double)) }
            #expect(agree(AveragePrecision(pictures, limits: .small).value(), theirs("AP_small")))
            #expect(agree(AveragePrecision(pictures, limits: .medium).value(), theirs("AP_medium")))
            #expect(agree(AveragePrecision(pictures, limits: .large).value(), theirs("AP_large")))
        }
        for most in [1, 10, 100] {
            let limited = AveragePrecision(pictures, limits: AveragePrecision.Limits(maxBoxes: most))
            #expect(agree(limited.recall(), theirs("AR_\(most)")))
        }
    }

    @Test(arguments: ReferenceValues.cases("kappa"))
    func kappa(_ golden: ReferenceValues.Case) {
        let a = golden["a"].array?.compactMap(\.int) ?? [], b = golden["b"].array?.compactMap(\.int) ?? []
        #expect(agree(JudgeAgreement.kappa(a, b), golden.number("kappa")))
        #expect(agree(JudgeAgreement.kappa(a, b, weighting: .linear), golden.number("kappa_linear")))
        #expect(agree(JudgeAgreement.kappa(a, b, weighting: .quadratic), golden.number("kappa_quadratic")))
        #expect(agree(zip(a, b).map { $0 == $1 ? 1.0 : 0 }.mean, golden.number("agreement")))
        guard Set(a + b).isSubset(of: [0, 1]) else { return }
        let verdicts = JudgeAgreement(people: a.map { $0 == 1 }, judge: b.map { $0 == 1 })
        #expect(agree(verdicts.kappa, golden.number("kappa")))
        #expect(agree(verdicts.agreement, golden.number("agreement")))
    }

    @Test(arguments: ReferenceValues.cases("stats", "ppi"))
    func predictionPowered(_ golden: ReferenceValues.Case) throws {
        func score(_ weight: Double?) throws -> CorrectedScore {
            try #require(
                CorrectedScore.predictionPowered(
                    labels: golden.numbers("labels"), judgedOfLabelled: golden.numbers("judged_of_labelled"),
                    judgedOfRest: golden.numbers("judged_of_rest"), range: -10...10, weight: weight))
        }
        let plain = try score(1), tuned = try score(nil)
        #expect(agree(plain.value, golden.number("ppi")))
        #expect(agree(plain.interval.low, golden.number("ppi_low")))
        #expect(agree(plain.interval.high, golden.number("ppi_high")))
        #expect(agree(tuned.value, golden.number("ppi_plus_plus")))
        #expect(agree(tuned.interval.low, golden.number("ppi_plus_plus_low")))
        #expect(agree(tuned.interval.high, golden.number("ppi_plus_plus_high")))
    }

    @Test(arguments: ReferenceValues.cases("stats", "clustered_se"))
    func clusteredError(_ golden: ReferenceValues.Case) {
        let sample = grouped(golden.numbers("scores"), golden.numbers("document"))
        #expect(agree(GroupedStatistics.clusteredError(sample), golden.number("se_g_over_g_minus_1")))
        #expect(agree(sample.total[0] / sample.total[1], golden.number("mean")))
    }

    @Test(arguments: ReferenceValues.cases("stats", "sign_flip"))
    func signFlip(_ golden: ReferenceValues.Case) {
        let first = golden.numbers("first"), second = golden.numbers("second")
        let places = first.indices.map(Double.init)
        let p = GroupedStatistics.swapTest(grouped(first, places), grouped(second, places)) { $0[0] / $0[1] }
        #expect(agree(p, golden.number("p_exact_enumeration")))
    }

    @Test(arguments: ReferenceValues.cases("stats", "wilson"))
    func wilson(_ golden: ReferenceValues.Case) throws {
        let right = golden["right"].int ?? 0, n = golden["n"].int ?? 0
        let scores = (0..<n).map { $0 < right ? 1.0 : 0 }
        let ours = try #require(GroupedStatistics.share(grouped(scores, scores.indices.map(Double.init))))
        #expect(agree(ours.low, golden.number("low")) && agree(ours.high, golden.number("high")))
        // One item a group is Wilson's interval to the last bit.
        #expect(ours == Proportion(right, of: n).wilson())
    }

    private func grouped(_ scores: [Double], _ groups: [Double]) -> GroupedSample {
        GroupedSample(width: 2, items: zip(groups, scores).map { (group: "\($0)", parts: [$1, 1.0]) })
    }
}
