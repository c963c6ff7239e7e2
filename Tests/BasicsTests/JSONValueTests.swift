// Parsing and writing JSON.

import Basics
import Foundation
import Testing

@Suite struct JSONValueTests {
    @Test(
        arguments: [
            ("null", .null), ("true", .bool(true)), (" false ", .bool(false)), ("0", .int(0)), ("-12", .int(-12)),
            ("9223372036854775807", .int(.max)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("3.0", .int(3)), ("1e3", .int(1000)), ("0.5", .double(0.5)), ("-1.5E-3", .double(-0.0015)),
            ("\"\"", .string("")), ("\"a\\\"b\\\\c\\/\\n\\t\\u00e9\"", .string("a\"b\\c/\n\té")),
            ("\"\\ud83d\\ude00!\"", .string("😀!")), ("\"Größe 😀\"", .string("Größe 😀")),
            ("[]", .array([])), ("[1, [2], {}]", .array([1, [2], [:]])),
            ("{\"a\": {\"b\": [null]}, \"\": 1}", .object(["a": ["b": [.null]], "": 1])),
            ("{\"a\": 1, \"a\": 2}", .object(["a": 2])), ("\u{FEFF}[1]", .array([1])),
        ] as [(String, JSONValue)])
    func `a document is read`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: Data(text.utf8)) == value)
        // Written values are read back unchanged.
        #expect(try JSONValue(parsing: Data(value.canonical.utf8)).canonical == value.canonical)
        #expect(try JSONValue(parsing: Data(value.pretty.utf8)).canonical == value.canonical)
    }

    /// Guards: two different numbers of 20 digits were rounded to the same `Double` and counted as equal.
    @Test(
        arguments: [
            ("9223372036854775807", .int(.max)), ("9223372036854775808", "9223372036854775808"),
            ("[-12345678901234567890]", ["-12345678901234567890"]), ("9223372036854775808.00", "9223372036854775808"), ("3.0", 3),
            ("1e20", .double(1e20)), ("1.5", .double(1.5)),
        ] as [(String, JSONValue)])
    func `long whole numbers of data keep their digits`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsingRecord: Data(text.utf8)) == value)
        var contradicted: Set<String> = []
        #expect(try JSONValue(parsingAnswer: text, isTolerant: false, contradicted: &contradicted) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "[1,]", "[1 2]", "[1", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
        "01", "-", "1.", ".5", "1e", "+1", "1e999", "NaN", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud83d\"",
        "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"a\nb\"", "'a'", "1 2", "[1]]", "// no\n1",
        String(repeating: "[", count: 600) + String(repeating: "]", count: 600),
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: DecodingError.self) { try JSONValue(parsing: Data(text.utf8)) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: DecodingError.self) { try JSONValue(parsing: Data([0x22, 0xC3, 0x28, 0x22])) }
    }

    struct Received: CustomTestStringConvertible, Sendable {
        var id: String
        var text: String
        var value: JSONValue
        var contradicted: Set<String> = []
        var testDescription: String { id }
    }

    /// Replies may be paid for, so that what their meaning does not depend on must not lose them.
    @Test(arguments: [
        Received(
            id: "numbers of Python", text: #"{"a": NaN, "b": [Infinity, -Infinity, -1]}"#,
            value: ["a": nil, "b": [nil, nil, -1]]),
        Received(id: "such words in a text", text: #"["NaN \" Infinity"]"#, value: ["NaN \" Infinity"]),
        Received(id: "a number out of range", text: "[1e999]", value: [.double(.greatestFiniteMagnitude)]),
        Received(id: "the first half of a surrogate pair", text: #"["a\ud83d"]"#, value: ["a\u{FFFD}"]),
        Received(id: "the second half", text: #"["\ude00"]"#, value: ["\u{FFFD}"]),
        Received(id: "half a pair before another escape", text: #"["\ud83d\u0041"]"#, value: ["\u{FFFD}A"]),
        Received(id: "half a pair before a pair", text: #"["\ud83d\ud83d\ude00"]"#, value: ["\u{FFFD}😀"]),
        Received(id: "control characters", text: "[\"a\nb\tc\u{1}\"]", value: ["a\nb\tc\u{1}"]),
        Received(id: "a byte order mark", text: "\u{FEFF}1", value: 1),
        Received(id: "one member twice", text: #"{"a": [1], "a": [1]}"#, value: ["a": [1]]),
        Received(
            id: "two values", text: #"{"a": {"b": 1, "b": 2}, "c": 1, "c": 1}"#, value: ["a": ["b": 2], "c": 1],
            contradicted: ["b"]),
        Received(id: "a value and null", text: #"{"a": 1, "a": null, "b": null, "b": 2}"#, value: ["a": 1, "b": 2]),
    ])
    func `what a service sends is read`(test: Received) throws {
        let received = try ReceivedJSON(Data(test.text.utf8))
        #expect(received.value == test.value)
        #expect(received.contradicted == test.contradicted)
    }

    @Test func `bytes of a reply that are not UTF-8 are replaced`() throws {
        #expect(try ReceivedJSON(Data([0x5B, 0x22, 0x61, 0xFF, 0x22, 0x5D])).value == ["a\u{FFFD}"])
    }

    @Test func `documents may follow each other`() throws {
        let found = try ReceivedJSON.sequence(Data(" {\"a\": 1}{\"a\": 2, \"a\": 3}\r\n[4]".utf8))
        #expect(found.map(\.value) == [["a": 1], ["a": 3], [4]])
        #expect(found.map(\.contradicted) == [[], ["a"], []])
        #expect(throws: DecodingError.self) { try ReceivedJSON.sequence(Data("{} {".utf8)) }
    }

    @Test(arguments: ["", "{", "[1,]", "NaNo", "-Inf", "'a'", "{\"a\": 1} 2", "<html>"])
    func `a reply that is no JSON is refused`(text: String) {
        #expect(throws: DecodingError.self) { try ReceivedJSON(Data(text.utf8)) }
    }

    @Test func `the canonical text sorts by bytes and is short`() {
        let value: JSONValue = [
            "b": 1.0, "a": [true, nil, 0.1], "é": "x\u{1}\r", "B": .double(.infinity), "ab": "\"\\", "z": 1e21,
        ]
        #expect(
            value.canonical
                == "{\"B\":null,\"a\":[true,null,0.1],\"ab\":\"\\\"\\\\\",\"b\":1,\"z\":1e+21,\"é\":\"x\\u0001\\r\"}")
        #expect(JSONValue.object([:]).pretty == "{}")
        #expect(JSONValue.object(["a": [1]]).pretty == "{\n  \"a\": [\n    1\n  ]\n}")
    }
}

/// Values of every form that an encoder meets.
private struct Everything: Codable {
    enum Choice: Codable {
        case plain
        case given(Int, name: String?)
        case nested([Choice])
    }
    enum Part: String, Codable { case train, test }
    class Base: Codable {
        var base = 1
    }
    final class Derived: Base {
        var own = "text"
        private enum CodingKeys: String, CodingKey { case own }
        override init() { super.init() }
        required init(from decoder: any Decoder) throws {
            try super.init(from: decoder.container(keyedBy: CodingKeys.self).superDecoder())
        }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(own, forKey: .own)
            try super.encode(to: container.superEncoder())
        }
    }
    struct Empty: Codable {}

    var text = "Größe \"\n\u{1}😀"
    var numbers: [Double] = [0, -0.0, 1.5, 3, 1e300, 0.1, -1e-7, 9_007_199_254_740_993]
    var floats: [Float] = [0.1, 16_777_216, 3.5]
    var wide: [UInt64] = [0, .max]
    var small: [Int8] = [-128, 127]
    var bools = [true, false]
    var missing: Int?
    var holes: [Int?] = [1, nil]
    var choices: [Choice] = [.plain, .given(1, name: nil), .given(2, name: "b"), .nested([.plain])]
    var named = ["b": [1], "a": []]
    var numbered = [3: "three"]
    var parts: [Part: Int] = [.train: 1]
    var part: Part? = .test
    var address = URL(string: "https://example.org/a?b=1")
    var bytes = Data([0, 255])
    var date = Date(timeIntervalSince1970: 1.25)
    var digest = Digest(of: "x")
    var json: JSONValue = ["a": [1, nil, 0.5]]
    var empty = Empty()
    var object = Derived()
}

@Suite struct JSONValueEncoderTests {
    @Test func `a value is encoded as Foundation's encoder and the parser have it`() throws {
        let value = Everything()
        #expect(try JSONValue(encoding: value) == JSONValue(parsing: JSONEncoder().encode(value)))
        for inner: any Encodable in [1, "a", [1.5], true, value.choices, value.numbered, value.address] {
            #expect(try JSONValue(encoding: inner) == JSONValue(parsing: JSONEncoder().encode(inner)), "\(inner)")
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func `what is no number in JSON is refused`(value: Double) {
        #expect(throws: EncodingError.self) { try JSONValue(encoding: [value]) }
    }
}

@Suite struct JSONValueDecoderTests {
    private struct Sample: Codable {
        var whole: Int
        var small: UInt8?
        var words: [String]?
        var marks: [String: Bool]?
        var bytes: Data?
        var address: URL?
        var inner: [Inner]?

        struct Inner: Codable { var rate: Float }
    }

    @Test func `a value is decoded as Foundation's decoder has it`() throws {
        var value = Everything()
        value.wide = [0, 1 << 62]
        let bytes = try JSONEncoder().encode(value)
        let ours = try Everything(json: bytes)
        #expect(try JSONValue(encoding: ours) == JSONValue(encoding: JSONDecoder().decode(Everything.self, from: bytes)))
        #expect(try JSONValue(encoding: ours) == JSONValue(encoding: value))
    }

    /// The position of an error.
    private func path(_ error: any Error) -> [String]? {
        let keys: [any CodingKey]? =
            switch error as? DecodingError {
            case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?, .dataCorrupted(let context)?: context.codingPath
            case .keyNotFound(let key, let context)?: context.codingPath + [key]
            default: nil
            }
        return keys?.map { $0.intValue.map(String.init) ?? $0.stringValue }
    }

    @Test(
        arguments: [
            (
                "nothing is missing",
                #"{"whole": 1.0, "small": 255, "words": ["a"], "marks": {"a": true}, "inner": [{"rate": 2}]}"#, nil
            ),
            ("null is none", #"{"whole": -3, "small": null, "words": null}"#, nil),
            ("a member is missing", "{}", ["whole"]),
            ("null for a number", #"{"whole": null}"#, ["whole"]),
            ("text for a number", #"{"whole": "1"}"#, ["whole"]),
            ("a part of a whole number", #"{"whole": 1.5}"#, ["whole"]),
            ("truth for a number", #"{"whole": true}"#, ["whole"]),
            ("too large", #"{"whole": 1, "small": 256}"#, ["small"]),
            ("too small", #"{"whole": 1, "small": -1}"#, ["small"]),
            ("an object for a list", #"{"whole": 1, "words": {}}"#, ["words"]),
            ("a number in a list of texts", #"{"whole": 1, "words": ["a", 2]}"#, ["words", "1"]),
            ("a list for an object", #"{"whole": 1, "marks": []}"#, ["marks"]),
            ("a member of a member", #"{"whole": 1, "marks": {"x": 1}}"#, ["marks", "x"]),
            ("no base64", #"{"whole": 1, "bytes": "%"}"#, ["bytes"]),
            ("deep", #"{"whole": 1, "inner": [{"rate": 1}, {}]}"#, ["inner", "1", "rate"]),
            ("no document", #"{"whole": 1"#, []),
            ("no object", "[]", []),
        ] as [(id: String, text: String, path: [String]?)])
    func `an error stands where Foundation's decoder has it`(id: String, text: String, path wanted: [String]?) throws {
        let ours = Result { try Sample(json: Data(text.utf8)) }
        let theirs = Result { try JSONDecoder().decode(Sample.self, from: Data(text.utf8)) }
        switch (ours, theirs) {
        case (.success(let ours), .success(let theirs)):
            #expect(wanted == nil)
            #expect(try JSONValue(encoding: ours) == JSONValue(encoding: theirs))
        case (.failure(let ours), .failure(let theirs)):
            #expect(path(ours) == wanted)
            // Foundation does not report the position of a number that does not fit.
            #expect(path(theirs) == wanted || path(theirs) == [])
        default: Issue.record("\(ours) and \(theirs)")
        }
    }

    @Test func `a number that the parser has rounded is no whole number`() throws {
        #expect(throws: DecodingError.self) { try [UInt64](json: Data("[18446744073709551615]".utf8)) }
        #expect(
            try [UInt64](json: Data("[9223372036854775807, 1e15]".utf8)) == [9_223_372_036_854_775_807, 1_000_000_000_000_000])
    }
}

/// JSON that a user writes: two members of one name are an error, because programs differ in which one they use.
@Suite struct WrittenJSONTests {
    @Test(
        arguments: [
            ("flat", #"{"a": 1, "a": 2}"#, 9), ("equal values", #"{"a": 1, "a": 1}"#, 9),
            ("escaped", #"{"a": 1, "\u0061": 2}"#, 9),
            ("nested", #"{"x": [{"a": {"b": 1, "c": 2, "b": 3}}]}"#, 30), ("empty name", #"{"": 1, "": 2}"#, 8),
            ("two spellings of é", "{\"\u{E9}\": 1, \"e\u{301}\": 2}", 10),
        ] as [(id: String, text: String, byte: Int)])
    func `a repeated name is an error`(id: String, text: String, byte: Int) throws {
        let error = #expect(throws: DecodingError.self) { try JSONValue(parsingWritten: Data(text.utf8)) }
        #expect(error?.reason.hasPrefix("not JSON at byte \(byte): ") == true, "\(error?.reason ?? "")")
        #expect(error?.reason.contains("occurs twice") == true)
        // Providers' texts are read as most programs read them.
        #expect(throws: Never.self) { try JSONValue(parsing: Data(text.utf8)) }
    }

    @Test(
        arguments: [
            ("Python's NaN", #"{"a": NaN}"#, "not JSON at byte 6: NaN is not a finite number"),
            ("infinite", "[Infinity]", "not JSON at byte 1: Infinity is not a finite number"),
            ("minus infinite", "[-Infinity]", "not JSON at byte 1: -Infinity is not a finite number"),
            ("another word", "[none]", "not JSON at byte 1: no value starts like this"),
            ("nothing", "[", "not JSON at byte 1: it ends too early"),
        ] as [(id: String, text: String, reason: String)])
    func `a number that is not finite is named`(id: String, text: String, reason: String) throws {
        let error = #expect(throws: DecodingError.self) { try JSONValue(parsingWritten: Data(text.utf8)) }
        #expect(error?.reason == reason)
    }

    @Test func `names may repeat in different objects`() throws {
        let text = #"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}"#
        #expect(try JSONValue(parsingWritten: Data(text.utf8)) == JSONValue(parsing: Data(text.utf8)))
    }
}

/// Doubles that are whole numbers: equal to integers in keys, but not for programs.
@Suite struct WholeDoubleTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var id: String
        var value: JSONValue
        var pointers: [String]
        var text: String
        var testDescription: String { id }
    }

    @Test(arguments: [
        Case(id: "an integer", value: ["a": 1], pointers: [], text: #"{"a":1}"#),
        Case(id: "a whole double", value: ["a": .double(1)], pointers: ["/a"], text: #"{"a":1.0}"#),
        Case(id: "a fraction", value: ["a": .double(0.5)], pointers: [], text: #"{"a":0.5}"#),
        Case(id: "nested", value: ["a": [1, ["b": .double(2)]]], pointers: ["/a/1/b"], text: #"{"a":[1,{"b":2.0}]}"#),
        Case(id: "names with / and ~", value: ["a/b~": .double(3)], pointers: ["/a~1b~0"], text: #"{"a/b~":3.0}"#),
        Case(id: "beyond 64 bits", value: ["a": .double(1e30)], pointers: [], text: #"{"a":1e+30}"#),
        Case(id: "a text", value: ["a": "1.0"], pointers: [], text: #"{"a":"1.0"}"#),
    ])
    func theyComeBackFromJSON(_ test: Case) throws {
        #expect(test.value.wholeDoubles == test.pointers)
        let stored = try JSONValue(parsing: Data(test.value.canonical.utf8))
        let text = stored.withDoubles(at: Set(test.pointers)).prettyWithPoints
        #expect(text.filter { !$0.isWhitespace } == test.text)
        #expect(test.value.prettyWithPoints == text)
    }
}
