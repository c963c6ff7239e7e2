// Answers from the text in a picture: the questions that the reader answers, their formats, and random answers.

import AzureEmulator
import Basics
import Foundation
import Platform
import Testing

struct ReadingTests {
    /// A question about pictures whose bytes spell the text that the fake reader sees.
    private static func request(_ texts: [String], _ question: String, _ schema: JSONValue?) -> JSONValue {
        let images: [JSONValue] = texts.map { text in
            let image = "data:image/png;base64," + Data("text:\(text)".utf8).base64EncodedString()
            return ["type": "image_url", "image_url": ["url": .string(image), "detail": "low"]]
        }
        var body: [String: JSONValue] = [
            "messages": [["role": "user", "content": .array([["type": "text", "text": .string(question)]] + images)]]
        ]
        if let schema {
            body["response_format"] = [
                "type": "json_schema",
                "json_schema": [
                    "name": "Answer", "strict": true,
                    "schema": [
                        "type": "object", "properties": ["value": schema], "required": ["value"],
                        "additionalProperties": false,
                    ],
                ],
            ]
        }
        return .object(body)
    }

    private static let receipt = """
        CORNER SHOP
        Date: 2026-03-04 No. 112
        2 x Rye bread 4.10
        1 x Oat milk 1L 2.00
        T0TAL 6.10
        incl. tax 7% 0.43
        """
    private static let fields: JSONValue = [
        "type": "object", "additionalProperties": false, "required": ["date", "items", "shop", "total"],
        "properties": [
            "date": ["type": ["string", "null"]], "shop": ["type": ["string", "null"]],
            "total": ["type": ["number", "null"]],
            "items": [
                "type": ["array", "null"],
                "items": [
                    "type": "object", "additionalProperties": false, "required": ["name", "price", "quantity"],
                    "properties": [
                        "name": ["type": ["string", "null"]], "price": ["type": ["number", "null"]],
                        "quantity": ["type": ["integer", "null"]],
                    ],
                ],
            ],
        ],
    ]
    private static func boxes(_ number: String) -> JSONValue {
        [
            "type": "array",
            "items": [
                "type": "object", "additionalProperties": false, "required": ["label", "box"],
                "properties": [
                    "label": ["type": "string", "enum": ["1", "2"]],
                    "box": ["type": "array", "items": ["type": .string(number)], "minItems": 4, "maxItems": 4],
                ],
            ],
        ]
    }
    private static let tags: JSONValue = ["type": "array", "items": ["type": "string", "enum": ["1", "2", "3"]]]

