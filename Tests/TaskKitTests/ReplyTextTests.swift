// Replies in the forms that models use.

import Basics
import TaskKit
import Testing

@Suite struct ReplyTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var reply: String
        var value: JSONValue?
        var reading: Prediction.Reading
        var testDescription: String { id }

        init(_ id: String, _ reply: String, _ value: JSONValue?, _ reading: Prediction.Reading) {
            self.id = id
            self.reply = reply
            self.value = value
            self.reading = reading
        }
    }

    @Test(arguments: [
        Case("plain", "Total 4.00\nThank you", "Total 4.00\nThank you", .clean),
        Case("white space stays", " a ", " a ", .clean),
        Case("fence", "```\nTotal 4.00\n```", "Total 4.00", .unwrapped),
        Case("fence with a language", "```text\nTotal\n4.00\n```\n", "Total\n4.00", .unwrapped),
        Case("fence inside", "a\n```\nb\n```\nc", "a\n```\nb\n```\nc", .clean),
        Case("two fences", "```\na\n```\n```\nb\n```", "```\na\n```\n```\nb\n```", .clean),
        Case("the answer is", "The answer is 4", "The answer is 4", .clean),
    ])
    func texts(_ one: Case) { check(ReplyText(one.reply).text(AnswerForm()), one) }

    @Test(arguments: [
        Case("object", #"{"text":"a\nb"}"#, "a\nb", .clean),
        Case("empty text", #"{"text":""}"#, "", .clean),
        Case("fence", "```json\n{\"text\": \"a\"}\n```", "a", .unwrapped),
        Case("words around", #"Here it is: {"text": "a"} Bye."#, "a", .unwrapped),
        Case("single quotes", "{'text': 'it\\'s \"a\"'}", "it's \"a\"", .unwrapped),
        Case("trailing comma", #"{"text": "a",}"#, "a", .unwrapped),
        Case("other spelling", #"{"Text": "a"}"#, "a", .unwrapped),
        Case("number", #"{"text": 12}"#, "12", .unwrapped),
        Case("null", #"{"text": null}"#, nil, .unreadable),
        Case("cut", #"{"text": "Total 4.0"#, "Total 4.0", .cut),
        Case("cut in an escape", #"{"text": "a\u00"#, "a", .cut),
        Case("other object", #"{"words": ["a"]}"#, nil, .unreadable),
        Case("plain words", "Total 4.00", "Total 4.00", .unwrapped),
        // Guards: the last of two values counted.
        Case("two values", #"{"text": "a", "text": "b"}"#, nil, .unreadable),
        Case("two values in words", #"So: {"text": "a", "text": "b",}"#, nil, .unreadable),
        Case("one value twice", #"{"text": "a", "text": "a"}"#, "a", .clean),
        Case("two values beside it", #"{"text": "a", "p": 1, "p": 2}"#, "a", .clean),
        Case("a value and null", #"{"text": "a", "text": null}"#, nil, .unreadable),
        Case("an escaped name", #"{"\u0074ext": "a", "text": "b"}"#, nil, .unreadable),
        // Guards: a line break within a text made the reply unreadable.
        Case("line break in the text", "{\"text\": \"a\nb\"}", "a\nb", .unwrapped),
        Case("NaN beside it", #"{"text": "a", "confidence": NaN}"#, "a", .unwrapped),
        Case("half a surrogate pair", #"{"text": "a\ud83d"}"#, "a\u{FFFD}", .unwrapped),
        Case("cut after a line break", "{\"text\": \"a\nb", "a\nb", .cut),
    ])
    func textsInJSON(_ one: Case) { check(ReplyText(one.reply).text(AnswerForm(property: "text")), one) }

    @Test(arguments: [
        Case("object", #"{"tags": ["a"]}"#, ["a"], .clean),
        Case("bare list", #"["a", "b"]"#, ["a", "b"], .unwrapped),
        Case("list in words", "I see ['a', 'b',].", ["a", "b"], .unwrapped),
        Case("apostrophe in words", "It's ['a'] here", ["a"], .unwrapped),
        Case("brackets in words first", "[sic] then [\"a\"]", ["a"], .unwrapped),
        Case("the only entry of a list", #"[{"tags": ["a"]}]"#, ["a"], .unwrapped),
        Case("two entries of a list", #"[{"tags": ["a"]}, {"tags": ["b"]}]"#, [["tags": ["a"]], ["tags": ["b"]]], .unwrapped),
        // Guards: objects and lists with Python's constants were unreadable.
        Case("Python's constants", "{'tags': ['a', 'None', None, True], 'more': False}", ["a", "None", nil, true], .unwrapped),
        Case("another shape", #"{"tags": "a"}"#, nil, .unreadable),
        Case("no JSON", "a and b", nil, .unreadable),
        Case("cut", #"{"tags": ["a", "b"#, nil, .unreadable),
        Case("two values", #"{"tags": ["a"], "tags": ["b"]}"#, nil, .unreadable),
        Case("two values, fenced", "```json\n{\"tags\": [\"a\"], \"tags\": [\"b\"]}\n```", nil, .unreadable),
    ])
    func lists(_ one: Case) {
        check(ReplyText(one.reply).json(AnswerForm(property: "tags")) { $0.array != nil }, one)
    }

    /// Guards: of two values of one field, the last was compared with the reference.
    @Test func aFieldWithTwoValuesHasNone() {
        let reply = ReplyText(#"{"total": 1, "total": 2, "total": 1, "date": "today", "items": [{"n": 1, "n": 2, "p": 3}]}"#)
        let prediction = reply.json(AnswerForm()) { $0.object != nil }
        #expect(prediction.value == ["total": nil, "date": "today", "items": [["n": nil, "p": 3]]])
        #expect(prediction.reading == .unwrapped)
        #expect(ReplyText(#"[{"n": 1, "n": 2}, {"n": 3}, {"n"#).completeObjects == [["n": nil], ["n": 3]])
    }

    @Test func completeObjectsOfACutList() {
        let reply = ReplyText(#"[{"box": [1, 2, 3, 4]}, {"box": [5, 6, 7, 8]}, {"box": [9, "#)
        #expect(reply.completeObjects == [["box": [1, 2, 3, 4]], ["box": [5, 6, 7, 8]]])
        #expect(ReplyText("nothing").completeObjects == [])
    }

    /// Depth of brackets is bounded by the parser, not by this reader.
    @Test func manyBracketsEndSoon() {
        let reply = String(repeating: "[{", count: 3000)
        #expect(ReplyText(reply).json(AnswerForm()) { _ in true }.reading == .unreadable)
    }

    private func check(_ prediction: Prediction, _ one: Case) {
        #expect(prediction.value == one.value)
        #expect(prediction.reading == one.reading)
        #expect((prediction.reason == nil) == (one.value != nil))
    }
}
