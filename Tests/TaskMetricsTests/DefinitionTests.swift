// The definitions of docs/metrics.md, with hand-computed cases.

import Basics
import Statistics
import TaskMetrics
import Testing

struct DefinitionTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let id: String, reference: String, answer: String, edits: Int, characters: Int, words: Int
        var testDescription: String { id }
    }

    @Test(arguments: [
        Pair(id: "equal", reference: "Total 4.00", answer: "Total 4.00", edits: 0, characters: 10, words: 0),
        Pair(id: "line break is a blank", reference: "one\ntwo", answer: "one two", edits: 0, characters: 7, words: 0),
        Pair(id: "no-break space", reference: "10\u{A0}kg", answer: "10 kg", edits: 0, characters: 5, words: 0),
        Pair(
            id: "composed and decomposed", reference: "r\u{E9}sum\u{E9}", answer: "re\u{301}sume\u{301}", edits: 0, characters: 6,
            words: 0),
        Pair(id: "micro signs are two letters", reference: "5 \u{B5}m", answer: "5 \u{3BC}m", edits: 1, characters: 4, words: 1),
        Pair(id: "exchanged neighbours", reference: "form", answer: "from", edits: 2, characters: 4, words: 1),
        Pair(id: "empty answer", reference: "abc de", answer: " \n", edits: 6, characters: 6, words: 2),
        Pair(id: "empty reference", reference: "", answer: "noise here", edits: 10, characters: 0, words: 2),
        Pair(
            id: "flag of two code points", reference: "\u{1F1E9}\u{1F1EA}", answer: "\u{1F1E9}\u{1F1EB}", edits: 1, characters: 2,
            words: 1),
        Pair(id: "separator of ASCII", reference: "a\u{1C}b", answer: "a b", edits: 0, characters: 3, words: 0),
        Pair(
            id: "longer than a machine word", reference: String(repeating: "ab", count: 100),
            answer: String(repeating: "ba", count: 100), edits: 2, characters: 200, words: 1),
    ])
    func textErrors(_ pair: Pair) {
        let errors = TextErrors(reference: pair.reference, answer: pair.answer)
        #expect(errors.characterEdits == pair.edits)
        #expect(errors.characters == pair.characters)
        #expect(errors.wordEdits == pair.words)
        #expect(errors.isExact == (pair.edits == 0))
    }

    /// Guards the blocks of the bit-parallel distance against the textbook recurrence.
    @Test func levenshteinEqualsTheRecurrence() {
        var random = SeededRandom(seed: 11)
        func text(_ length: Int, _ letters: UInt32) -> [UInt32] {
            (0..<length).map { _ in UInt32.random(in: 0..<letters, using: &random) + (letters > 40 ? 0x2FF : 0) }
        }
        for round in 0..<300 {
            let letters: UInt32 = [2, 5, 60][round % 3]
            let a = text(Int.random(in: 0...200, using: &random), letters),
                b = text(Int.random(in: 0...200, using: &random), letters)
            var row = Array(0...b.count)
            for i in a.indices {
                var before = row[0]
                row[0] += 1
                for j in b.indices {
                    (before, row[j + 1]) = (row[j + 1], min(row[j + 1] + 1, row[j] + 1, before + (a[i] == b[j] ? 0 : 1)))
                }
            }
            #expect(Levenshtein.distance(a, b) == row[b.count])
        }
    }

    @Test func aRunawayAnswerIsNamed() {
        #expect(TextErrors.itemsWithHalf(ofEdits: [1, 0, 2, 900, 3]) == [3])
        #expect(TextErrors.itemsWithHalf(ofEdits: [2, 2, 2, 2]) == [0, 1])
        #expect(TextErrors.itemsWithHalf(ofEdits: [0, 0]).isEmpty)
    }

    struct Number: Sendable, CustomTestStringConvertible {
        let text: String, number: Double?
        init(_ text: String, _ number: Double?) { (self.text, self.number) = (text, number) }
        var testDescription: String { text.debugDescription }
    }

    @Test(arguments: [
        Number("7", 7), Number(" 7.0\n", 7), Number("1,234", 1234), Number("1,234,567.5", 1_234_567.5), Number("Seven", 7),
        Number("twenty", 20), Number("There are 12 coins.", 12), Number("-3.5", -3.5), Number("\u{2212}4", -4), Number("5mm", 5),
        Number("about $1,200", 1200), Number("12%", 12), Number(".5", 0.5), Number("1e3", 1000), Number("1_000", 1000),
        Number("The answer is **9**.", 9), Number("\u{663}", 3), Number("1'000", 1000),
        Number("", nil), Number("none", nil), Number("3 or 4", nil), Number("3-5", nil), Number("0x10", nil), Number("1,23", nil),
        Number("1.2.3", nil), Number("2024-05-01", nil), Number("nan", nil), Number("inf", nil), Number("1e999", nil),
        Number("1e308", nil), Number("-1e101", nil),
        Number("B52", nil), Number("one or 2", nil), Number("7 7", nil),
        // A part of a number is not the number.
        Number("thirty-one", nil), Number("forty five", nil), Number("one hundred", nil), Number("2 million", nil),
        Number("1.5 thousand", nil), Number("half", nil), Number("two and a half", nil), Number("3 cars, half hidden", 3),
        Number("a dozen", nil),
        Number("2\u{BD}", nil), Number("\u{BC}", nil), Number("5 mm\u{B2}", 5),
        Number("minus 3", -3), Number("Negative three", -3), Number("minus -3", -3), Number("It is minus  4.5 mm.", -4.5),
        Number("The result is negative. 3 cells", 3), Number("\u{2013}7", -7), Number("at \u{2011}7 degrees", -7),
        Number("5\u{2013}7", nil), Number("page\u{2013}7", 7),
    ])
    func numberReader(_ sample: Number) { #expect((try? NumberReader.read(sample.text).get()) == sample.number) }

    @Test(arguments: [
        Number(" 7 ", 7), Number("1_000", 1000), Number("0x10", nil), Number("1__0", nil), Number("_1", nil), Number("1.", 1),
        Number(".", nil), Number("1e-2", 0.01), Number("-inf", -.infinity), Number("1,000", nil), Number("", nil),
        Number("\u{661}", 1),
    ])
    func pythonNumbers(_ sample: Number) { #expect(pythonFloat(sample.text) == sample.number) }

    @Test func fields() {
        let reference: JSONValue = [
            "shop": "Kiosk", "total": "9.00", "items": [["name": "pen", "price": "4.00"], ["name": "cup", "price": "5.00"]],
        ]
        let swapped: JSONValue = [
            "shop": "Kiosk", "total": "9.00", "note": nil,
            "items": [["name": "cup", "price": "4.00"], ["name": "pen", "price": "5.00"]],
        ]
        let reordered: JSONValue = [
            "shop": " Kiosk ", "total": "9.00", "items": [["name": "cup", "price": "5.00"], ["name": "pen", "price": "4.00"]],
        ]
        // Prices on the wrong lines do not count, the order of lines does not matter, and null is ignored.
        #expect(
            FieldScores(reference: reference, answer: swapped).total == TagScores.Counts(hits: 4, inReference: 6, inAnswer: 6))
        #expect(FieldScores(reference: reference, answer: reordered).isExact)
        #expect(FieldScores(reference: reference, answer: nil).total == TagScores.Counts(inReference: 6))
        #expect(FieldScores(reference: ["n": 0], answer: [:]).total == TagScores.Counts(inReference: 1))
        // A single object counts as a list of one.
        #expect(FieldScores(reference: ["items": [["name": "pen"]]], answer: ["items": ["name": "pen"]]).isExact)
        let shape = FieldShape.object([.init("total", .number), .init("day", .date), .init("shop", .text)])
        #expect(
            FieldScores(
                reference: ["total": "12.50", "day": "2024-05-01"], answer: ["total": 12.5, "day": "2024-05-01T00:00:00Z"],
                shape: shape
            ).isExact)
        #expect(!FieldScores(reference: ["shop": "12.50"], answer: ["shop": "12.5"], shape: shape).isExact)
        #expect(!FieldScores(reference: ["total": "1250"], answer: ["total": "1,250"], shape: shape).isExact)
        #expect(FieldScores(reference: ["total": 12.5], answer: ["total": "12.50"]).isExact)
        // Names of fields are equal in both Unicode forms, for every metric.
        #expect(FieldScores(reference: ["caf\u{E9}": "1"], answer: ["cafe\u{301}": "1"]).isExact)
        #expect(TreeEditDistance.accuracy(reference: ["caf\u{E9}": "1"], answer: ["cafe\u{301}": "1"]) == 1)
    }

    @Test(arguments: [
        ("12.50", "12.5"), ("+012.5", "12.5"), ("1.25e1", "12.5"), ("-0.0", "0"), (".5", "0.5"), ("3.", "3"), ("12e-3", "0.012"),
    ])
    func decimals(_ text: String, _ decimal: String) { #expect(FieldValues.decimal(text) == decimal) }

    @Test(arguments: ["", ".", "1,000", "abc", "1e999", "--1", "١"])
    func noDecimals(_ text: String) { #expect(FieldValues.decimal(text) == nil) }

    /// Guards the assignment against trying all of them.
    @Test func hungarianEqualsTheBestOfAll() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<200 {
            let rows = Int.random(in: 1...5, using: &random), columns = Int.random(in: 1...5, using: &random)
            let weights = (0..<rows).map { _ in (0..<columns).map { _ in Double(Int.random(in: 0...9, using: &random)) } }
            func best(_ row: Int, _ used: Set<Int>) -> Double {
                guard row < rows else { return 0 }
                let without = rows > columns ? best(row + 1, used) : -.infinity
                return (0..<columns).filter { !used.contains($0) }
                    .map { weights[row][$0] + best(row + 1, used.union([$0])) }.reduce(without, max)
            }
            let assigned = Hungarian.assign(weights)
            #expect(Set(assigned.compactMap { $0 }).count == assigned.compactMap { $0 }.count)
            let sum = zip(weights, assigned).reduce(0.0) { sum, row in sum + (row.1.map { row.0[$0] } ?? 0) }
            #expect(sum == best(0, []))
        }
    }

    @Test func boxes() {
        let a = Box(label: "cup", vocLeft: 1, top: 1, right: 10, bottom: 20)
        #expect(a == Box(label: "cup", x: 0, y: 0, width: 10, height: 20))
        let one = Box(label: "cup", x: 0, y: 0, width: 10, height: 10),
            near = Box(label: "cup", x: 1, y: 0, width: 10, height: 10)
        // The closer of two answers is the match, and each reference is found once.
        #expect(
            BoxMatching.counts(reference: [one], answer: [near, one], overlap: 0.5)
                == TagScores.Counts(hits: 1, inReference: 1, inAnswer: 2))
        #expect(
            BoxMatching.counts(reference: [one], answer: [Box(label: "dog", x: 0, y: 0, width: 10, height: 10)], overlap: 0.5)
                .hits == 0)
        var crowd = Box(label: "cup", x: 100, y: 100, width: 50, height: 50)
        crowd.isCrowd = true
        let inside = Box(label: "cup", x: 110, y: 110, width: 10, height: 10)
        #expect(
            BoxMatching.counts(reference: [one, crowd], answer: [inside], overlap: 0.5)
                == TagScores.Counts(hits: 0, inReference: 1, inAnswer: 0))
        #expect(BoxConvention.xyxyThousand.box([.nan, 0, 1, 1], label: "", width: 10, height: 10) == nil)
        #expect(Box(label: "", x: -5, y: -5, width: 3, height: 3).clipped(width: 10, height: 10) == nil)
    }

    /// Equal scores are one block: no order of the pictures changes the number, which with one block is precision times recall.
    @Test func equalScoresDoNotDependOnOrder() throws {
        let box = Box(label: "a", x: 0, y: 0, width: 10, height: 10), far = Box(label: "a", x: 50, y: 50, width: 10, height: 10)
        var pictures = [
            AveragePrecision.Picture(reference: [box], answer: [box]), AveragePrecision.Picture(reference: [box], answer: [far]),
            AveragePrecision.Picture(reference: [box, far], answer: [box, far]),
            AveragePrecision.Picture(reference: [], answer: [far]),
        ]
        let value = try #require(AveragePrecision(pictures).value())
        pictures.reverse()
        #expect(AveragePrecision(pictures).value() == value)
        // 3 of 5 answers are right, 3 of 4 references are found.
        #expect(agree(value, 0.6 * 76 / 101))
    }

    @Test func weightedPicturesEqualRepeatedOnes() throws {
        let box = Box(label: "a", x: 0, y: 0, width: 10, height: 10, score: 0.9),
            far = Box(label: "a", x: 50, y: 50, width: 10, height: 10, score: 0.7)
        let one = AveragePrecision.Picture(reference: [box], answer: [far]),
            two = AveragePrecision.Picture(reference: [box, far], answer: [box])
        let weighted = AveragePrecision([one, two]).value(weights: [2, 1])
        #expect(agree(weighted, AveragePrecision([one, one, two]).value()))
    }

    @Test func judges() throws {
        let calibration = JudgeAgreement(
            people: [Bool](repeating: true, count: 50) + [Bool](repeating: false, count: 50),
            judge: [Bool](repeating: true, count: 46) + [Bool](repeating: false, count: 44) + [Bool](repeating: true, count: 10))
        #expect(calibration.sensitivity == 0.92 && calibration.specificity == 0.8)
        let score = try #require(CorrectedScore.roganGladen(judgedRight: 848, of: 1000, calibration: calibration))
        #expect(score.interval.contains(0.9) && score.interval.high <= 1)
        // (0.848 + 0.8 - 1) / (0.92 + 0.8 - 1)
        #expect(abs(score.value - 0.9) < 1e-12)
        let useless = JudgeAgreement(people: [true, false], judge: [true, true])
        #expect(CorrectedScore.roganGladen(judgedRight: 1, of: 2, calibration: useless)?.interval.low == 0)
        #expect(CorrectedScore.predictionPowered(labels: [], judgedOfLabelled: [], judgedOfRest: [1]) == nil)
    }

    @Test(arguments: [
        "", " ", "\u{0}", String(repeating: "9", count: 100_000), String(repeating: "[", count: 100_000), "\u{301}", "-", "e",
        "1e", "％",
    ])
    func readersAreTotal(_ text: String) {
        _ = NumberReader.read(text)
        _ = pythonFloat(text)
        _ = RelaxedAccuracy.isRight(text, reference: text)
        _ = VQAAccuracy.score(text, people: [text, ""])
        _ = ANLS.score(text, accepted: [text])
        _ = CaptionTokenizer.mteval13a(text)
        _ = FieldValues.decimal(text)
        #expect(TextErrors(reference: text, answer: text).characterEdits == 0)
    }

    @Test func deepAndLargeDocumentsEnd() {
        var deep: JSONValue = "x"
        for _ in 0..<500 { deep = ["a": deep] }
        #expect(FieldScores(reference: deep, answer: deep).isExact)
        #expect(ANLSStar.score(deep, oneOf: [deep]) == 1)
        #expect(TreeEditDistance.accuracy(reference: deep, answer: deep) == 1)
        let wide = JSONValue.array((0..<20_000).map { ["n": .string("\($0)")] })
        let other = JSONValue.array((0..<20_000).map { ["n": .string("x\($0)")] })
        #expect(FieldScores(reference: ["l": wide], answer: ["l": other]).total.hits == 0)
        // Far more than the reference holds scores 0 without being compared.
        #expect(TreeEditDistance.accuracy(reference: ["l": "1"], answer: ["l": wide]) == 0)
        #expect(FieldScores(reference: ["n": .double(.nan)], answer: ["n": .double(.infinity)]).total == TagScores.Counts())
    }
}
