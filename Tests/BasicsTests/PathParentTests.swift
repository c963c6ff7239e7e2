// The folder of a path.

import Basics
import Testing

@Suite struct PathParentTests {
    /// Guards: a path with a name of one character, such as `--state S`, ended the process.
    @Test(arguments: [
        ("", ""), ("a", ""), ("S/", ""), (".", ""), ("é", ""), ("name", ""), ("/", "/"), ("//", "/"), ("/a", "/"), ("/a/", "/"),
        ("a/b", "a"), ("a//b", "a"), ("a/b//", "a"), ("../x", ".."), ("/a/b/c", "/a/b"),
    ])
    func parents(_ path: String, _ parent: String) { #expect(path.parentPath == parent) }
}
