// Splits by name, by count, by share and by the parts of a dataset.

import Basics
import Foundation
import Planning
import Specification
import Testing

@Suite("Splits")
struct SplitTests {
    static func manifest(
        _ counts: KeyValuePairs<String, Int>, part: (Int) -> SplitPart? = { _ in nil }
    )
        -> DatasetManifest
    {
        DatasetManifest(
            counts.flatMap { label, count in
                (0..<count).map { index in
                    let path = "\(label)/img_\(index).jpg"
                    return ManifestEntry(
                        path: path, label: label, part: part(index), digest: Digest(of: path), bytes: index + 1, width: 2,
                        height: 3)
                }
            })
    }

    static let shuffled = SplitSpec(
        first: 50, train: 40, validation: 5, test: 5, order: .pythonShuffle, seed: 42)

    @Test func byName() throws {
        let split = try SplitSpec(train: 2, test: 1).split(SplitTests.manifest(["b": 11, "a": 3]))
        #expect(split[.train].labels == ["a", "b"])
        #expect(split[.train].examples.map(\.path) == ["a/img_0.jpg", "a/img_1.jpg", "b/img_0.jpg", "b/img_1.jpg"])
        #expect(split[.train].examples.map(\.id) == [0, 1, 2, 3])
        // Sorted by bytes, so 10 comes before 2.
        #expect(split[.test].examples.map(\.path) == ["a/img_2.jpg", "b/img_10.jpg"])
        #expect(split[.test].examples.map(\.id) == [0, 1])
        #expect(split[.validation].examples.isEmpty)
        #expect(try SplitExamples(decoding: split[.train].encoded) == split[.train])
        #expect(try SplitExamples(decoding: split[.validation].encoded) == split[.validation])
    }

    /// A store comes with somebody else's project. Guards against an id given twice, which ended the process that read it for a
    /// batch.
    @Test(arguments: [(2, "a/img_1.jpg", true), (1, "a/img_2.jpg", true), (0, "a/img_1.jpg", false)])
    func anExampleHasOneID(id: Int, path: String, isRead: Bool) throws {
        func example(_ id: Int, _ path: String) -> Example {
            Example(id: id, path: path, label: "a", digest: Digest(of: path), bytes: 1, width: 1, height: 1)
        }
        let examples = SplitExamples(labels: ["a"], examples: [example(0, "a/img_0.jpg"), example(id, path)])
        #expect((try? SplitExamples(decoding: examples.encoded)) == (isRead ? examples : nil))
    }

    @Test func everyLabelWithTooFewImagesIsNamed() {
        let rule = SplitSpec(first: 50, train: 40, validation: 5, test: 5)
        #expect(
            throws: SplitError.tooFewImages([
                .init(label: "a", have: 3, need: 50), .init(label: "c", have: 49, need: 50),
            ])
        ) { try rule.split(SplitTests.manifest(["a": 3, "b": 60, "c": 49])) }
    }

    @Test func limitKeepsAFewOfEachPart() throws {
        let manifest = SplitTests.manifest(["a": 50, "b": 50])
        let rule = SplitTests.shuffled
        let whole = try rule.split(manifest)
        let limited = try rule.split(manifest, limit: 2)
        for part in SplitPart.allCases {
            #expect(limited[part].examples.count == 4)
            #expect(Set(limited[part].examples.map(\.path)).isSubset(of: whole[part].examples.map(\.path)))
        }
    }

    @Test func datasetParts() throws {
        let manifest = SplitTests.manifest(["a": 6]) { SplitPart.allCases[$0 % 3] }
        let rule = SplitSpec(source: .dataset, first: 1)
        let split = try rule.split(manifest)
        #expect(split[.train].examples.map(\.path) == ["a/img_0.jpg"])
        #expect(split[.test].examples.map(\.path) == ["a/img_2.jpg"])
        #expect(throws: SplitError.withoutPart(paths: ["b/img_0.jpg"])) {
            try rule.split(SplitTests.manifest(["b": 1]))
        }
    }

    @Test func pythonShuffleHasGoldenValues() {
        // python3 -c 'import random; r = random.Random(42); x = list(range(10)); r.shuffle(x); print(x)'
        var random = PythonRandom(seed: 42)
        var values = Array(0..<10)
        random.shuffle(&values)
        #expect(values == [7, 3, 2, 8, 5, 6, 9, 4, 0, 1])
        // The reference implementation's first outputs for init_by_array({0}), as CPython seeds with 0.
        var zero = PythonRandom(seed: 0)
        #expect([zero.nextWord(), zero.nextWord()] == [3_626_764_237, 1_654_615_998])
    }

    @Test(
        "Numbers are CPython's", .enabled(if: Python.isHere, "needs python3"),
        arguments: [0, 1, 42, -7, 4_294_967_295, 4_294_967_296, 1 << 40, .max])
    func numbersArePythons(seed: Int) throws {
        let script = """
            import random, sys
            r = random.Random(int(sys.stdin.read()))
            print(r.getrandbits(32), r.getrandbits(1), r.getrandbits(7), r._randbelow(1000), r._randbelow(3))
            for n in (1, 2, 50, 1500):
                x = list(range(n)); r.shuffle(x); print(*x)
            """
        var random = PythonRandom(seed: seed)
        var text = "\(random.bits(32)) \(random.bits(1)) \(random.bits(7)) \(random.below(1000)) \(random.below(3))\n"
        for count in [1, 2, 50, 1500] {
            var values = Array(0..<count)
            random.shuffle(&values)
            text += values.map(String.init).joined(separator: " ") + "\n"
        }
        #expect(try Python.run(script, input: String(seed)) == text)
    }

    @Test("The published CNN's split", .enabled(if: Python.isHere, "needs python3"))
    func pythonShuffleOfEachLabel() throws {
        let manifest = SplitTests.manifest(["n1-b": 52, "n2-a": 50, "é": 64])
        let rule = SplitTests.shuffled
        let split = try rule.split(manifest)
        let script = """
            import random, sys
            labels = {}
            for path in sys.stdin.buffer.read().decode().split(): labels.setdefault(path.split('/')[0], []).append(path)
            parts = {'train': [], 'validation': [], 'test': []}
            for label in labels:
                paths = sorted(labels[label])[:50]
                random.Random(42).shuffle(paths)
                parts['train'] += paths[:40]; parts['validation'] += paths[40:45]; parts['test'] += paths[45:50]
            for name in parts: sys.stdout.buffer.write((name + ' ' + ' '.join(sorted(parts[name])) + '\\n').encode())
            """
        let input = manifest.entries.map(\.path).shuffled().joined(separator: "\n")
        let ours = SplitPart.allCases.map { part in
            ([part.rawValue] + split[part].examples.map(\.path)).joined(separator: " ") + "\n"
        }.joined()
        #expect(try Python.run(script, input: input) == ours)
    }
}
