// Texts against jiwer, rapidfuzz, anls, the official VQA evaluation, pix2struct, sacreBLEU, pycocoevalcap and rouge-score.

import Basics
import TaskMetrics
import Testing

@Suite(.enabled(if: ReferenceValues.arePresent, ReferenceValues.absence))
struct TextGoldenTests {
    @Test(arguments: ReferenceValues.cases("levenshtein"))
    func levenshtein(_ golden: ReferenceValues.Case) {
        let a = golden.text("a"), b = golden.text("b")
        #expect(Levenshtein.distance(a, b) == golden["levenshtein"].int)
        #expect(Levenshtein.distance(TextForm().codePoints(a), TextForm().codePoints(b)) == golden["nfc"].int || a.contains(" "))
        let wide = TextForm(unicode: .nfkc, foldsSpace: false)
        #expect(Levenshtein.distance(wide.codePoints(a), wide.codePoints(b)) == golden["nfkc"].int)
    }

    /// jiwer keeps white space inside a text and never composes letters: docs/metrics.md lists both as deviations. With these
    /// two left alone, the sums must be equal.
    @Test(arguments: ReferenceValues.cases("jiwer"))
    func errorRates(_ golden: ReferenceValues.Case) {
        let references = golden.texts("reference"), answers = golden.texts("hypothesis")
        let form = TextForm(unicode: .asIs, foldsSpace: false)
        func stripped(_ text: String) -> String {
            var scalars = text.unicodeScalars[...]
            while let first = scalars.first, TextForm.isSpace(first) { scalars.removeFirst() }
            while let last = scalars.last, TextForm.isSpace(last) { scalars.removeLast() }
            return String(scalars)
        }
        let errors = zip(references, answers).map { TextErrors(reference: stripped($0), answer: stripped($1), form: form) }
        let edits = errors.reduce(0) { $0 + $1.characterEdits }, length = errors.reduce(0) { $0 + $1.characters }
        let counts = golden["cer_counts"]
        let theirs = ["sub", "del", "ins"].reduce(0) { $0 + (counts[$1]?.int ?? 0) }
        #expect(edits == theirs)
        #expect(length == ["hits", "sub", "del"].reduce(0) { $0 + (counts[$1]?.int ?? 0) })
        if length > 0 { #expect(agree(Double(edits) / Double(length), golden.number("cer"))) }
        // A line break parts words here; jiwer splits at blanks only.
        guard !references.joined().contains("\n") else { return }
        let wordEdits = errors.reduce(0) { $0 + $1.wordEdits }, words = errors.reduce(0) { $0 + $1.words }
        if words > 0 { #expect(agree(Double(wordEdits) / Double(words), golden.number("wer"))) }
    }

    @Test(arguments: ReferenceValues.cases("anls"))
    func anls(_ golden: ReferenceValues.Case) {
        // The package composes no letters.
        let ours = ANLS.score(golden.text("prediction"), accepted: golden.texts("answers"), unicode: .asIs)
        #expect(agree(ours, golden.number("anls")))
    }

    @Test(arguments: ReferenceValues.cases("vqa_accuracy"))
    func vqaAccuracy(_ golden: ReferenceValues.Case) {
        let ours = VQAAccuracy.score(golden.text("prediction"), people: golden.texts("answers"))
        // The official code rounds some values to eight digits.
        let theirs = golden.number("vqa_accuracy") ?? .nan
        #expect(abs((ours ?? .nan) - theirs) < 1e-8)
        if golden["normalised_prediction"].string != nil, Set(golden.texts("answers")).count > 1 {
            #expect(VQAAccuracy.normalised(golden.text("prediction")) == golden.text("normalised_prediction"))
        }
    }

    @Test(arguments: ReferenceValues.cases("relaxed_accuracy"))
    func relaxedAccuracy(_ golden: ReferenceValues.Case) {
        #expect(
            RelaxedAccuracy.isRight(golden.text("prediction"), reference: golden.text("reference"))
                == golden["relaxed_correct"].bool)
    }

    @Test(arguments: ReferenceValues.cases("sacrebleu"))
    func sacreBLEU(_ golden: ReferenceValues.Case) {
        let answers = golden.texts("hypotheses")
        let streams = golden["reference_streams"].array?.map { $0.array?.compactMap(\.string) ?? [] } ?? []
        func sums(_ each: (String, [String]) -> [Double]) -> [Double] {
            answers.enumerated().reduce(into: []) { sums, item in
                let counts = each(item.element, streams.compactMap { $0.indices.contains(item.offset) ? $0[item.offset] : nil })
                sums = sums.isEmpty ? counts : zip(sums, counts).map(+)
            }
        }
        let tokenizer = CaptionTokenizer.mteval13a
        let bleu = sums { answer, references in BLEU.counts(tokenizer(answer), references: references.map { tokenizer($0) }) }
        #expect(agree(BLEU.score(bleu).map { 100 * $0 }, golden.number("bleu")))
        #expect(bleu[8] == golden.number("sys_len") && bleu[9] == golden.number("ref_len"))
        let lower = sums { answer, references in
            BLEU.counts(tokenizer(answer.lowercased()), references: references.map { tokenizer($0.lowercased()) })
        }
        #expect(agree(BLEU.score(lower).map { 100 * $0 }, golden.number("bleu_lowercase")))
        for (at, theirs) in golden.numbers("sentence_bleu_effective_order").enumerated() {
            let references = streams.compactMap { $0.indices.contains(at) ? $0[at] : nil }
            let counts = BLEU.counts(tokenizer(answers[at]), references: references.map { tokenizer($0) })
            #expect(agree(BLEU.score(counts, effectiveOrder: true).map { 100 * $0 }, theirs))
        }
        let chrf = sums { answer, references in ChrF.counts(answer, references: references) }
        #expect(agree((ChrF.score(chrf) ?? 0) * 100, golden.number("chrf2")))
    }

    @Test(arguments: ReferenceValues.cases("rouge_score"))
    func rougeScore(_ golden: ReferenceValues.Case) {
        // That package keeps ASCII letters and digits only; Assay's tokenizer keeps those of all scripts.
        func words(_ text: String) -> [String] {
            text.lowercased().unicodeScalars.split {
                !($0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil))
            }
            .map { String(Substring($0)) }
        }
        let ours = ROUGE.lF1(words(golden.text("prediction")), references: golden.texts("references").map(words))
        #expect(agree(ours, golden.number("rougeL_f")))
    }

