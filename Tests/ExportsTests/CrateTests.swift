// Crates: a valid one, and all kinds of deviations and attacks.

import Basics
import Foundation
import Reporting
import Statistics
import TaskKit
import Tasks
import TestServer
import Testing

@testable import Exports

@Suite struct CrateTests {
    /// Writes the crate of a small run.
    private static func crate(_ results: ExperimentResults = SmallRun.results()) throws -> TestFolder {
        let folder = try TestFolder()
        let crate = try Crate(SmallRun.source(results), page: Data("<html>".utf8))
        for file in crate.files { _ = try folder.write(file.name, file.data) }
        _ = try folder.write(Crate.metadata, Data(crate.description.pretty.utf8))
        return folder
    }

    private static func check(_ folder: TestFolder) -> CrateCheck {
        CrateCheck(folder: folder.url.path, tasks: .standard, version: "0.1.0")
    }

    @Test func aSoundCrate() throws {
        let check = Self.check(try Self.crate())
        #expect(check.problems.isEmpty, "\(check.problems)")
        #expect(check.files == 7 && check.answers == 24 && check.numbers > 100 && check.run == "20251123-121320-4f2a")
    }

    /// Guards against intervals without ends, which were written as `[null, null]` and refused.
    @Test(arguments: [("equal", 0), ("different", 1)]) func aSoundCrateOfItems(_ id: String, _ error: Int) throws {
        let numbers = [7, 6, 9, 7, 12, 7, 3, 7]
        let results = SmallRun.items(
            "count",
            [
                "base": numbers.enumerated().map { SmallRun.counted($0, $1) },
                "tuned": numbers.enumerated().map { SmallRun.counted($0, $1 + error) },
            ])
        let pairs = SmallRun.source(results).document["variants"]?["default"]?["comparisons"]?["items"]
        let interval = try #require(pairs?["rmse"]?["base"]?["tuned"]?["interval"])
        if error == 0 { #expect(interval == .null, "\(id)") } else { #expect(interval.array?.count == 2, "\(id)") }
        let check = Self.check(try Self.crate(results))
        #expect(check.problems.isEmpty, "\(id): \(check.problems)")
    }

    /// Guards: a right answer that was scored as wrong was sound. The counts stay as they are, as do all digests.
    @Test(
        arguments: [
            ("right, as wrong", 7, .wrong, "its counts state a right answer"),
            ("right, without a verdict", 7, .answered, "its counts state a right answer"),
            ("right, as unmatched", 7, .unmatched, "its counts state a right answer"),
            ("right, as unanswered", 7, .unanswered, "its counts state a right answer"),
            ("right, as missing", 7, .missing, "a missing answer has a text"),
            ("wrong, as right", 5, .correct, "its counts state a wrong answer"),
            ("wrong, without a verdict", 5, .answered, "its counts state a wrong answer"),
            ("wrong, as unmatched", 5, .unmatched, "its counts state a wrong answer"),
            ("unreadable, as wrong", nil, .wrong, "it was not read"),
            ("unreadable, as right", nil, .correct, "it was not read"),
        ] as [(String, Int?, ScoredAnswer.Outcome, String)])
    func outcomesFollowFromCounts(_ id: String, _ number: Int?, _ outcome: ScoredAnswer.Outcome, _ says: String) throws {
        var answers = [SmallRun.counted(0, number), SmallRun.counted(1, 7), SmallRun.counted(2, 4)]
        let sound = Self.check(try Self.crate(SmallRun.items("count", ["base": answers])))
        #expect(sound.problems.isEmpty, "\(id): \(sound.problems)")
        answers[0].outcome = outcome
        let check = Self.check(try Self.crate(SmallRun.items("count", ["base": answers])))
        #expect(check.problems.count == 1 && check.problems.first?.kind == .answer, "\(id): \(check.problems)")
        #expect(check.problems.first?.message.contains(says) == true, "\(id): \(check.problems)")
    }

    /// Guards: images with groups, whose counts are stored, were refused.
    @Test(arguments: [("as counted", true, 0), ("with other counts", false, 12)])
    func countsOfGroupedImages(_ id: String, _ isKept: Bool, _ problems: Int) throws {
        var results = SmallRun.results()
        let given = results.variants[0].evaluations[0].models[0].answers
        results.variants[0].evaluations[0].models[0].answers = given.enumerated().map { at, given -> ScoredAnswer in
            var answer = given
            var score = ClassificationCounts.score(
                label: answer.label, matched: answer.matched, isCorrect: answer.isCorrect)
            if !isKept { score.counts["right"] = answer.isCorrect ? 0 : 1 }
            answer.item = AnsweredItem(group: "\(at / 2)", image: answer.example, score: score)
            return answer
        }
        let check = Self.check(try Self.crate(results))
        #expect(check.problems.count { $0.kind == .answer } == problems, "\(id): \(check.problems)")
        #expect(!isKept || check.isSound, "\(id): \(check.problems)")
    }

    /// Paths of this machine are not shared.
    @Test func picturesStayHere() throws {
        let folder = try Self.crate()
        let text = try String(contentsOf: folder.url.appending(path: Crate.results), encoding: .utf8)
        #expect(!text.contains("/home/someone"))
    }

    /// A change of a crate with the problem that it must cause.
    struct Change: Sendable, CustomTestStringConvertible {
        var id: String
        var kind: CrateCheck.Problem.Kind
        var says: String
        /// Whether the stated digests are updated after the change, as a forger would.
        var isForged = false
        var apply: @Sendable (URL) throws -> Void
        var testDescription: String { id }

        init(
            _ id: String, _ kind: CrateCheck.Problem.Kind, _ says: String, isForged: Bool = false,
            _ apply: @escaping @Sendable (URL) throws -> Void
        ) {
            (self.id, self.kind, self.says, self.isForged, self.apply) = (id, kind, says, isForged, apply)
        }
    }

    private static func edit(_ url: URL, _ name: String, _ old: String, _ new: String) throws {
        let file = url.appending(path: name)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains(old), "\(name) has no '\(old)'")
        try text.replacing(old, with: new, maxReplacements: 1).write(to: file, atomically: true, encoding: .utf8)
    }

