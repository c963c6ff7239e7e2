// The result files of a batch in all known shapes: no line is lost or confused with another.

import AzureOpenAI
import Basics
import Foundation
import Platform
import ProviderKit
import TestServer
import Testing

@testable import Providers
@testable import Steps

@Suite struct BatchResultTests {
    private static let body =
        #"{"id":"c","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"circle"}}]}"#
    private static func ok(_ id: String) -> String {
        #"{"custom_id":"\#(id)","response":{"status_code":200,"body":\#(body)},"error":null}"#
    }

    private func verdicts(_ data: Data) throws -> [String] {
        let scratch = try TestFolder()
        var found: [String] = []
        try BatchResultFile(path: scratch.write("out", data)).forEach { line in
            let name = line.id ?? "?"
            switch line.reply {
            case .answered(let text), .truncated(let text): found.append("\(name) \(text.text)")
            case .filtered: found.append("\(name) filtered")
            case .rejected(let reason): found.append("\(name) rejected \(reason)")
            case .failed(let reason, let again): found.append("\(name) failed \(reason)\(again ? "" : " for good")")
            case .unreadable(let reason): found.append("\(name) unreadable \(reason)")
            }
        }
        return found
    }

    struct FileCase: CustomTestStringConvertible, Sendable {
        let id: String
        let text: String
        let lines: [String]
        var testDescription: String { id }
    }

    /// Guards: result files in an unexpected form were treated as empty, and the batches were paid for three times.
    @Test(arguments: [
        FileCase(id: "lines", text: ok("1") + "\n" + ok("2") + "\n", lines: ["1 circle", "2 circle"]),
        FileCase(id: "no line break at the end", text: ok("1") + "\n" + ok("2"), lines: ["1 circle", "2 circle"]),
        FileCase(
            id: "byte order mark, carriage returns, blank lines",
            text: "\u{FEFF}" + ok("1") + "\r\n\r\n  \t\r\n" + ok("2") + "\r\n\r\n",
            lines: ["1 circle", "2 circle"]),
        FileCase(id: "an array", text: "[" + ok("1") + ", " + ok("2") + "]", lines: ["1 circle", "2 circle"]),
        FileCase(
            id: "an array over several lines", text: "\u{FEFF} [\n" + ok("1") + ",\n" + ok("2") + "\n]\n",
            lines: ["1 circle", "2 circle"]),
        FileCase(
            id: "objects over several lines", text: (ok("1") + "\n" + ok("2")).replacing(",", with: ",\n  "),
            lines: ["1 circle", "2 circle"]),
        FileCase(id: "objects on one line", text: ok("1") + ok("2"), lines: ["1 circle", "2 circle"]),
        FileCase(id: "carriage returns alone", text: ok("1") + "\r" + ok("2") + "\r", lines: ["1 circle", "2 circle"]),
        FileCase(id: "an object with a list", text: "{\n\"data\": [" + ok("1") + "]}", lines: ["1 circle"]),
        FileCase(
            id: "lines that are none", text: "not json\n" + ok("1") + "\n{\"trunc",
            lines: ["? unreadable the line is not JSON", "1 circle", "? unreadable the line is not JSON"]),
        FileCase(
            id: "a line without an id", text: #"{"response":{"body":{}}}"#,
            lines: ["? unreadable the line has no custom_id, or one that is neither a string nor a number"]),
        FileCase(
            id: "neither response nor error", text: #"{"custom_id":"1","response":null,"error":null}"#,
            lines: ["1 unreadable the line contains neither a response nor an error"]),
        FileCase(
            id: "a body that is no completion", text: #"{"custom_id":"1","response":{"status_code":200,"body":"hm"}}"#,
            lines: ["1 unreadable the body is not a chat completion"]),
        FileCase(
            id: "an error after generated tokens",
            text:
                #"{"custom_id":"1","response":{"status_code":200,"body":{"choices":[],"error":{"message":"boom"},"usage":{"prompt_tokens":9,"completion_tokens":4}}}}"#,
            lines: ["1 unreadable HTTP 200: boom"]),
        FileCase(
            id: "a rejected image",
            text:
                #"{"custom_id":"1","response":{"status_code":400,"body":{"error":{"message":"Invalid image","code":"invalid_image"}}}}"#,
            lines: ["1 rejected HTTP 400 invalid_image: Invalid image"]),
        FileCase(
            id: "a refusal of the filter",
            text: #"{"custom_id":"1","response":{"status_code":400,"body":{"error":{"message":"m","code":"content_filter"}}}}"#,
            lines: ["1 filtered"]),
        FileCase(
            id: "a failure that another try may mend",
            text: #"{"custom_id":"1","response":{"status_code":500,"body":{"error":{"message":"boom"}}}}"#,
            lines: ["1 failed HTTP 500: boom"]),
        FileCase(
            id: "a wrong key", text: #"{"custom_id":"1","response":{"status_code":401,"body":{"error":{"message":"no"}}}}"#,
            lines: ["1 failed HTTP 401: no for good"]),
        FileCase(
            id: "an expired line",
            text: #"{"custom_id":"1","response":null,"error":{"code":"batch_expired","message":"expired"}}"#,
            lines: ["1 failed batch_expired: expired"]),
        FileCase(
            id: "what JSON does not allow beside the answer",
            text: ok("1").replacing("{\"id\":\"c\"", with: "{\"score\":NaN,\"low\":-Infinity,\"half\":\"\\ud83d\",\"id\":\"c\""),
            lines: ["1 circle"]),
        FileCase(
            id: "half a surrogate pair at the end of an answer", text: ok("1").replacing("circle", with: "circle\\ud83d"),
            lines: ["1 circle\u{FFFD}"]),
        FileCase(
            id: "two answers in one member",
            text: ok("1").replacing("\"content\":\"circle\"", with: "\"content\":\"circle\",\"content\":\"square\""),
            lines: ["1 unreadable it has 'content' twice, with different values"]),
        FileCase(
            id: "two ids in one line", text: ok("1").replacing("\"custom_id\"", with: "\"custom_id\":\"2\",\"custom_id\""),
            lines: ["? unreadable it has 'custom_id' twice, with different values"]),
        FileCase(
            id: "one answer twice, and once null",
            text: ok("1").replacing(
                "\"content\":\"circle\"", with: "\"content\":\"circle\",\"content\":\"circle\",\"content\":null"),
            lines: ["1 circle"]),
    ])
    func files(_ file: FileCase) throws {
        #expect(try verdicts(Data(file.text.utf8)) == file.lines)
    }

