// JSON in and out.

import Basics
import Foundation
import Testing

@Suite struct JSONValueTests {
    @Test(arguments: [
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
        // What is written is read back as the same.
        #expect(try JSONValue(parsing: Data(value.canonical.utf8)).canonical == value.canonical)
        #expect(try JSONValue(parsing: Data(value.pretty.utf8)).canonical == value.canonical)
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