    private static func describe(_ url: URL, _ entity: String) throws {
        try edit(url, Crate.metadata, "\"@graph\": [", "\"@graph\": [\n\(entity),")
    }

    /// Updates the digests and sizes in the description.
    private static func forge(_ url: URL) throws {
        let file = url.appending(path: Crate.metadata)
        var document = try JSONValue(parsing: Data(contentsOf: file))
        guard case .object(var members) = document, let graph = members["@graph"]?.array else { return }
        members["@graph"] = .array(
            graph.map { entity in
                guard case .object(var own) = entity, own["sha256"] != nil, let id = own["@id"]?.string,
                    let data = try? Data(contentsOf: url.appending(path: id))
                else { return entity }
                own["sha256"] = .string(Digest(of: data).hex)
                own["contentSize"] = .string(String(data.count))
                return .object(own)
            })
        document = .object(members)
        try Data(document.pretty.utf8).write(to: file)
    }

    @Test(arguments: [
        Change("changed file", .digest, "the content has changed") { try edit($0, "report.html", "<html>", "<HTML>") },
        Change("size", .digest, "the description has 6") {
            try Data("<html> ".utf8).write(to: $0.appending(path: "report.html"))
        },
        Change("missing file", .file, "missing") { try FileManager.default.removeItem(at: $0.appending(path: "report.html")) },
        Change("missing results", .file, "it is missing") {
            try FileManager.default.removeItem(at: $0.appending(path: Crate.results))
        },
        Change("no description", .description, "missing") {
            try FileManager.default.removeItem(at: $0.appending(path: Crate.metadata))
        },
        Change("description is no JSON", .description, "not JSON") {
            try Data("{".utf8).write(to: $0.appending(path: Crate.metadata))
        },
        Change("no graph", .description, "no list '@graph'") {
            try Data("{}".utf8).write(to: $0.appending(path: Crate.metadata))
        },
        Change("parent folder", .file, "refers to another folder") {
            try describe($0, #"{"@id": "../secret", "@type": "File", "sha256": ""}"#)
        },
        Change("hidden parent folder", .file, "refers to another folder") {
            try describe($0, #"{"@id": "a%2F..%2F..%2Fsecret", "@type": "File"}"#)
        },
        Change("absolute path", .file, "an absolute path") { try describe($0, #"{"@id": "/etc/passwd", "@type": "File"}"#) },
        Change("file address", .file, "not in the crate") {
            try describe($0, #"{"@id": "file:///etc/passwd", "@type": "File"}"#)
        },
        Change("web address", .file, "not in the crate") {
            try describe($0, #"{"@id": "http://127.0.0.1:9/x", "@type": ["File", "Dataset"]}"#)
        },
        Change("NUL", .file, "a NUL character") { try describe($0, #"{"@id": "a%00b", "@type": "File"}"#) },
        Change("other spelling of a path", .file, "plain form") {
            try describe($0, #"{"@id": ".//report.md", "@type": "File"}"#)
        },
        Change("listed twice", .description, "listed twice") {
            try describe($0, #"{"@id": "report.md", "@type": "File", "sha256": "00"}"#)
        },
        Change("describes itself", .description, "itself") {
            try describe($0, #"{"@id": "ro-crate-metadata.json", "@type": "File"}"#)
        },
        Change("no digest", .digest, "no SHA-256") {
            try edit($0, Crate.metadata, "\"sha256\": \"\(Digest(of: "<html>").hex)", "\"md5\": \"")
        },
        Change("link", .file, "it is a link") { url in
            let file = url.appending(path: "report.html")
            try FileManager.default.removeItem(at: file)
            try FileManager.default.createSymbolicLink(at: file, withDestinationURL: URL(filePath: "/etc/passwd"))
        },
        Change("folder instead of a file", .file, "not a regular file") { url in
            let file = url.appending(path: "report.html")
            try FileManager.default.removeItem(at: file)
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        },
        Change("unlisted file", .unlisted, "does not list") { try Data("x".utf8).write(to: $0.appending(path: "more.txt")) },
        Change("unlisted link to the root", .unlisted, "does not list") {
            try FileManager.default.createSymbolicLink(at: $0.appending(path: "root"), withDestinationURL: URL(filePath: "/"))
        },
        Change("huge description", .description, "cannot be read") { url in
            let handle = try FileHandle(forWritingTo: url.appending(path: Crate.metadata))
            try handle.truncate(atOffset: 1 << 40)
            try handle.close()
        },
        Change("huge results", .file, "cannot be read") { url in
            let handle = try FileHandle(forWritingTo: url.appending(path: Crate.results))
            try handle.truncate(atOffset: 1 << 40)
            try handle.close()
        },
        Change("terabytes of nothing", .file, "may have 8 GiB") { url in
            try Data().write(to: url.appending(path: "large.bin"))
            let handle = try FileHandle(forWritingTo: url.appending(path: "large.bin"))
            try handle.truncate(atOffset: 1 << 40)
            try handle.close()
            try describe(url, #"{"@id": "large.bin", "@type": "File", "contentSize": "1099511627776"}"#)
        },
        Change("more models than anybody compares", .file, "has 501 models", isForged: true) { url in
            let file = url.appending(path: Crate.results)
            var results = try ExperimentResults(stored: Data(contentsOf: file))
            let model = try #require(results.variants[0].evaluations[0].models.first)
            results.variants[0].evaluations[0].models = Array(repeating: model, count: 501)
            try Crate.encoded(results).write(to: file)
        },
        Change("a better number", .number, "stated 0.95, recomputed 0.75", isForged: true) {
            try edit($0, Crate.metrics, "\"accuracy\": 0.75", "\"accuracy\": 0.95")
        },
        Change("a narrower interval", .number, "comparisons", isForged: true) { url in
            try edit(url, Crate.metrics, "\"p_value\": ", "\"p_value\": 0.0001, \"was\": ")
        },
        Change("a number twice", .text, "a member may be repeated", isForged: true) {
            try edit($0, Crate.metrics, "\"accuracy\": 0.75", "\"accuracy\": 0.99,\n            \"accuracy\": 0.75")
        },
        Change("another verdict", .number, "recomputed \"not reproduced\"", isForged: true) {
            try edit($0, Crate.metrics, "\"not reproduced\"", "\"reproduced\"")
        },
        Change("a wrong answer scored as correct", .answer, "scored as correct", isForged: true) {
            try edit($0, Crate.results, "\"outcome\":\"wrong\"", "\"outcome\":\"correct\"")
        },
        Change("an answer that matched something else", .answer, "match exactly", isForged: true) {
            try edit(
                $0, Crate.results, "\"answer\":\"dog\",\"example\":\"cat/0.jpg\"", "\"answer\":\"cat\",\"example\":\"cat/0.jpg\"")
        },
        Change("a row of the table of answers", .text, "line 2", isForged: true) {
            try edit($0, Crate.predictions, ",false,", ",true,")
        },
        Change("the report", .text, "the report does not follow", isForged: true) {
            try edit($0, Crate.markdown, "75.0", "95.0")
        },
        Change("another spec", .text, "the spec does not follow", isForged: true) { try edit($0, Crate.spec, "small", "large") },
        Change("results are no results", .file, "not the results of a run", isForged: true) {
            try Data("{}".utf8).write(to: $0.appending(path: Crate.results))
        },
    ])
    func deviationsAreReported(_ change: Change) throws {
        let folder = try Self.crate()
        try change.apply(folder.url)
        if change.isForged { try Self.forge(folder.url) }
        let check = Self.check(folder)
        #expect(!check.isSound)
        #expect(
            check.problems.contains {
                $0.kind == change.kind && $0.message.contains(change.says)
                    || "\($0.place ?? "")".contains(change.says) && $0.kind == change.kind
            },
            "\(check.problems)")
        #expect(!"\(check.problems)".contains("root:"), "the content of another file is shown")
        #expect(!check.problems.contains { $0.message.contains("DecodingError") }, "\(check.problems)")
    }

    /// Results that no program wrote: the check reports or accepts them, and ends.
    @Test(arguments: 0..<60) func damagedResultsDoNotStopTheCheck(seed: Int) throws {
        let folder = try Self.crate()
        var random = SeededRandom(seed: UInt64(seed))
        let file = folder.url.appending(path: Crate.results)
        var value = try JSONValue(parsing: Data(contentsOf: file))
        for _ in 0...(seed % 4) { value = Self.damaged(value, &random) }
        try Data(value.canonical.utf8).write(to: file)
        try Self.forge(folder.url)
        let check = Self.check(folder)
        #expect(check.files == 7)
    }

    /// The value with one random change.
    private static func damaged(_ value: JSONValue, _ random: inout SeededRandom) -> JSONValue {
        func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        let odd: [JSONValue] = [
            .null, .int(-1), .int(0), .int(.max), .double(1e308), .double(-0.5), .string(""), .string("dog"), .array([]),
            .object([:]), .bool(true),
        ]
        switch value {
        case .object(var members) where !members.isEmpty && pick(8) > 0:
            let name = members.keys.sorted()[pick(members.count)]
            if pick(10) == 0 { members[name] = nil } else { members[name] = damaged(members[name] ?? .null, &random) }
            return .object(members)
        case .array(var elements) where !elements.isEmpty && pick(8) > 0:
            let at = pick(elements.count)
            switch pick(6) {
            case 0: elements.remove(at: at)
            case 1: elements.append(elements[at])
            default: elements[at] = damaged(elements[at], &random)
            }
            return .array(elements)
        default: return odd[pick(odd.count)]
        }
    }
}