    /// `nil` expects an answer at chance.
    @Test(
        arguments: [
            ("text", "a b\nc", "Write down the text of this picture.", nil, "a b\nc"),
            ("text as JSON", "a b", "Transcribe the line.", ["type": "string"], #"{"value":"a b"}"#),
            ("no text in the picture", "", "Write down the text of this picture.", nil, nil),
            ("a caption is not read", "a b", "Describe the picture in a sentence.", nil, nil),
            ("an answer is not read", "a b", "Which animal is it?", ["type": "string"], nil),
            ("count", "3133", "How many times does the digit 3 occur?", ["type": "integer"], #"{"value":3}"#),
            ("count of a quoted letter", "a banana", "Count the letter 'a'.", ["type": "integer"], #"{"value":4}"#),
            ("count in text", "3133", "Read the digits. How many 3s are there?", nil, "3"),
            ("count of a thing", "3133", "How many dogs are there?", ["type": "integer"], #"{"value":3133}"#),
            ("count of a thing without a number", "a b", "How many dogs are there?", ["type": "integer"], nil),
            ("measure", "12.5 mm", "What does the scale show?", ["type": "number"], #"{"value":12.5}"#),
            ("measure among others", "12.5 of 30", "What does the scale show?", ["type": "number"], nil),
            ("tags", "3133", "Which digits occur?", tags, #"{"value":["1","3"]}"#),
            (
                "tags that no text has", "a b", "What is in the picture?",
                ["type": "array", "items": ["type": "string", "enum": ["cat", "dog"]]], nil
            ),
            (
                "boxes in thousandths", "12", "Find the digits.", boxes("integer"),
                #"{"value":[{"box":[0,0,100,500],"label":"1"},{"box":[100,0,200,500],"label":"2"}]}"#
            ),
            (
                "boxes in pixels", "12", "Find the digits: [x_min, y_min, x_max, y_max] in pixels.", boxes("integer"),
                #"{"value":[{"box":[0,0,10,10],"label":"1"},{"box":[10,0,20,10],"label":"2"}]}"#
            ),
            (
                "boxes with y first", "21", "Find the digits: y_min, x_min, y_max, x_max.", boxes("integer"),
                #"{"value":[{"box":[0,0,500,100],"label":"2"},{"box":[0,100,500,200],"label":"1"}]}"#
            ),
            (
                "boxes in shares", "31", "Find the digits.", boxes("number"), #"{"value":[{"box":[0.1,0,0.2,0.5],"label":"1"}]}"#
            ),
            (
                "fields", receipt, "Fill in the fields.", fields,
                #"{"value":{"date":"2026-03-04","items":[{"name":"Rye bread","price":4.1,"quantity":2},"#
                    + #"{"name":"Oat milk 1L","price":2,"quantity":1}],"shop":"CORNER SHOP","total":6.1}}"#
            ),
        ] as [(id: String, picture: String, question: String, schema: JSONValue?, answer: String?)])
    func `what the reader answers`(
        id: String, picture: String, question: String, schema: JSONValue?, answer: String?
    ) async throws {
        let rig = try await Rig.start()
        let reply = try await rig.json(
            .post, "/openai/deployments/base/chat/completions", Self.request([picture], question, schema))
        let fingerprint = reply["system_fingerprint"]?.string ?? ""
        let content = reply["choices"]?.array?.first?["message"]?["content"]?.string ?? ""
        if let answer {
            #expect(content == answer, "\(id)")
            #expect(fingerprint == "emulated: FAKE READER", "\(id)")
        } else {
            #expect(fingerprint.hasSuffix(", answers at chance"), "\(id): \(fingerprint) \(content)")
        }
        await rig.close()
    }

    /// The images of one question belong together, in order. Before, only the last one was looked at.
    @Test(
        arguments: [
            ("pages", ["a b", "c"], "Write down the text of these pages.", nil, "a b\nc"),
            ("a count over pages", ["313", "3"], "How often does the digit 3 occur?", ["type": "integer"], #"{"value":3}"#),
            ("tags of both", ["31", "2"], "Which digits occur?", tags, #"{"value":["1","2","3"]}"#),
            (
                "boxes are those of the first", ["1", "2"], "Find the digits.", boxes("integer"),
                #"{"value":[{"box":[0,0,100,500],"label":"1"}]}"#
            ),
        ] as [(id: String, pictures: [String], question: String, schema: JSONValue?, answer: String)])
    func `several images`(
        id: String, pictures: [String], question: String, schema: JSONValue?, answer: String
    ) async throws {
        let rig = try await Rig.start()
        let reply = try await rig.json(
            .post, "/openai/deployments/base/chat/completions", Self.request(pictures, question, schema))
        #expect(reply["choices"]?.array?.first?["message"]?["content"]?.string == answer, "\(id)")
        await rig.close()
    }

    /// Without an image, the answer has the requested form and states that it is random.
    @Test(
        arguments: [
            ("verdict", "Is the answer right?", ["type": "boolean"], ["true", "false"]),
            ("label of a schema", "Which?", ["type": "string", "enum": ["cat", "dog"]], ["\"cat\"", "\"dog\""]),
            ("label of the prompt", "Answer with one of these categories: [cat, dog].", nil, ["cat", "dog"]),
            ("text", "What is new?", nil, nil),
        ] as [(id: String, question: String, schema: JSONValue?, answers: [String]?)])
    func `no image`(id: String, question: String, schema: JSONValue?, answers: [String]?) async throws {
        let rig = try await Rig.start()
        func ask(_ question: String) async throws -> JSONValue {
            try await rig.json(.post, "/openai/deployments/base/chat/completions", Self.request([], question, schema))
        }
        func content(_ reply: JSONValue) -> String {
            reply["choices"]?.array?.first?["message"]?["content"]?.string ?? ""
        }
        let reply = try await ask(question)
        #expect(reply["system_fingerprint"]?.string?.hasSuffix(", answers at chance") == true, "\(id)")
        let text = content(reply)
        let value = schema == nil ? text : (try? JSONValue(parsing: Data(text.utf8)))?["value"]?.canonical ?? "none"
        if let answers { #expect(answers.contains(value), "\(id): \(text)") } else { #expect(!text.isEmpty, "\(id)") }
        // Equal questions get equal answers; other questions get another random answer.
        #expect(content(try await ask(question)) == text)
        var seen: Set<String> = []
        for number in 0..<12 { seen.insert(content(try await ask("\(number): \(question)"))) }
        #expect(seen.count > 1, "\(id)")
        await rig.close()
    }
}
