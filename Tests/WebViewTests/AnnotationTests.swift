// Changes of tags and notes through forms, and their limits.

import Application
import Basics
import Foundation
import Ledger
import Testing

@testable import WebView

struct AnnotationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        /// The form; `VERSION` is replaced by that of the page.
        var form: String
        var status = 303
        var tags = ["a", "b"]
        var note: String? = "old\nnote"
        var testDescription: String { id }
    }

    static let cases = [
        Case(id: "the form unchanged", form: "version=VERSION&tags=a+b&note=old%0D%0Anote"),
        Case(id: "nothing", form: ""),
        Case(id: "the version alone", form: "version=VERSION"),
        Case(id: "no note", form: "version=VERSION&tags=c", tags: ["c"]),
        Case(id: "no tags", form: "version=VERSION&note=new", note: "new"),
        Case(id: "an empty note", form: "version=VERSION&note=", note: nil),
        Case(id: "empty tags", form: "version=VERSION&tags=", tags: []),
        Case(id: "both", form: "version=VERSION&tags=b,c&note=new%0D%0Aline", tags: ["b", "c"], note: "new\nline"),
        Case(id: "no version", form: "tags=c&note=new", tags: ["c"], note: "new"),
        Case(id: "another version", form: "version=0&tags=c&note=new", status: 409),
        Case(id: "another version and the stored values", form: "version=0&tags=a+b&note=old%0Anote"),
        Case(
            id: "the longest note", form: "note=" + String(repeating: "n", count: 1000), note: String(repeating: "n", count: 1000)
        ),
        Case(id: "a note too long", form: "tags=c&note=" + String(repeating: "n", count: 1001), status: 400),
        Case(id: "a tag too long", form: "note=new&tags=" + String(repeating: "t", count: 101), status: 400),
        Case(id: "too many tags", form: "tags=" + (0...100).map { "t\($0)" }.joined(separator: "+"), status: 400),
        Case(id: "a note with U+0000", form: "note=a%00b", status: 400),
        Case(id: "a note with an escape sequence", form: "tags=c&note=%1B%5B31m", status: 400),
        Case(id: "a tag with an escape sequence", form: "note=new&tags=%1B%5B31m", status: 400),
        Case(id: "a bidirectional control", form: "note=%E2%80%AEx", note: "\u{202E}x"),
    ]

    /// A project with the run `r1`, its tags and its note.
    private func project() throws -> ViewProject {
        let project = try ViewProject()
        try project.addRun("r1")
        let workspace = try project.workspace()
        try workspace.tag(workspace.run(named: "r1"), adding: ["a", "b"], removing: [])
        try workspace.note("old\nnote", on: workspace.run(named: "r1"))
        return project
    }

    private func version(_ site: Site) async throws -> String {
        let page = (await site.get("runs/r1")).text
        return String(try #require(page.firstMatch(of: #/name="version" value="([0-9a-f]{64})"/#)?.output.1))
    }

    @Test(arguments: cases) func write(_ item: Case) async throws {
        let project = try project()
        defer { project.remove() }
        let site = project.site()
        let version = try await version(site)
        let answer = await site.post("runs/r1/annotate", item.form.replacing("VERSION", with: version))
        #expect(answer.status == item.status, "\(answer.text)")
        let run = try project.workspace().run(named: "r1")
        #expect(run.tags == item.tags)
        #expect(run.note == item.note)
    }

    @Test func anOldPageOverwritesNothing() async throws {
        let project = try project()
        defer { project.remove() }
        let site = project.site(), workspace = try project.workspace()
        let old = try await version(site)
        try workspace.note("of another tab", on: workspace.run(named: "r1"))
        let answer = await site.post("runs/r1/annotate", "version=\(old)&tags=mine&note=my+note")
        #expect(answer.status == 409)
        for text in ["of another tab</textarea>", "value=\"a b\"", "<pre>my note</pre>", "<pre>mine</pre>", "name=\"token\""] {
            #expect(answer.text.contains(text), "\(text)")
        }
        #expect(try workspace.run(named: "r1").note == "of another tab")
        // The page of the conflict has a form of the current values.
        let next = try #require(answer.text.firstMatch(of: #/name="version" value="([0-9a-f]{64})"/#)?.output.1)
        #expect((await site.post("runs/r1/annotate", "version=\(next)&tags=mine&note=my+note")).status == 303)
        #expect(try workspace.run(named: "r1").note == "my note")
    }

    /// Values that an earlier version stored beyond the limits do not prevent other changes.
    @Test func storedValuesStay() async throws {
        let project = try project()
        defer { project.remove() }
        let long = String(repeating: "t", count: 200)
        try project.workspace().ledger.updateRunDetail("r1", detail: ["tags": .array([.string(long)]), "note": "a\u{0}\u{1B}b"])
        let site = project.site()
        let version = try await version(site)
        let answer = await site.post("runs/r1/annotate", "version=\(version)&tags=\(long)+more&note=a%EF%BF%BD%1Bb")
        #expect(answer.status == 303, "\(answer.text)")
        let run = try project.workspace().run(named: "r1")
        #expect(run.tags == [long, "more"] && run.note == "a\u{0}\u{1B}b")
    }
}
