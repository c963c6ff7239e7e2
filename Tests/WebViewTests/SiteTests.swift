// The pages: content, escaping, pictures, tables, writes.

import Basics
import Execution
import Foundation
import Ledger
import Reporting
import Testing

@testable import Application
@testable import WebView

struct SiteTests {
    @Test func aProjectWithoutRunsStaysWithoutState() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        let site = project.site()
        let page = await site.get("")
        #expect(page.status == 200 && page.text.contains("No runs yet"))
        for path in ["running", "runs/last", "compare?run=a&run=b", "runs/a/report"] {
            #expect((await site.get(path)).status == 404, "\(path)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: project.folder).isEmpty)
    }

    /// Names, labels, notes and specs are untrusted.
    @Test(arguments: [
        "", "runs/r1", "runs/r1/report", "runs/r1/gallery", "runs/r1/item?at=0", "runs/r1/delete", "compare?run=r1&run=r2",
        "?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "runs/r1/step?name=%3Cscript%3Ealert(1)", "runs/%3Cscript%3Ealert(1)",
        "runs/r1/gallery?q=%3Cscript%3Ealert(1)&label=%22%3E%3Cimg%20src%3Dx%20onerror%3D1%3E",
    ])
    func textIsInert(path: String) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        for id in ["r1", "r2"] as [RunID] {
            try project.addRun(
                id, experiment: ViewProject.hostile, labels: [ViewProject.hostile, "</a>\(id)"],
                specText: "name: \(ViewProject.hostile)\(id)\n")
            // Notes with control characters are refused, but another program may have written one.
            try project.workspace().ledger.updateRunDetail(id, detail: ["note": .string(ViewProject.hostile)])
            try project.workspace().tag(
                project.workspace().run(named: id.text), adding: ["<script>alert(3)</script>"], removing: [])
        }
        let text = (await project.site().get(path)).text
        #expect(text.contains("&lt;"), "the text is shown")
        #expect(!text.contains("<script>") && !text.contains("<img src=x"))
        #expect(!text.contains(" onerror=alert(2)>") || text.contains("onerror=alert(2)&gt;"))
        #expect(!text.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{0}" })
        #expect(!text.contains("style=\"") && !text.contains("javascript:"), "nothing inline")
    }

    @Test(arguments: [
        ("q=dog", 4), ("q=CAT/2", 1), ("label=cat", 4), ("outcome=wrong", 4), ("outcome=wrong&model=tuned", 1),
        ("outcome=right&model=base", 4), ("outcome=disagree", 3), ("outcome=missing", 0), ("label=cat&outcome=wrong", 0),
        ("q=nothing", 0), ("outcome=nonsense", 8),
    ])
    func galleryFilters(query: String, count: Int) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        let text = (await project.site().get("runs/r1/gallery?" + query)).text
        let cards = text.components(separatedBy: "class=\"file\"").count - 1
        #expect(cards == count)
        #expect(!text.contains("This run has no answers"))
    }

    /// Three models: `base` and `tuned` as in every run, and `third`, which agrees with `tuned` about all examples.
    @Test(arguments: [("", 3), ("base", 3), ("tuned", 3), ("third", 3), ("fourth", 1)])
    func disagreementConcernsTheChosenModel(model: String, count: Int) throws {
        let project = try ViewProject()
        defer { project.remove() }
        var results = try project.addRun("r1")
        var third = results.variants[0].evaluations[0].models[1]
        third.model = "third"
        // It answers the second example alone, as `base` does.
        var fourth = results.variants[0].evaluations[0].models[0]
        fourth.model = "fourth"
        fourth.answers = [fourth.answers[1]]
        results.variants[0].evaluations[0].models += [third, fourth]
        var query = GalleryQuery()
        query.outcome = .disagree
        query.model = model.isEmpty ? nil : model
        #expect(AnswerIndex(results).items(matching: query).count == count)
    }

    @Test(arguments: [
        ("part=7", "This run has no evaluation number 7: its evaluations have the numbers 0 to 0."),
        ("part=x", "This run has no evaluation number x"), ("part=-1", "This run has no evaluation number -1"),
        ("model=other", "There is no model &#39;other&#39; in accuracy: its models are base, tuned."),
        ("model=other&outcome=wrong", "There is no model &#39;other&#39;"),
    ])
    func unknownChoicesAreStated(query: String, text: String) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        let site = project.site()
        let gallery = (await site.get("runs/r1/gallery?" + query)).text
        #expect(gallery.contains(text) && !gallery.contains("class=\"file\""), "\(gallery)")
        let item = await site.get("runs/r1/item?at=0&" + query)
        #expect(item.status == 404 && item.text.contains(text), "\(item.text)")
    }

    /// Displayed text may be made harmless; the text that a form sends back must be exact.
    @Test(arguments: [
        ("plain", "plain"), ("a\u{202E}b", "a&#x202E;b"), ("a\u{2066}b\u{2069}", "a&#x2066;b&#x2069;"),
        ("a\u{2028}b", "a&#x2028;b"),
        ("a\u{85}b", "a\u{85}b"), ("\"><&'", "&quot;&gt;&lt;&amp;&#39;"), ("a\u{1B}b", "a\u{1B}b"), ("a\rb", "a&#13;b"),
        ("e\u{301}", "e\u{301}"),
    ])
    func formsContainTheExactText(label: String, value: String) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1", labels: [label, "other"])
        let site = project.site()
        let page = (await site.get("runs/r1/gallery")).text
        #expect(page.unicodeScalars.contains(" value=\"\(value)\"".unicodeScalars))
        let found = (await site.get("runs/r1/gallery?label=" + URLText.encoded(label))).text
        #expect(found.components(separatedBy: "class=\"file\"").count - 1 == 4)
        #expect(found.unicodeScalars.contains(" value=\"\(value)\" selected".unicodeScalars))
    }

    @Test func theNoteIsExact() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        let workspace = try project.workspace()
        try workspace.note("\nfirst \u{202E}line", on: workspace.run(named: "r1"))
        try workspace.tag(workspace.run(named: "r1"), adding: ["t\u{202E}ag"], removing: [])
        let site = project.site(), page = (await site.get("runs/r1")).text
        // HTML drops the first line break of the element.
        #expect(page.contains("<textarea name=\"note\" maxlength=\"1000\">\n\nfirst &#x202E;line</textarea>"))
        #expect(page.contains("name=\"tags\" value=\"t&#x202E;ag\""))
        #expect((await site.get("")).text.contains("<option value=\"t&#x202E;ag\">t\u{FFFD}ag</option>"))
    }

    @Test func whatIsGoneOrDamagedIsStated() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1", pictures: ["cat/0.png": project.folder + "/gone.png"])
        let site = project.site()
        let gallery = (await site.get("runs/r1/gallery")).text
        #expect(gallery.contains("no picture: cat/0.png") && !gallery.contains("pictures/0"))
        let results = project.state + "/runs/r1/results.json"
        try Data("{\"a\":".utf8).write(to: URL(fileURLWithPath: results))
        let damaged = (await site.get("runs/r1/report")).text
        #expect(
            damaged.contains("results.json") && damaged.contains("is damaged") && !damaged.contains("DecodingError"), "\(damaged)"
        )
    }

    /// Guards against pages without a way back to their run, such as the gallery of a run without answers.
    @Test(arguments: ["report", "gallery", "gallery?part=7", "item?at=0"])
    func pagesLeadBackToTheirRun(page: String) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        let text = (await project.site().get("runs/r1/" + page)).text
        #expect(text.contains(#/<nav aria-label="Project">.*<a href="[^"]*runs/r1">Run r1</a></nav>/#.dotMatchesNewlines()))
    }

    @Test func galleryHasPages() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1", count: 150)
        let site = project.site()
        let last = (await site.get("runs/r1/gallery?page=3")).text
        #expect(last.components(separatedBy: "class=\"file\"").count - 1 == 30 && last.contains("page 3 of 3"))
        #expect((await site.get("runs/r1/gallery?page=99999999")).text.contains("page 3 of 3"))
        let item = await site.get("runs/r1/item?at=149")
        #expect(item.status == 200 && item.text.contains("rel=\"prev\"") && !item.text.contains("rel=\"next\""))
        #expect((await site.get("runs/r1/item?at=150")).status == 404)
    }

    @Test func picturesAreThoseThatTheRunRecorded() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        func write(_ name: String, _ bytes: Data) throws -> String {
            let path = project.folder + "/" + name
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try bytes.write(to: URL(fileURLWithPath: path))
            return path
        }
        _ = try write("other.png", ViewProject.png)
        let pictures = [
            "cat/0.png": try write("pictures/a.png", ViewProject.png), "dog/1.png": "/etc/passwd",
            "cat/2.png": try write(".ssh/id_rsa", ViewProject.png), "dog/3.png": project.folder + "/gone.png",
            "cat/4.png": try write(".assay/inside.png", ViewProject.png), "dog/5.png": "/dev/zero",
        ]
        try project.addRun("r1", pictures: pictures)
        let site = project.site()
        let own = await site.get("runs/r1/pictures/0")
        #expect(own.status == 200 && own.reply.type == "image/png")
        for name in [
            "1", "2", "3", "5", "6", "99", "-1", "0.png", "../../../other.png", "..%2F..%2F..%2Fother.png", "%2Fetc%2Fpasswd", "",
            "99999999999999999999", "0/..",
        ] {
            #expect((await site.get("runs/r1/pictures/" + name)).status == 404, "\(name)")
        }
        // For another user's project, only pictures in its state are shown.
        let foreign = project.site(project.strangers)
        #expect((await foreign.get("runs/r1/pictures/0")).status == 404)
        #expect((await foreign.get("runs/r1/pictures/4")).status == 200)
        // The same holds for pages that are exported, and perhaps published.
        let strangers = try #require(try Workspace.existing(state: project.state, environment: project.strangers))
        for (path, isRead) in [("/pictures/a.png", false), ("/.assay/inside.png", true), ("/.ssh/id_rsa", false)] {
            #expect((strangers.picture(project.folder + path) != nil) == isRead, "\(path)")
        }
        let mine = try project.workspace()
        for (path, isRead) in [(project.folder + "/pictures/a.png", true), ("/etc/passwd", false), ("/dev/zero", false)] {
            #expect((mine.picture(path) != nil) == isRead, "\(path)")
        }
    }

    /// Numbers in the progress file of a foreign project.
    @Test func countsHaveNoLimits() {
        #expect(Shown.grouped(.min) == "−9,223,372,036,854,775,808")
        #expect(Shown.grouped(-1000) == "−1,000" && Shown.grouped(999) == "999")
    }

    @Test func everyTableCanBeSaved() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        try project.addRun("r2", labels: ["cat", "dog_%"])
        let site = project.site()
        for page in ["runs/r1/report", "compare?run=r1&run=r2"] {
            let text = (await site.get(page)).text
            let links = text.matches(of: #/href="([^"]+/tables/[^"]+)" download/#).map {
                String($0.output.1).replacing("&amp;", with: "&")
            }
            #expect(links.count >= 3 && Set(links).count == links.count)
            for link in links {
                let file = await site.get(String(link.dropFirst(site.links.base.count)))
                #expect(
                    file.status == 200 && file.reply.headers["Content-Disposition"]?.hasPrefix("attachment") == true, "\(link)")
                #expect(!file.text.isEmpty)
            }
        }
        #expect((await site.get("runs/r1/tables/none.csv")).status == 404)
        #expect((await site.get("runs/r1/tables/results.exe")).status == 404)
        for name in ["report.html", "report.md", "metrics.json", "predictions.csv"] {
            #expect((await site.get("runs/r1/files/" + name)).status == 200, "\(name)")
        }
        for name in ["results.json", "..%2F..%2Fledger.sqlite", "usage.json"] {
            #expect((await site.get("runs/r1/files/" + name)).status == 404, "\(name)")
        }
    }

    @Test func runsAreFilteredAndSorted() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        for (id, name) in [("r1", "beta"), ("r2", "alpha"), ("r3", "gamma")] { try project.addRun(RunID(id), experiment: name) }
        let workspace = try project.workspace()
        try workspace.tag(workspace.run(named: "r2"), adding: ["paper"], removing: [])
        try workspace.ledger.startRun("r4", experiment: "delta", spec: "d.yaml")
        let site = project.site()
        func order(_ query: String) async -> [String] {
            (await site.get("?" + query)).text.matches(of: #/name="run" value="(r\d)"/#).map { String($0.output.1) }
        }
        #expect(await order("") == ["r4", "r3", "r2", "r1"])
        #expect(await order("down=0&sort=started") == ["r1", "r2", "r3", "r4"])
        #expect(await order("sort=experiment&down=0") == ["r2", "r1", "r4", "r3"])
        #expect(await order("tag=paper") == ["r2"])
        #expect(await order("state=done&q=A") == ["r3", "r2", "r1"])
        #expect(await order("q=delta") == ["r4"])
        for sort in ["cost", "duration", "state", "nonsense"] { #expect(await order("sort=" + sort).count == 4, "\(sort)") }
        #expect((await site.get("")).text.contains("1 run in progress"))
    }

    // MARK: Writes

    @Test func deletesAfterConfirmation() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        try project.addRun("r2")
        let site = project.site(), workspace = try project.workspace()
        #expect((await site.get("runs/r1/delete")).text.contains("Delete run r1?"))
        #expect(try workspace.ledger.runs().count == 2, "asking deletes nothing")
        #expect((await site.post("runs/r1/delete")).status == 303)
        #expect(try workspace.ledger.runs().map(\.id) == ["r2"])
        #expect(!FileManager.default.fileExists(atPath: try workspace.runFolder("r1")))
        #expect(FileManager.default.fileExists(atPath: try workspace.runFolder("r2")))
        #expect((await site.get("runs/r1")).status == 404)
        #expect((await site.post("runs/r1/delete")).status == 404)
        try workspace.ledger.startRun("r3", experiment: "e", spec: "e.yaml")
        #expect((await site.post("runs/r3/delete")).status == 409, "it is running")
        #expect(try workspace.ledger.runs().map(\.id) == ["r3", "r2"])
    }

    /// A deployment that bills must not be forgotten with its run.
    @Test func aRunWithADeploymentIsNotDeleted() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        let ledger = try project.workspace().ledger
        _ = try ledger.openLease(
            Lease(
                name: "assay-0123456789abcdef", account: "a", model: "m", sku: "Standard", capacity: 10, hourly: .zero,
                emulated: true, run: "r1"))
        let answer = await project.site().post("runs/r1/delete")
        #expect(answer.status == 409 && answer.text.contains("assay-0123456789abcdef"))
        #expect(try ledger.runs().count == 1)
    }

    @Test(arguments: [false, true]) func aForeignOrReadOnlyProjectIsOnlyShown(isForeign: Bool) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        let site = isForeign ? project.site(project.strangers) : project.site(isReadOnly: true)
        let page = await site.get("runs/r1")
        #expect(page.status == 200 && !page.text.contains("<form") && page.text.contains("class=\"note\""))
        for action in ["annotate", "delete", "cancel"] {
            #expect((await site.post("runs/r1/" + action, "tags=x&note=y")).status == 409, "\(action)")
        }
        for page in ["delete", "cancel"] { #expect((await site.get("runs/r1/" + page)).status == 409) }
        let run = try project.workspace().run(named: "r1")
        #expect(run.tags.isEmpty && run.note == nil)
        #expect(FileManager.default.fileExists(atPath: try project.workspace().runFolder("r1") + "/results.json"))
    }

    @Test func cancellingSignalsTheRunsProcessOnce() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        let child = Process()
        // A shell cannot trap a signal that it was started without, as happens if the tests run in the background.
        child.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        child.arguments = [
            "--default-signal=INT", "/bin/sh", "-c", "trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done",
        ]
        let output = Pipe()
        child.standardOutput = output
        try child.run()
        defer { if child.isRunning { child.terminate() } }
        _ = output.fileHandleForReading.availableData
        let stat = try String(contentsOfFile: "/proc/\(child.processIdentifier)/stat", encoding: .utf8)
        let fields = try #require(stat.split(separator: ")").last).split(separator: " ")
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).prefix(8)
        let host = ProcessOwner.current.host
        let ledger = try project.workspace().ledger
        for (id, started, host) in [
            ("other", "1@\(boot)", host), ("away", "\(fields[19])@\(boot)", "elsewhere"), ("r1", "\(fields[19])@\(boot)", host),
        ] {
            try ledger.startRun(
                RunID(id), experiment: "e", spec: "e.yaml",
                owner: ProcessOwner(host: host, pid: child.processIdentifier, started: started))
        }
        let site = project.site()
        #expect((await site.get("runs/r1/cancel")).text.contains("Cancel run r1?"))
        #expect((await site.post("runs/other/cancel")).status == 409, "another process has this id now")
        #expect((await site.post("runs/away/cancel")).status == 409, "it runs on another machine")
        #expect(child.isRunning)
        #expect((await site.post("runs/r1/cancel")).status == 303)
        child.waitUntilExit()
        #expect(child.terminationStatus == 7)
        #expect((await site.post("runs/r1/cancel")).status == 409, "a second signal would leave deployments running")
    }

    /// A running step has spent an unknown amount, which must not pass for nothing.
    @Test(arguments: [("running", true), ("done", false), ("failed", false)])
    func theCostOfARunInProgressIsThatOfFinishedSteps(state: String, isPartial: Bool) async throws {
        let project = try ViewProject()
        defer { project.remove() }
        let ledger = try project.workspace().ledger
        try ledger.startRun("r1", experiment: "e", spec: "e.yaml")
        if state != "running" { try ledger.finishRun("r1", state: state) }
        let site = project.site(), page = (await site.get("runs/r1")).text, list = (await site.get("")).text
        #expect(page.contains("Cost of finished steps: $0.00.") == isPartial)
        #expect(list.contains("$0.00 (finished steps)") == isPartial && list.contains("$0.00"))
    }

    @Test func showsTheProgressOfARun() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        let workspace = try project.workspace()
        try workspace.ledger.startRun("r1", experiment: "e", spec: "e.yaml")
        let writer = LiveRunWriter(folder: try workspace.runFolder("r1"), total: 4)
        writer.take(.cached(["a"]))
        writer.take(.step("train:cnn", .running, seconds: nil, message: nil))
        writer.take(.progress("train:cnn", fraction: 0.25, text: "epoch 1 <b>"))
        writer.take(.note("train:cnn", "adopted; key sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD"))
        writer.write(atOnce: true)
        let site = project.site()
        let live = await site.get("runs/r1/live")
        #expect(live.status == 200 && live.text.contains("1 of 4 steps") && live.text.contains("value=\"0.250\""))
        #expect(live.text.contains("epoch 1 &lt;b&gt;") && live.text.contains("adopted"))
        #expect(!live.text.contains("sk-abcdefghijkl"))
        #expect((await site.get("running")).text.contains("1 of 4 steps"))
        try workspace.ledger.finishRun("r1", state: "done")
        #expect((await site.get("runs/r1/live")).status == 205)
        #expect((await site.get("running")).status == 205)
        #expect((await site.get("runs/r1")).text.contains("adopted"), "the log stays")
    }
}
