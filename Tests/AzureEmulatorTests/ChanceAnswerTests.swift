// Random answers for schemas at their extremes.

import Basics
import Foundation
import Testing

@testable import EmulatorCore

@Suite struct ChanceAnswerTests {
    /// Guards: bounds, lengths and types at their extremes ended the emulator, and with it the run that it is part of.
    @Test(arguments: [
        #"{"type":"integer","minimum":1e300}"#, #"{"type":"integer","minimum":-1e300,"maximum":1e300}"#,
        #"{"type":"integer","minimum":9223372036854775807}"#, #"{"type":"integer","minimum":5,"maximum":-5}"#,
        #"{"type":"number","minimum":1.7e308,"maximum":1.79e308}"#, #"{"type":"number","minimum":-1e308,"maximum":1e308}"#,
        #"{"type":"array","minItems":9223372036854775807}"#, #"{"type":"array","minItems":-9223372036854775808}"#,
        #"{"type":"array","minItems":-1,"maxItems":-1}"#, #"{"type":"array","minItems":2,"maxItems":1e18}"#,
        #"{"type":[]}"#, #"{"type":[7]}"#, #"{"enum":[]}"#, #"{"type":"object","properties":[]}"#, #"{}"#, "null",
    ])
    func extremes(schema: String) throws {
        let value = try JSONValue(parsing: Data(schema.utf8))
        for seed in 0..<8 {
            var answer = ChanceAnswer(seededBy: "\(seed)")
            let text = answer.text(.value(property: "v", schema: value))
            #expect(try JSONValue(parsing: Data(text.utf8))["v"] != nil, "\(text)")
            #expect(text.utf8.count < 10_000)
        }
    }

    @Test func requiredMembersArePresent() throws {
        let integer: JSONValue = ["type": "integer", "minimum": 2, "maximum": 4]
        let schema: JSONValue = ["type": "array", "minItems": 3, "maxItems": 3, "items": integer]
        var answer = ChanceAnswer(seededBy: "a")
        let list = try JSONValue(parsing: Data(answer.text(.value(property: "v", schema: schema)).utf8))["v"]?.array
        #expect(list?.count == 3 && list?.allSatisfy { (2...4).contains($0.int ?? 0) } == true)
    }
}
