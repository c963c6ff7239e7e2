// Scores of documents and texts that would take hours if every comparison were made.

import Basics
import TaskMetrics
import Testing

struct BoundedWorkTests {
    private func nested(_ depth: Int, _ inner: JSONValue, width: Int = 1) -> JSONValue {
        var value = inner
        for level in 0..<depth { value = .array([value] + (1..<max(1, width)).map { .string("\(level) \($0)") }) }
        return value
    }

    /// Guards against matching that compared each level of nested lists twice, which is exponential.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3]) func `nested lists take bounded time`(width: Int) {
        let answer: JSONValue = ["shop": nested(400, "Corner Shop", width: width)]
        let scores = FieldScores(reference: ["shop": "Corner Shop"], answer: answer)
        #expect(scores.total.inReference == 1)
        let other: JSONValue = ["shop": nested(400, "Shop", width: width)]
        #expect(FieldScores(reference: other, answer: answer).total.inReference == 400 * (width - 1) + 1)
        #expect(ANLSStar.score(answer, oneOf: [other]) >= 0)
    }

    @Test(.timeLimit(.minutes(1))) func `thousands of fields take bounded time`() {
        func document(_ seed: Int) -> JSONValue {
            .object(
                Dictionary(uniqueKeysWithValues: (0..<5000).map { ("field \($0)", .string("value \(($0 * 7 + seed) % 5003)")) }))
        }
        let reference = document(1), answer = document(2)
        #expect(FieldScores(reference: reference, answer: answer).total.inReference == 5000)
        _ = ANLSStar.score(answer, oneOf: [reference])
        // Too many values for a tree edit distance: there is no accuracy rather than a wrong one.
        #expect(TreeEditDistance.accuracy(reference: reference, answer: answer) == nil)
    }

    @Test(.timeLimit(.minutes(1))) func `long lists of documents take bounded time`() {
        func document(_ seed: Int) -> JSONValue {
            .object([
                "items": .array(
                    (0..<1000).map { row in
                        [
                            "name": .string("article \((row * 31 + seed) % 997)"),
                            "price": .double(Double(row * seed % 101) / 10),
                            "parts": .array((0..<20).map { .string("part \(($0 * row + seed) % 53)") }),
                        ]
                    })
            ])
        }
        let scores = FieldScores(reference: document(1), answer: document(2))
        #expect(scores.total.inReference == 22_000)
        _ = ANLSStar.score(document(2), oneOf: [document(1)])
    }

    /// The effect of the time bound: list entries beyond it are matched in order, including equal ones.
    @Test func `small lists are matched whatever their order`() {
        let reference: JSONValue = ["items": [["name": "tea", "price": 1], ["name": "coffee", "price": 2]]]
        let answer: JSONValue = ["items": [["name": "coffee", "price": 2], ["name": "tea", "price": 3]]]
        #expect(FieldScores(reference: reference, answer: answer).total.hits == 3)
        #expect(FieldScores(reference: ["a": [[["x"]]]], answer: ["a": "x"]).total.hits == 1)
    }

    // MARK: Texts

    private func plainDistance(_ a: [UInt32], _ b: [UInt32]) -> Int {
        var row = Array(0...b.count)
        for (at, symbol) in a.enumerated() {
            var before = row[0]
            row[0] = at + 1
            for (column, other) in b.enumerated() {
                (before, row[column + 1]) = (
                    row[column + 1], min(before + (symbol == other ? 0 : 1), row[column] + 1, row[column + 1] + 1)
                )
            }
        }
        return row[b.count]
    }

    @Test func `the distance in blocks is the plain distance`() {
        var random = SeededRandom(seed: 5)
        for round in 0..<300 {
            let kinds = UInt64([2, 5, 90, 5000][round % 4])
            func text(_ most: UInt64) -> [UInt32] {
                (0..<Int(random.next() % most)).map { _ in UInt32(random.next() % kinds) + (round % 3 == 0 ? 0x1F600 : 0x20) }
            }
            let a = text(round % 5 == 0 ? 400 : 80), b = text(round % 7 == 0 ? 400 : 80)
            #expect(Levenshtein.distance(a, b) == plainDistance(a, b))
        }
    }

    @Test func `the common subsequence in blocks is the plain one`() {
        func plain(_ a: [String], _ b: [String]) -> Int {
            var row = [Int](repeating: 0, count: b.count + 1)
            for word in a {
                var before = 0
                for (column, other) in b.enumerated() {
                    (before, row[column + 1]) = (row[column + 1], word == other ? before + 1 : max(row[column + 1], row[column]))
                }
            }
            return row[b.count]
        }
        var random = SeededRandom(seed: 6)
        for round in 0..<200 {
            func words(_ most: UInt64) -> [String] {
                (0..<Int(random.next() % most + 1)).map { _ in "w\(random.next() % UInt64([2, 9, 300][round % 3]))" }
            }
            let a = words(200), b = words(300), common = Double(plain(a, b))
            #expect(ROUGE.lF1(a, references: [b]) == 2 * common / Double(a.count + b.count))
        }
    }

    /// An endless answer of different words needed memory for each word and each block of 64 words.
    @Test(.timeLimit(.minutes(1))) func `an endless answer takes bounded time and memory`() {
        let reference = (0..<300).map { "word\($0)" }.joined(separator: " ")
        let answer = (0..<100_000).map { "term\($0)" }.joined(separator: " ")
        let errors = TextErrors(reference: reference, answer: answer)
        #expect(errors.wordEdits == 100_000)
        #expect(ROUGE.lF1(TextForm.words(answer), references: [TextForm.words(reference)]) == 0)
    }
}