    /// Guards: a parameter that the model does not take concerns all requests, and its line has the hint.
    @Test func rejectedParameterIsNotARejectedImage() throws {
        let found = try verdicts(
            Data(
                #"{"custom_id":"1","response":{"status_code":400,"body":{"error":{"message":"Unsupported parameter: 'max_tokens'","code":"unsupported_parameter","param":"max_tokens"}}}}"#
                    .utf8))
        #expect(found.count == 1 && found[0].contains("max_completion_tokens") && found[0].hasSuffix("for good"))
    }

    private let requests = [1: Digest(of: "1"), 2: Digest(of: "2")]

    private func read(_ lines: [String], known: Set<Digest> = []) throws -> (BatchReading, BatchProblems) {
        let scratch = try TestFolder()
        var reading = BatchReading(batch: "batch_1", requests: requests, known: known, keepsEmpty: true)
        try BatchResultFile(path: scratch.write("out", Data(lines.joined(separator: "\n").utf8))).forEach { reading.take($0) }
        let problems = BatchProblems()
        let done = Set(reading.fresh.map(\.request))
        reading.close(
            requests.values.filter { !done.contains($0) }, hasFile: true, unreadFile: nil, into: problems)
        return (reading, problems)
    }

    @Test func aRejectedRequestIsKeptWithItsReason() throws {
        let (reading, _) = try read([
            Self.ok("1"), #"{"custom_id":"2","response":{"status_code":400,"body":{"error":{"message":"Invalid image"}}}}"#,
        ])
        #expect(reading.fresh.map(\.status) == [.answered, .rejected])
        #expect(reading.fresh.last?.problem == "HTTP 400: Invalid image")
    }

    /// Guards: an answer that may be among unreadable lines is paid for, and not bought again without consent.
    @Test func whatMayBeAmongUnreadableLinesIsHeldBack() throws {
        let (reading, problems) = try read([Self.ok("1"), "{\"custom_id\":\"2\",\"resp"])
        #expect(reading.fresh.count == 1)
        #expect(problems.isHeld(Digest(of: "2")))
        #expect(problems.reason(for: Digest(of: "2"))?.contains("may be among the 1 lines of batch_1") == true)
        #expect(problems.notes.count == 1)
        #expect(String(decoding: problems.unread, as: UTF8.self) == "{\"custom_id\":\"2\",\"resp\n")
    }

