// Admission of callers by Host, Origin, cookie and token.

import Basics
import Foundation
import Testing

@testable import Application
@testable import WebView

struct GateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var status: Int
        var change: @Sendable (inout SiteRequest, Site) -> Void
        var testDescription: String { id }
    }

    static let reads = [
        Case(id: "the browser that opened the address", status: 200) { _, _ in },
        Case(id: "localhost", status: 200) { request, _ in request.caller.host = "localhost:8080" },
        Case(id: "IPv6", status: 200) { request, _ in request.caller.host = "[::1]:8080" },
        Case(id: "no Host", status: 421) { request, _ in request.caller.host = nil },
        Case(id: "a name that resolves here", status: 421) { request, _ in request.caller.host = "evil.example:8080" },
        Case(id: "a name that begins like this machine", status: 421) { request, _ in
            request.caller.host = "127.0.0.1.evil.example"
        },
        Case(id: "another spelling of this machine", status: 421) { request, _ in request.caller.host = "127.1" },
        Case(id: "a user in the Host", status: 421) { request, _ in request.caller.host = "127.0.0.1@evil.example" },
        Case(id: "no cookie", status: 401) { request, _ in request.caller.cookies = [] },
        Case(id: "a wrong cookie", status: 401) { request, _ in request.caller.cookies = ["assay-view=0"] },
        Case(id: "the token of forms as cookie", status: 401) { request, site in
            request.caller.cookies = ["assay-view=\(site.gate.formToken)"]
        },
        Case(id: "one cookie of several", status: 200) { request, site in
            request.caller.cookies = ["a=b; assay-view=wrong", "c=d; assay-view=\(site.gate.token)"]
        },
        Case(id: "a page of the same server", status: 200) { request, _ in request.caller.site = "same-origin" },
        Case(id: "a page of another server", status: 403) { request, _ in request.caller.site = "cross-site" },
        Case(id: "a page of another port", status: 403) { request, _ in request.caller.site = "same-site" },
        Case(id: "a foreign Origin", status: 403) { request, _ in request.caller.origin = "http://evil.example" },
        Case(id: "the Origin of another port", status: 403) { request, _ in request.caller.origin = "http://127.0.0.1:9999" },
        Case(id: "the Origin of a file", status: 403) { request, _ in request.caller.origin = "null" },
        Case(id: "https on the same host", status: 403) { request, _ in request.caller.origin = "https://127.0.0.1:8080" },
        Case(id: "a path outside", status: 404) { request, _ in request.path = "/runs" },
        Case(id: "the entry with the token", status: 303) { request, site in
            (request.path, request.query, request.caller.cookies) = ("/", "token=\(site.gate.token)", [])
        },
        Case(id: "the entry through a link of another page", status: 200) { request, site in
            (request.path, request.query, request.caller.site) = ("/", "token=\(site.gate.token)", "cross-site")
        },
        Case(id: "the entry with a wrong token", status: 401) { request, _ in (request.path, request.query) = ("/", "token=1") },
        Case(id: "the entry under a foreign Host", status: 421) { request, site in
            (request.path, request.query, request.caller.host) = ("/", "token=\(site.gate.token)", "evil.example")
        },
        Case(id: "a malformed query", status: 400) { request, _ in request.query = "q=%zz" },
        Case(id: "a malformed path", status: 400) { request, site in request.path = site.links.base + "runs/%ff" },
    ]

    @Test(arguments: reads) func read(_ item: Case) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        let site = project.site()
        var request = SiteRequest(caller: site.caller(), path: site.links.base, query: "")
        item.change(&request, site)
        #expect(await site.reply(to: request).status == item.status)
    }

    static let writes = [
        Case(id: "the page's own form", status: 303) { _, _ in },
        Case(id: "the printed token", status: 403) { request, site in request.caller.token = site.gate.token },
        Case(id: "no token", status: 403) { request, _ in request.caller.token = nil },
        Case(id: "an empty token", status: 403) { request, _ in request.caller.token = "" },
        Case(id: "the token in the query alone", status: 403) { request, site in
            (request.caller.token, request.query) = (nil, "token=\(site.gate.formToken)")
        },
        Case(id: "no Origin", status: 403) { request, _ in request.caller.origin = nil },
        Case(id: "a foreign Origin", status: 403) { request, _ in request.caller.origin = "http://evil.example" },
        Case(id: "no cookie", status: 401) { request, _ in request.caller.cookies = [] },
        Case(id: "a run that does not exist", status: 404) { request, _ in
            request.path = request.path.replacing("r1", with: "r2")
        },
        Case(id: "an action that does not exist", status: 404) { request, _ in
            request.path = request.path.replacing("annotate", with: "publish")
        },
        Case(id: "another method", status: 303) { request, _ in request.caller.method = "PUT" },
    ]

    @Test(arguments: writes) func write(_ item: Case) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        let site = project.site()
        var request = SiteRequest(
            caller: site.caller("POST"), path: site.links.run("r1", "annotate"), query: "",
            form: try #require(FormFields("tags=a+b&note=n")))
        item.change(&request, site)
        #expect(await site.reply(to: request).status == item.status)
        let tags = try project.workspace().run(named: "r1").tags
        #expect(tags == (item.status == 303 ? ["a", "b"] : []), "a refused write changes nothing")
    }

    @Test func theCookieIsForThisServerAlone() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        let site = project.site(), other = project.site()
        #expect(site.gate.cookie.hasSuffix("; Path=\(site.links.base); HttpOnly; SameSite=Strict"))
        #expect(Set([site.gate.token, site.gate.formToken, other.gate.token]).count == 3 && site.gate.token.count == 64)
        #expect(!(await site.get("")).text.contains(site.gate.token), "no page contains the cookie's value")
    }
}

/// Addresses and forms as text.
struct URLTextTests {
    @Test(arguments: [
        ("a b", "a%20b"), ("../x", "..%2Fx"), ("..", "%2E%2E"), (".", "%2E"), ("a.b", "a.b"),
        ("ü&=?#%\"", "%C3%BC%26%3D%3F%23%25%22"),
    ])
    func encodes(text: String, encoded: String) {
        #expect(URLText.encoded(text) == encoded)
        #expect(URLText.decoded(encoded) == text)
    }

    @Test(arguments: ["%", "%2", "%zz", "%ff", "a%"]) func refuses(text: String) { #expect(URLText.decoded(text) == nil) }

    @Test func readsFields() throws {
        let fields = try #require(FormFields("run=a&run=b+c&q=%26&empty=&bare"))
        #expect(fields.all("run") == ["a", "b c"] && fields["q"] == "&" && fields["empty"] == "" && fields["bare"] == "")
        #expect(fields.text("empty") == nil && fields["none"] == nil)
        #expect(fields.with("run", nil).query == "?q=%26")
        #expect(FormFields(String(repeating: "a=1&", count: 2_000)) == nil)
        #expect(FormFields("n=12")?.number("n") == 12 && FormFields("n=-1")?.number("n") == nil)
        #expect(FormFields("n=99999999999999999999")?.number("n") == nil)
    }
}
