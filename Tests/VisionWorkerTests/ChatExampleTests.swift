// Fine-tuning lines, and names of classes.

import Foundation
import Testing
import VisionProtocol
import VisionWorker

@Suite struct ChatExampleTests {
    static func line(
        user: String = #"[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC","detail":"low"}}]"#,
        answer: String = #""Chihuahua""#
    ) -> Data {
        Data(
            #"{"messages":[{"role":"system","content":"Classify: [A]."},{"role":"user","content":\#(user)},"#.utf8)
            + Data(#"{"role":"assistant","content":\#(answer)}]}"#.utf8)
    }

    @Test func readsPictureAndLabel() throws {
        let example = try ChatExample(line: Self.line())
        #expect(example.picture == Data([0, 1, 2]))
        #expect(example.label == "Chihuahua")
    }

    @Test func readsTheLabelOfAStructuredAnswer() throws {
        #expect(try ChatExample(line: Self.line(answer: #""{\"breed\": \"Chihuahua\"}""#)).label == "Chihuahua")
    }

    /// Answered examples of a prompt come before the question, and are not training pictures.
    @Test func takesThePictureOfTheQuestion() throws {
        func shown(_ base64: String) -> String {
            #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(base64)"}}]}"#
        }
        func answered(_ label: String) -> String { #"{"role":"assistant","content":"\#(label)"}"# }
        let messages = [shown("AAEC"), answered("Beagle"), shown("AwQF"), answered("Chihuahua")]
        let example = try ChatExample(line: Data("{\"messages\":[\(messages.joined(separator: ","))]}".utf8))
        #expect(example.picture == Data([3, 4, 5]))
        #expect(example.label == "Chihuahua")
    }

    @Test(arguments: [
        ("not json", Data("{".utf8), "is not a JSON object with messages"),
        ("no answer", Data(#"{"messages":[]}"#.utf8), "has no assistant message"),
        ("empty answer", line(answer: #""  ""#), "its answer is empty"),
        (
            "two pictures in the question",
            line(
                user: #"[{"type":"image_url","image_url":{"url":"data:a;base64,AAEC"}},"#
                    + #"{"type":"image_url","image_url":{"url":"data:a;base64,AAEC"}}]"#),
            "has 2 pictures instead of one"
        ),
        ("no picture", line(user: #""hello""#), "has no picture"),
        (
            "remote", line(user: #"[{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]"#),
            "its picture is not a data URL in base64"
        ),
    ])
    func unusableLines(_ id: String, _ line: Data, _ reason: String) {
        #expect(throws: ChatExample.Unusable(reason: reason)) { try ChatExample(line: line) }
    }

    @Test func classNamesMatchWithoutCaseAndPunctuation() throws {
        let table = Data(
            "index\tsynset\tnames\n0\tn1\tblack-and-tan coonhound\n1\tn2\tCardigan, Cardigan Welsh corgi\n2\tn3\tcardigan\n".utf8)
        let names = try ClassNames(table: table, file: "classes.tsv")
        #expect(names.outputs(of: "Black-And-Tan Coonhound") == [0])
        #expect(names.outputs(of: "black_and_tan_coonhound") == [0])
        #expect(names.outputs(of: "Cardigan") == [1, 2])
        #expect(names.outputs(of: "cardigan welsh corgi") == [1])
        #expect(names.outputs(of: "sweater").isEmpty)
        #expect {
            try ClassNames(table: Data("index\tsynset\tnames\n0\tn1\ta\n2\tn2\tb\n".utf8), file: "classes.tsv")
        } throws: { error in
            (error as? VisionFailure)?.message.hasPrefix("classes.tsv:3: ") == true
        }
    }
}
