// File names and relative paths made of untrusted text.

import Basics
import Foundation
import Testing

struct SafeNameTests {
    @Test(
        arguments: [
            ("file-1", nil), (".hidden", nil), ("…", nil), ("a b", nil), ("..a", nil), ("Icon\r", nil), ("a\\b", nil),
            ("", .empty), (".", .dots), ("..", .dots), ("a/b", .separator), ("/", .separator), ("../x", .separator),
            ("/etc/passwd", .separator), ("a/", .separator), ("a\u{0}", .nul), ("\u{0}", .nul),
            // One `Character` with a slash in it; the file system sees the slash.
            ("../\u{301}", .separator), ("a/\u{338}b", .separator),
            (String(repeating: "a", count: 255), nil), (String(repeating: "a", count: 256), .tooLong),
            (String(repeating: "é", count: 128), .tooLong),
        ] as [(String, UnsafeName.Reason?)])
    func name(text: String, reason: UnsafeName.Reason?) {
        let found: UnsafeName.Reason?
        do {
            let name = try SafeName(text)
            #expect(name.text == text)
            found = nil
        } catch {
            found = error.reason
        }
        #expect(found == reason)
    }

    @Test(
        arguments: [
            ("a/b", false, "a/b"), ("./a//b/", false, "a/b"), ("", false, ""), ("/a", false, nil), ("../a", false, nil),
            ("a/../b", false, nil), ("a/../b", true, "b"), ("a/../..", true, nil), ("a\u{0}b", false, nil),
            ("../\u{301}x", false, nil), ("a/\u{301}/../../../x", true, nil), ("..\u{301}/x", false, "..\u{301}/x"),
            ("/\u{301}a", false, nil),
        ] as [(String, Bool, String?)])
    func path(text: String, resolvingDots: Bool, safe: String?) {
        let path = try? SafePath(text, resolvingDots: resolvingDots)
        #expect(path.map { Array($0.description.utf8) } == safe.map { Array($0.utf8) })
    }

    /// Any text, put into a path as a name, stays one step below its folder.
    @Test func `a name never leaves its folder`() {
        var random = SeededRandom(seed: 14)
        let pieces = ["..", ".", "/", "a", "\u{0}", "\u{301}", "\\", "%2e", " ", "é", "\n", "~"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
            guard let name = try? SafeName(text) else { continue }
            let whole = "/folder".appending(name)
            #expect(whole.utf8.count { $0 == UInt8(ascii: "/") } == 2)
            #expect(!whole.utf8.contains(0))
            #expect(!["/folder/..", "/folder/.", "/folder/"].contains(whole))
        }
    }

    @Test func `decoding checks again`() {
        #expect(throws: UnsafeName.self) { try JSONDecoder().decode(SafeName.self, from: Data(#""../x""#.utf8)) }
        #expect(throws: UnsafeName.self) { try SafeName(String(repeating: "a", count: 255)).adding(".json") }
    }
}