    @Test func anUnreadableAnswerIsKept() throws {
        let (reading, problems) = try read([Self.ok("1"), #"{"custom_id":"2","response":{"status_code":200,"body":17}}"#])
        #expect(reading.fresh.map(\.status) == [.answered, .unreadable])
        #expect(reading.fresh.last?.raw?.contains("\"body\":17") == true)
        #expect(!problems.isHeld(Digest(of: "2")))
    }

    @Test func absentLineIsRequestedAgain() throws {
        let (_, problems) = try read([Self.ok("1")])
        #expect(!problems.isHeld(Digest(of: "2")))
        #expect(problems.reason(for: Digest(of: "2")) == "batch_1 has no line for it")
    }

    /// Guards: a batch with answers under unknown ids was sent three times, and none of the three was recorded as paid.
    @Test(
        arguments: [
            ("unknown ids", [ok("a"), ok("b")], 2, true), ("one of two", [ok("1"), ok("zzz")], 2, true),
            ("more than requests", [ok("1"), ok("2"), ok("8"), ok("9")], 2, false),
            (
                "an id twice, with different values",
                [ok("1").replacing("\"custom_id\"", with: "\"custom_id\":\"2\",\"custom_id\"")], 1, true
            ),
            (
                "failures", [#"{"custom_id":"x","response":{"status_code":500,"body":{"error":{"message":"boom"}}}}"#], 0, false
            ),
            (
                "rejections", [#"{"custom_id":"x","response":{"status_code":400,"body":{"error":{"message":"Invalid image"}}}}"#],
                0,
                false
            ),
        ] as [(String, [String], Int, Bool)])
    func answersForUnknownRequestsArePaidFor(id: String, lines: [String], paid: Int, isHeld: Bool) throws {
        let (reading, problems) = try read(lines)
        #expect(reading.paid.count == paid, "\(id)")
        #expect(problems.isHeld(Digest(of: "2")) == isHeld, "\(id)")
        #expect(problems.unread.isEmpty != isHeld || id == "more than requests", "\(id)")
    }

    @Test func linesThatBelongToNoRequestAndTwiceAnsweredOnesAreReported() throws {
        let other = Self.ok("2").replacing("circle", with: "square")
        let (reading, problems) = try read([Self.ok("1"), Self.ok("2"), other, Self.ok("2"), Self.ok("999999"), Self.ok("zzz")])
        #expect(reading.fresh.map(\.text) == ["circle", "circle"])
        #expect(
            problems.notes == [
                "batch_1 answers 2 unknown requests: 999999, zzz",
                "batch_1 answers 1 requests twice with different answers; the first answer counts",
            ])
    }

    private static func empty(_ id: String) -> String { ok(id).replacing("circle", with: "") }
    private static func rejected(_ id: String) -> String {
        #"{"custom_id":"\#(id)","response":{"status_code":400,"body":{"error":{"message":"Invalid image"}}}}"#
    }

    /// Guards: an answer was lost where the same request had an empty answer or an error before it.
    @Test(
        arguments: [
            ("empty, then an answer", [empty("1"), ok("1")], []), ("an answer, then empty", [ok("1"), empty("1")], []),
            ("rejected, then an answer", [rejected("1"), ok("1")], []),
            ("an answer, then rejected", [ok("1"), rejected("1")], []),
            (
                "two answers", [ok("1"), ok("1").replacing("circle", with: "square")],
                ["batch_1 answers 1 requests twice with different answers; the first answer counts"]
            ),
        ] as [(id: String, lines: [String], notes: [String])])
    func anAnswerCountsMoreThanALineWithoutOne(id: String, lines: [String], notes: [String]) throws {
        let (reading, problems) = try read(lines + [Self.ok("2")])
        #expect(reading.fresh.map(\.text) == ["circle", "circle"])
        #expect(problems.notes == notes)
    }

    /// Guards: a server that changes every custom_id was paid for three rounds, and its lines were not kept.
    @Test func linesOfUnknownRequestsAreKeptAndTheirAnswersNotBoughtAgain() throws {
        let (reading, problems) = try read([Self.ok("request-1"), Self.ok("request-2")])
        #expect(reading.fresh.isEmpty)
        for request in requests.values {
            #expect(problems.isHeld(request))
            #expect(problems.reason(for: request)?.contains("among the 2 lines with an unknown id") == true)
        }
        #expect(String(decoding: problems.unread, as: UTF8.self) == Self.ok("request-1") + "\n" + Self.ok("request-2") + "\n")
    }

    /// Guards: a web page or an error in place of a result file was read as one line without an id, and the answers
    /// were lost.
    @Test(
        arguments: [
            ("whole", ok("1") + "\n" + ok("2") + "\n", nil), ("empty", "", nil), ("an array", "[" + ok("1") + "]", nil),
            ("objects over several lines", ok("1").replacing(",", with: ",\n"), nil),
            ("lines that never were JSON", "a,b\nc,d\n", nil), ("one line with an error", rejected("1"), nil),
            ("a web page", "<html><body>Sign in</body></html>", DownloadDefect("the server sent a web page", isFatal: true)),
            (
                "an error", #"{"error":{"message":"storage is busy"}}"#,
                DownloadDefect("the server sent an error: storage is busy", isFatal: true)
            ),
            (
                "cut in its last line", ok("1") + "\n" + String(ok("2").prefix(40)),
                DownloadDefect("it ends within a line", isFatal: false)
            ),
        ] as [(id: String, text: String, defect: DownloadDefect?)])
    func defectsOfResultFiles(id: String, text: String, defect: DownloadDefect?) throws {
        let folder = try TestFolder()
        #expect(try BatchResultFile(path: folder.write("out", Data(text.utf8))).defect() == defect)
    }

    @Test func reasonsAreGrouped() {
        let problems =
            (1...8).map { RequestProblem(path: "\($0).png", reason: "HTTP 400: bad (request r-\($0))") }
            + [RequestProblem(path: "9.png", reason: "HTTP 413")]
        #expect(
            problems.summary(of: 12) == [
                "HTTP 400: bad (request r-1) (8 of 12: 1.png, 2.png, 3.png, 4.png, 5.png and 3 more)",
                "HTTP 413 (1 of 12: 9.png)",
            ])
    }
}
