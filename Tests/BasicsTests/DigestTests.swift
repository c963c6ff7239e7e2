// Digests and their hex form.

import Basics
import Foundation
import Testing

@Suite struct DigestTests {
    // FIPS 180-2, appendix B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func `the published example comes out`() throws {
        let digest = Digest(of: "abc")
        #expect(digest.hex == abc)
        #expect(digest.short == "ba7816bf8f01cfea")
        #expect(Digest(of: Data("abc".utf8)) == digest)
        var builder = DigestBuilder()
        builder.update(Data("a".utf8))
        builder.update(Data("bc".utf8))
        #expect(builder.finish() == digest)
        #expect(try JSONValue(encoding: ["d": digest]) == ["d": .string(abc)])
    }

    @Test func `hex is read back, in either case and nothing else`() {
        #expect(Digest(hex: abc) == Digest(of: "abc"))
        #expect(Digest(hex: abc.uppercased()) == Digest(of: "abc"))
        for text in ["", "abc", String(abc.dropLast()), abc + "0", abc.replacing("ba", with: "g0"), " " + abc.dropLast()] {
            #expect(Digest(hex: text) == nil, "\(text)")
        }
    }

    @Test func `the order is that of the hex form`() {
        let digests = (0..<50).map { Digest(of: "\($0)") }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    }
}
