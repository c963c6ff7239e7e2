// The tag of a paid job, in every place where providers keep it.

import AzureWire
import Basics
import Foundation
import Testing

@testable import Providers

@Suite struct JobTagTests {
    static let tag = "0123456789abcdef"

    @Test(
        arguments: [
            ("as sent", "mine-\(tag)", [tag]), ("without a prefix", tag, [tag]),
            ("in upper case", "Assay-\(tag.uppercased())", [tag]),
            ("in OpenAI's model name", "ft:gpt-4o-2024-08-06:org:mine-\(tag):Ab12Cd34", [tag]),
            ("in Azure's model name", "gpt-4o-2024-08-06.ft-\(tag)\(tag)-mine-\(tag)", [tag]),
            ("with underscores", "mine_\(tag)_1", [tag]), ("cut off", "mine-\(tag.dropLast())", []),
            ("in a longer word", "mine-\(tag)0", []), ("no digits of a digest", "mine-0123456789abcdeg", []), ("nothing", "", []),
            ("two of them", "\(tag)-fedcba9876543210", [tag, "fedcba9876543210"]),
        ] as [(id: String, text: String, tags: [String])])
    func wordsOfSixteenHexDigits(id: String, text: String, tags: [String]) {
        #expect(JobTag.all(in: text) == tags)
    }

    @Test(
        arguments: [
            ("suffix", "\"suffix\":\"a-\(tag)\"", true), ("user_provided_suffix", "\"user_provided_suffix\":\"a-\(tag)\"", true),
            ("model name", "\"fine_tuned_model\":\"ft:m:o:a-\(tag):id\"", true),
            ("metadata", "\"metadata\":{\"any\":\"\(tag)\"}", true), ("nothing", "\"suffix\":null", false),
            ("another job's", "\"suffix\":\"a-fedcba9876543210\"", false),
        ] as [(id: String, member: String, isFound: Bool)])
    func inAFineTune(id: String, member: String, isFound: Bool) throws {
        let job = try FineTuningJob(json: Data("{\"id\":\"j\",\"status\":\"running\",\"model\":\"m\",\(member)}".utf8))
        #expect(job.tags.contains(Self.tag) == isFound)
    }

    /// A job without the tag belongs to another user if it has another suffix; one with a truncated suffix may be the
    /// requested one.
    @Test(
        arguments: [
            ("nothing is shown", "\"model\":\"m\"", false), ("another", "\"suffix\":\"theirs\"", true),
            ("cut off", "\"suffix\":\"mine-01234\"", false),
            ("cut off in the name", "\"fine_tuned_model\":\"ft:m:o:mine-0123:x\"", false),
            ("another in the name", "\"fine_tuned_model\":\"ft:m:o:theirs:x\"", true),
            ("none in the name", "\"fine_tuned_model\":\"ft:m:o::x\"", true),
            ("another in Azure's name", "\"fine_tuned_model\":\"m.ft-00ff-theirs\"", true),
            ("none in Azure's name", "\"fine_tuned_model\":\"m.ft-00ff\"", true),
            ("cut off in Azure's name", "\"fine_tuned_model\":\"m.ft-00ff-mine-01\"", false),
            ("a name of its own", "\"fine_tuned_model\":\"tuned-1\"", false),
        ] as [(id: String, member: String, isAnother: Bool)])
    func anotherSuffix(id: String, member: String, isAnother: Bool) throws {
        let job = try FineTuningJob(json: Data("{\"id\":\"j\",\"status\":\"running\",\(member)}".utf8))
        #expect(job.showsAnother(than: "mine-" + Self.tag) == isAnother)
    }

    @Test(
        arguments: [
            ("under its name", "{\"assay\":\"\(tag)\",\"assay_requests\":\"00\"}", [tag]),
            ("under another", "{\"label\":\"assay-\(tag)\"}", [tag]), ("none", "null", []),
            ("of others", "{\"user\":\"me\"}", []),
        ] as [(id: String, metadata: String, tags: [String])])
    func inABatch(id: String, metadata: String, tags: [String]) throws {
        let batch = try Batch(json: Data("{\"id\":\"b\",\"status\":\"completed\",\"metadata\":\(metadata)}".utf8))
        #expect(batch.tags == tags)
    }
}