    @Test(arguments: ReferenceValues.cases("caption"))
    func captions(_ golden: ReferenceValues.Case) {
        let keys = (golden["tokenized_captions"].object ?? [:]).keys.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
        let cut = CaptionTokenizer.blanks
        let answers = keys.map { cut(golden["tokenized_captions"][$0]?.array?.first?.string ?? "") }
        let references = keys.map { key in
            (golden["tokenized_references"][key]?.array ?? []).map { cut($0.string ?? "") }
        }
        var sums: [Double] = []
        let each = golden["bleu_each"].array?.map { $0.array?.compactMap(\.double) ?? [] } ?? []
        for (at, (answer, texts)) in zip(answers, references).enumerated() {
            let counts = BLEU.counts(answer, references: texts)
            sums = sums.isEmpty ? counts : zip(sums, counts).map(+)
            for (order, score) in BLEU.coco(counts).enumerated() { #expect(agree(score, each[order][at])) }
        }
        for (score, theirs) in zip(BLEU.coco(sums), golden.numbers("bleu")) { #expect(agree(score, theirs)) }
        let rouge = zip(answers, references).map { ROUGE.l($0, references: $1) }
        for (score, theirs) in zip(rouge, golden.numbers("rouge_l_each")) { #expect(agree(score, theirs)) }
        let weights = CIDEr(references: references)
        let cider = zip(answers, references).map { weights.score($0, references: $1) }
        for (score, theirs) in zip(cider, golden.numbers("cider_each")) { #expect(agree(score, theirs)) }
        #expect(agree(cider.reduce(0, +) / Double(cider.count), golden.number("cider")))
    }
}
