// Graders: their scores, and rejected definitions.

import Basics
import Foundation
import Testing
import VisionProtocol

@Suite struct RewardGraderTests {
    struct Case: CustomTestStringConvertible {
        var id: String
        var grader: JSONValue
        var answer: String
        var reward: Double
        var testDescription: String { id }
    }

    static func check(_ operation: String, input: String = "{{sample.output_text}}") -> JSONValue {
        [
            "type": "string_check", "operation": .string(operation), "input": .string(input),
            "reference": "{{ item.reference_answer }}",
        ]
    }

    static func similar(_ metric: String) -> JSONValue {
        [
            "type": "text_similarity", "evaluation_metric": .string(metric), "input": "{{sample.output_text}}",
            "reference": "{{item.reference_answer}}",
        ]
    }

    /// The reference answer of every case.
    static let reference = "Norfolk Terrier"

    static let cases = [
        Case(id: "eq", grader: check("eq"), answer: "Norfolk Terrier", reward: 1),
        Case(id: "eq another", grader: check("eq"), answer: "Norwich Terrier", reward: 0),
        Case(id: "ne", grader: check("ne"), answer: "Norwich Terrier", reward: 1),
        Case(id: "like", grader: check("like"), answer: "a Norfolk Terrier", reward: 1),
        Case(id: "like case", grader: check("like"), answer: "a norfolk terrier", reward: 0),
        Case(id: "ilike", grader: check("ilike"), answer: "a norfolk terrier", reward: 1),
        Case(
            id: "json", grader: check("eq", input: "{{sample.output_json.breed}}"),
            answer: #"{"breed": "Norfolk Terrier"}"#, reward: 1),
        Case(
            id: "no json", grader: check("eq", input: "{{sample.output_json.breed}}"), answer: "Norfolk Terrier",
            reward: 0),
        // Three letters of fifteen differ.
        Case(id: "fuzzy", grader: similar("fuzzy_match"), answer: "Norwich Terrier", reward: 1 - 4.0 / 15),
        Case(id: "rouge 1", grader: similar("rouge_1"), answer: "Norwich Terrier", reward: 0.5),
        Case(id: "rouge l", grader: similar("rouge_l"), answer: "Terrier", reward: 2.0 / 3),
        Case(id: "bleu", grader: similar("bleu"), answer: "Norfolk Terrier", reward: 1),
        Case(id: "gleu", grader: similar("gleu"), answer: "Norwich Terrier", reward: 1.0 / 3),
        Case(
            id: "multi",
            grader: [
                "type": "multi", "graders": ["exact": check("eq"), "near": similar("rouge_1")],
                "calculate_output": "0.8 * exact + 0.2 * max(near, 0.25)",
            ], answer: "Norwich Terrier", reward: 0.1),
    ]

    @Test(arguments: cases) func gives(_ test: Case) throws {
        let reward = try RewardGrader(test.grader).reward(
            of: test.answer, item: ["reference_answer": .string(Self.reference)])
        #expect(abs(reward - test.reward) < 1e-9, "\(reward)")
    }

    @Test func travelsAsJSON() throws {
        let grader = try RewardGrader(Self.cases[Self.cases.count - 1].grader)
        let copy = try JSONDecoder().decode(RewardGrader.self, from: JSONEncoder().encode(grader))
        #expect(copy == grader)
    }

    @Test(arguments: [
        ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("2 ^ 3 ^ 0", 2), ("-a + 1", 0.5), ("min(a, 2, 0.25)", 0.25),
        ("sqrt(a * 0.5)", 0.5), ("floor(3.7) / 2", 1.5),
    ]) func formulas(_ text: String, _ value: Double) throws {
        #expect(abs(try RewardFormula(text).value(["a": 0.5]) - value) < 1e-12)
    }

    @Test(arguments: ["", "2 +", "(a", "a b", "log(1, 2)", "sin(1)", "1..2", "a * * b"])
    func noFormulas(_ text: String) {
        #expect(throws: GraderProblem.self) { try RewardFormula(text) }
    }

    /// Formulas of 200,000 parts ended the process: reading them, walking over them, and giving their memory back.
    @Test(arguments: [
        String(repeating: "(", count: 200_000) + "a" + String(repeating: ")", count: 200_000),
        String(repeating: "-", count: 200_000) + "a", "a" + String(repeating: "^a", count: 200_000),
        "a" + String(repeating: "+a", count: 200_000), String(repeating: "abs(", count: 200_000),
        "max(a" + String(repeating: ",a", count: 200_000) + ")", String(repeating: "(", count: 100) + "a",
        "a" + String(repeating: "*a", count: 1000),
    ])
    func largeFormulas(_ text: String) {
        let problem = #expect(throws: GraderProblem.self) { try RewardFormula(text) }
        #expect(problem?.description.count ?? 0 < 400)
    }

    @Test func nestedFormulas() throws {
        let text = String(repeating: "(", count: 50) + "a" + String(repeating: ")", count: 50)
        #expect(try RewardFormula(text).value(["a": 0.5]) == 0.5)
    }

    static let refusals: [(String, JSONValue)] = [
        ("no type", [:]), ("unknown", ["type": "exact"]),
        ("model", ["type": "score_model", "model": "gpt-4o"]),
        ("operation", ["type": "string_check", "operation": "near", "input": "a", "reference": "b"]),
        ("metric", ["type": "text_similarity", "evaluation_metric": "cosine", "input": "a", "reference": "b"]),
        ("no graders", ["type": "multi", "graders": [:], "calculate_output": "a"]),
        ("unknown name", ["type": "multi", "graders": ["a": check("eq")], "calculate_output": "a + b"]),
    ]

    @Test(arguments: refusals) func refuses(_ id: String, _ grader: JSONValue) {
        #expect(throws: GraderProblem.self) { try RewardGrader(grader) }
    }
}

@Suite struct ImageHeadTests {
    static func png(type: UInt8, width: UInt8 = 3, height: UInt8 = 2) -> Data {
        Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8))
            + Data([0, 0, 0, width, 0, 0, 0, height, 8, type, 0, 0, 0])
    }

    static func jpeg(components: UInt8) -> Data {
        // A comment, then the frame header.
        Data([0xFF, 0xD8, 0xFF, 0xFE, 0, 4, 1, 2, 0xFF, 0xC0, 0, 11, 8, 0, 5, 0, 7, components, 1, 0x11, 0, 0])
    }

    @Test func readsSizeAndMode() {
        #expect(ImageHead(of: Self.png(type: 2)) == ImageHead(format: .png, width: 3, height: 2, mode: .rgb))
        #expect(ImageHead(of: Self.png(type: 6))?.mode == .rgba)
        #expect(ImageHead(of: Self.png(type: 3))?.mode == .palette)
        #expect(ImageHead(of: Self.jpeg(components: 3)) == ImageHead(format: .jpeg, width: 7, height: 5, mode: .rgb))
        #expect(ImageHead(of: Self.jpeg(components: 1))?.mode == .grey)
        #expect(ImageHead(of: Self.jpeg(components: 4))?.mode == .cmyk)
        #expect(ImageHead(of: Data("label:cat".utf8)) == nil)
        #expect(ImageHead(of: Data()) == nil)
    }

    @Test func reportsImagesSkippedInTraining() {
        func why(_ data: Data, _ bytes: Int = 100) -> String? {
            ImageHead.trainingSkipReason(ImageHead(of: data), bytes: bytes)
        }
        #expect(why(Self.png(type: 2)) == nil)
        #expect(why(Self.png(type: 6)) == nil)
        #expect(why(Self.png(type: 0)) == "is grey, not RGB or RGBA")
        #expect(why(Self.jpeg(components: 4)) == "is CMYK, not RGB or RGBA")
        #expect(why(Data("GIF89a\u{3}\u{0}\u{2}\u{0}".utf8)) == "is a GIF")
        #expect(why(Self.png(type: 2), 11 << 20)?.contains("more than 10 MB") == true)
    }
}
