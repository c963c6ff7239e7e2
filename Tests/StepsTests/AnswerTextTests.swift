// The meaning of an answer's text: reasoning before it, JSON in a fence or between words, other forms.

import Specification
import Statistics
import Steps
import Testing

@Suite struct AnswerTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var reply: Reply
        var testDescription: String { id }
    }

    @Test(arguments: [
        Case(id: "plain", text: "red", reply: .text("red")),
        Case(id: "trailing newline stays", text: "red\n", reply: .text("red\n")),
        Case(id: "think", text: "<think>Blue? No.</think>\n\nred", reply: .text("red")),
        Case(id: "think without a start", text: "Blue? No.\n</think>\nred", reply: .text("red")),
        Case(id: "think in capitals", text: " <THINK>x</THINK> red", reply: .text("red")),
        Case(id: "thinking", text: "<thinking>x</thinking>red", reply: .text("red")),
        Case(id: "think that does not end", text: "<think>Is it red", reply: .text("")),
        Case(id: "think and nothing", text: "<think>red</think>", reply: .text("")),
        Case(id: "think behind the answer", text: "red\n<think>done</think>", reply: .text("red\n<think>done</think>")),
        Case(id: "marks of other templates", text: "[THINK]Blue? No.[/THINK]red", reply: .text("red")),
        Case(id: "marks that are no tags", text: "◁think▷Blue? No.◁/think▷\nred", reply: .text("red")),
        Case(id: "a mark with a prefix", text: "<seed:think>Blue? No.</seed:think>red", reply: .text("red")),
        Case(id: "a block without an end", text: "[THINK]Is it red", reply: .text("")),
        Case(id: "think before and behind the answer", text: "<think>a</think>red<think>b</think>", reply: .text("red")),
        Case(id: "nested blocks", text: "<think>a<think>b</think>c</think>red", reply: .text("red")),
        Case(id: "nested blocks and nothing", text: "<think>a<think>b</think>c</think>", reply: .text("")),
        Case(
            id: "harmony",
            text: "<|channel|>analysis<|message|>Blue? No.<|end|><|start|>assistant<|channel|>final<|message|>red<|return|>",
            reply: .text("red")),
        Case(id: "harmony, cut off", text: "<|channel|>analysis<|message|>Is it red", reply: .text("")),
        Case(
            id: "harmony with a constraint", text: "<|channel|>final <|constrain|>json<|message|>{\"label\": \"red\"}",
            reply: .text("{\"label\": \"red\"}")),
        Case(id: "a thought channel", text: "<|channel>thought\nBlue? No.<channel|>red", reply: .text("red")),
        Case(id: "numbered marks", text: "<unused94>thought\nBlue? No.<unused95>red", reply: .text("red")),
        Case(id: "the end of a turn", text: "red<|im_end|>\n", reply: .text("red")),
        Case(id: "two ends of a turn", text: "red<end_of_turn>\n<eos>", reply: .text("red")),
        Case(id: "the end of a turn alone", text: "<|eot_id|>", reply: .text("")),
        Case(id: "a token within the text", text: "red </s> blue", reply: .text("red </s> blue")),
        Case(id: "brackets", text: "[red]", reply: .text("[red]")),
        Case(id: "another tag", text: "<b>red</b>", reply: .text("<b>red</b>")),
    ])
    func asText(_ item: Case) { #expect(AnswerText.reply(item.text, as: .text) == item.reply) }

    /// Guards fenced JSON, which was scored as it stood (0%), and plain text, which was scored although JSON was asked
    /// for.
    @Test(arguments: [
        Case(id: "JSON", text: #"{"label": "red"}"#, reply: .text("red")),
        Case(id: "white space around", text: "\n {\"label\": \"red\"}\n", reply: .text("red")),
        Case(id: "fence", text: "```json\n{\"label\": \"red\"}\n```", reply: .text("red")),
        Case(id: "bare fence", text: "```\n{\"label\": \"red\"}\n```\n", reply: .text("red")),
        Case(id: "fence on one line", text: "```json {\"label\": \"red\"} ```", reply: .text("red")),
        Case(id: "think and a fence", text: "<think>x</think>\n```json\n{\"label\": \"red\"}\n```", reply: .text("red")),
        Case(id: "a tag within a string", text: #"{"label": "red", "why": "</think>"}"#, reply: .text("red")),
        Case(id: "tags within a string", text: #"{"why": "<think>x</think>", "label": "red"}"#, reply: .text("red")),
        Case(id: "other members", text: #"{"reason": "it is", "label": "red"}"#, reply: .text("red")),
        Case(id: "empty value", text: #"{"label": ""}"#, reply: .text("")),
        Case(id: "null", text: #"{"label": null}"#, reply: .text("")),
        Case(id: "nothing", text: "", reply: .text("")),
        Case(id: "plain text", text: "red", reply: .unreadable("red", value: nil)),
        Case(id: "a string", text: #""red""#, reply: .unreadable(#""red""#, value: nil)),
        Case(
            id: "words around", text: #"Sure! {"label": "red"} Anything else?"#,
            reply: .unreadable(#"Sure! {"label": "red"} Anything else?"#, value: "red")),
        Case(id: "key in capitals", text: #"{"Label": "red"}"#, reply: .unreadable(#"{"Label": "red"}"#, value: "red")),
        Case(id: "another key", text: #"{"colour": "red"}"#, reply: .unreadable(#"{"colour": "red"}"#, value: nil)),
        Case(id: "number", text: #"{"label": 7}"#, reply: .unreadable(#"{"label": 7}"#, value: "7")),
        Case(id: "list of one", text: #"{"label": ["red"]}"#, reply: .unreadable(#"{"label": ["red"]}"#, value: "red")),
        Case(
            id: "list of two", text: #"{"label": ["red", "blue"]}"#,
            reply: .unreadable(#"{"label": ["red", "blue"]}"#, value: nil)),
        Case(id: "nested", text: #"{"label": {"name": "red"}}"#, reply: .unreadable(#"{"label": {"name": "red"}}"#, value: nil)),
        Case(id: "cut off", text: #"{"label": "re"#, reply: .unreadable(#"{"label": "re"#, value: nil)),
        Case(
            id: "two objects", text: #"{"label": "red"} {"label": "blue"}"#,
            reply: .unreadable(#"{"label": "red"} {"label": "blue"}"#, value: nil)),
        Case(
            id: "two objects that agree", text: "{\"label\": \"red\"}\n{\"label\": \"red\"}",
            reply: .unreadable("{\"label\": \"red\"}\n{\"label\": \"red\"}", value: "red")),
        Case(id: "single quotes", text: "{'label': 'red'}", reply: .unreadable("{'label': 'red'}", value: "red")),
        Case(id: "trailing comma", text: #"{"label": "red",}"#, reply: .unreadable(#"{"label": "red",}"#, value: "red")),
        Case(
            id: "NaN beside it", text: #"{"label": "red", "p": NaN}"#,
            reply: .unreadable(#"{"label": "red", "p": NaN}"#, value: "red")),
        Case(
            id: "braces before it", text: #"The set {a} gives {"label": "red"}"#,
            reply: .unreadable(#"The set {a} gives {"label": "red"}"#, value: "red")),
        Case(
            id: "two values in words", text: #"So: {"label": "red", "label": "blue"}"#,
            reply: .unreadable(#"So: {"label": "red", "label": "blue"}"#, value: nil)),
        Case(
            id: "two values", text: #"{"label": "red", "label": "blue"}"#,
            reply: .unreadable(#"{"label": "red", "label": "blue"}"#, value: nil)),
        Case(id: "one value twice", text: #"{"label": "red", "label": "red"}"#, reply: .text("red")),
        Case(id: "two values beside it", text: #"{"label": "red", "p": 1, "p": 2}"#, reply: .text("red")),
        Case(
            id: "two spellings", text: #"{"Label": "red", "LABEL": "blue"}"#,
            reply: .unreadable(#"{"Label": "red", "LABEL": "blue"}"#, value: nil)),
    ])
    func asJSON(_ item: Case) {
        #expect(AnswerText.reply(item.text, as: .json(property: "label", name: "Answer")) == item.reply)
    }

    @Test func answersWithoutTextAreOpen() {
        let open: [Answer] = [
            Answer(example: 0, status: .missing), Answer(example: 0, status: .answered),
            Answer(example: 0, status: .answered, text: " \n"), Answer(example: 0, status: .answered, text: "<think>hm"),
        ]
        #expect(open.filter(\.isOpen) == open)
        let closed: [Answer] = [
            Answer(example: 0, status: .answered, text: "red"), Answer(example: 0, status: .filtered),
            Answer(example: 0, status: .refused, text: "no"),
        ]
        #expect(closed.filter(\.isOpen).isEmpty)
    }
}
