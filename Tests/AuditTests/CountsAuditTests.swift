// Audits of counts: all possible pairings, and the number of items needed.

import Audit
import Basics
import Statistics
import Testing

struct CountsAuditTests {
    @Test func tenItemsCannotShowARegression() throws {
        let audit = try CountsAudit(parsing: ["base=9/10", "tuned=8/10"])
        let pair = try #require(audit.pairs.first)
        #expect(pair.first.name == "tuned" && pair.second.name == "base")
        // 8 common right answers, or 7.
        #expect(pair.pairings.map(\.onlyFirst) == [0, 1])
        #expect(pair.pairings.map(\.onlySecond) == [1, 2])
        #expect(try #require(pair.pValues).lowerBound > 0.999)
        #expect(pair.interval?.contains(0) == true)
        let needed = try #require(pair.neededPaired)
        #expect(needed.min > 60 && needed.min < needed.max && needed.max < 400)
        #expect(try #require(Detectable.paired(n: needed.min, disagreement: 0.1)) <= 0.1 + 1e-5)
        #expect(try #require(Detectable.paired(n: needed.max, disagreement: 0.3)) <= 0.1 + 1e-5)
        #expect(audit.text.contains("these 10 items cannot show that the models differ"))
    }

    @Test func somePairingsDecide() throws {
        let pair = try #require(try CountsAudit(parsing: ["a=30/40", "b=38/40"]).pairs.first)
        let range = try #require(pair.pValues)
        #expect(range.lowerBound < 0.05)
        #expect(range.lowerBound < range.upperBound)
        let far = try #require(try CountsAudit(parsing: ["a=10/100", "b=90/100"]).pairs.first)
        #expect(try #require(far.pValues).upperBound < 0.05)
    }

    @Test func oneNumberOfItemsDependsOnNothing() throws {
        let text = try CountsAudit(parsing: ["base=0/10", "tuned=10/10"]).text
        #expect(text.contains("items answered by both models, or") && !text.contains("depending on"), "\(text)")
    }

    struct Sentence: Sendable, CustomTestStringConvertible {
        let id: String, counts: [String], contains: String
        var testDescription: String { id }
    }

    /// `p from 1.00 to 1.00`, `p = < 0.001`, `these 1 item`.
    @Test(arguments: [
        Sentence(
            id: "equal at the printed precision", counts: ["a=9/10", "b=8/10"],
            contains: "(p = 1.00 for every pairing): these 10 items"),
        Sentence(id: "below what is printed", counts: ["a=600/600", "b=300/600"], contains: "(p < 0.001 for every pairing)"),
        Sentence(id: "from below what is printed", counts: ["a=442/600", "b=496/600"], contains: "(p at most 0.001)"),
        Sentence(id: "a range", counts: ["a=30/40", "b=38/40"], contains: "(p from 0.0"),
        Sentence(id: "one item", counts: ["a=1/1", "b=0/1"], contains: ": a single item cannot show that the models differ."),
        Sentence(id: "one item is few", counts: ["a=1/1", "b=0/1"], contains: "1 item is too few for any difference"),
        Sentence(
            id: "different items", counts: ["a=100/100", "b=10/100"],
            contains: "If the models answered different items: 95% CI of b − a [−"
        ),
    ])
    func sentences(_ sentence: Sentence) throws {
        let text = try CountsAudit(parsing: sentence.counts).text
        #expect(text.contains(sentence.contains), "\(text)")
        #expect(!text.contains("= <") && !text.contains("1.00 to 1.00"), "\(text)")
    }

    @Test func differentNumbersOfItems() throws {
        let pair = try #require(try CountsAudit(parsing: ["a=9/10", "b=150/200"]).pairs.first)
        #expect(pair.pairings.isEmpty && pair.pValues == nil)
        #expect(!pair.unpaired.isPaired)
    }

    @Test(arguments: ["base", "base=9", "=9/10", "base=11/10", "base=1/0", "base=-1/10", "base=9/99999999999999999999"])
    func notACount(_ text: String) { #expect(throws: Diagnostic.self) { try CountsAudit(parsing: [text]) } }

    @Test func screening() throws {
        let screening = try #require(Screening(submitted: 48, accepted: 30))
        #expect(screening.rejected == 18)
        #expect(screening.sentence.hasPrefix("18 of 48 training images (37.5%, 95% CI ["))
        #expect(Screening(submitted: 3, accepted: 4) == nil && Screening(submitted: 0, accepted: 0) == nil)
    }
}
