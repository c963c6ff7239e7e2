// The HTML page of a report.

import Basics
import Foundation
import Reporting
import Statistics
import TaskKit
import Tasks
import Testing

/// The page as a file: complete, self-contained, small.
struct PageTests {
    static let small: String = {
        var sample = Sample(labels: Sample.shapes)
        return page(sample.results())
    }()

    static func page(_ results: ExperimentResults, picture: (String) -> Data? = { _ in nil }) -> String {
        do { return try ExperimentReport(results, tasks: .standard).page(picture: picture) } catch { return "\(error)" }
    }

    @Test func pageMatchesTheGoldenFile() throws { try expectGolden(PageTests.small, "report.html") }

    @Test(arguments: [
        "results", "training", "labels", "confusion", "tradeoff", "cost", "claims", "plan", "spec", "again", "mistakes",
    ])
    func hasEverySection(id: String) {
        #expect(PageTests.small.contains("<section id=\"\(id)\""))
        #expect(PageTests.small.contains("<a href=\"#\(id)\">"))
    }

    @Test(arguments: [
        "accuracy", "latency", "curve-tuned-loss", "curve-tuned-accuracy", "curve-cnn-loss", "curve-cnn-accuracy",
        "labels-changed-1", "confusion-base", "confusion-tuned", "confusion-cnn", "accuracy-cost",
        "accuracy-latency", "cost-by-step", "plan-graph",
    ])
    func hasEveryChart(id: String) {
        #expect(PageTests.small.contains("<figure id=\"\(id)\""))
        #expect(PageTests.small.contains("<title id=\"\(id)-t\">") && PageTests.small.contains("<desc id=\"\(id)-d\">"))
    }

    @Test func needsNoNetwork() {
        for mark in ["http:", "https:", "src=\"/", "@import", "url(", "<link"] {
            #expect(!PageTests.small.contains(mark), "\(mark)")
        }
        #expect(!PageTests.small.contains("{{"), "a template is left over")
    }

    @Test(arguments: [(100, true), (101, false)])
    func longRunListsUncachedSteps(count: Int, listsAll: Bool) throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        let step = try #require(results.steps.first)
        results.steps = (0..<count).map { index in
            var copy = step
            copy.id = StepID("many:\(index)x")
            copy.state = index == 7 ? .ran : .cached
            return copy
        }
        let page = PageTests.page(results)
        #expect(page.contains("many:<wbr>7x"))
        #expect(page.contains("many:<wbr>8x") == listsAll)
        #expect(page.contains("<summary>Every step</summary>") == listsAll)
    }

    @Test func ofManyStepsThatRanTheFailedAndTheLongestAreListed() throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        let step = try #require(results.steps.first)
        results.steps = (0..<150).map { index in
            var copy = step
            copy.id = StepID("many:\(index)x")
            copy.state = index == 0 ? .failed : .ran
            copy.seconds = Double(index)
            return copy
        }
        let page = PageTests.page(results)
        let listed = (0..<150).filter { page.contains("many:<wbr>\($0)x") }
        #expect(listed == [0] + Array(51..<150))
    }

    @Test func textIsEscaped() {
        var sample = Sample(labels: ["<b>Akita</b>", "Beagle & Co", "\"Collie\""])
        var results = sample.results()
        results.experiment = "<script>alert(1)</script>"
        results.specText = "name: <script>alert(2)</script> # <i>"
        let page = PageTests.page(results)
        #expect(!page.contains("<script>alert") && !page.contains("<b>Akita") && !page.contains("<i>"))
        #expect(page.contains("Beagle &amp; Co"))
    }

    @Test func reportsTheChangesOfAVariant() throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        var second = results.variants[0]
        second.name = "n_epochs=3"
        second.changes = ["models.tuned.fine_tune.hyperparameters.n_epochs": "3"]
        second.evaluations[0].models[1].answers = sample.answers(accuracy: 0.95)
        results.variants.append(second)
        let page = PageTests.page(results)
        #expect(page.contains("<section id=\"variants\"") && page.contains("<figure id=\"ranking\""))
        #expect(page.contains("base (every variant)") && page.contains("tuned (n_epochs=3)"))
        #expect(page.contains("models.tuned.fine_tune.hyperparameters.n_epochs: 3"))
    }

    @Test func aRunWithoutResultsStillHasAPage() {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.variants = [VariantResults(evaluations: [], failures: ["fine-tune:tuned: the job failed"])]
        let page = PageTests.page(results)
        #expect(page.contains("No result: fine-tune:tuned: the job failed") && page.contains("id=\"plan\""))
    }

    /// A card with a picture did not show which file it was, and the page linked none of its run's files.
    @Test func cardsNameTheirFilesAndThePageLinksThoseOfTheRun() {
        var sample = Sample(labels: Sample.shapes)
        let page = PageTests.page(sample.results()) { _ in Data([0xFF, 0xD8, 0xFF, 0]) }
        #expect(page.contains("<p class=\"file\">circle/0.jpg</p>") && !page.contains("class=\"none\""))
        for file in ["metrics.json", "predictions.csv", "report.md", "results.json"] {
            #expect(page.contains("<a href=\"\(file)\">"), "\(file)")
        }
    }

    @Test func hugePicturesDoNotMakeAHugePage() {
        var sample = Sample(labels: Sample.shapes)
        let photograph = Data([0xFF, 0xD8, 0xFF]) + Data(count: 300_000)
        let page = PageTests.page(sample.results()) { _ in photograph }
        #expect(page.utf8.count < 3_000_000 && page.contains("data:image/jpeg;base64,"))
        #expect(page.contains("are listed by name only"))
    }
}

/// The page in a browser, with the photographs of a real experiment.
@Suite(.enabled(if: Chromium.path != nil, "needs an installed Chromium"))
struct BrowserTests {
    private static func realistic() -> (results: ExperimentResults, pictures: [String: Data]) {
        let labels = Photographs.isThere ? Photographs.labels : (1...120).map { "Label \($0)" }
        var sample = Sample(labels: labels)
        return (sample.results(), Photographs.isThere ? Photographs.byExample : [:])
    }

    static let page: String = {
        let (results, pictures) = realistic()
        return PageTests.page(results) { pictures[$0] }
    }()

    /// Windows of a headless Chromium are at least 500 pixels wide: a narrower page is a frame in one.
    private func findings(_ page: String, width: Int) throws -> (PageProbe, console: [String]) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // The probe is a script that the page's Content-Security-Policy would stop; `UntrustedTextTests` keeps the policy.
        try page.replacing("http-equiv=\"Content-Security-Policy\"", with: "name=\"policy\"")
            .replacing("</body>", with: "<script>\(PageProbe.script)</script></body>")
            .write(to: folder.appending(path: "report.html"), atomically: true, encoding: .utf8)
        let frame = folder.appending(path: "frame.html")
        try """
        <!doctype html><body style="margin:0"><script>addEventListener('message',e=>{
        const out=document.createElement('pre');out.id='findings';out.textContent=e.data;document.body.append(out)})
        </script><iframe src="report.html" style="border:0;width:\(width)px;height:900px"></iframe>
        """.write(to: frame, atomically: true, encoding: .utf8)
        let visit = try Chromium.visit(frame, width: max(500, width))
        let json = try #require(visit.document.split(separator: "<pre id=\"findings\">").last?.prefix { $0 != "<" })
        let text = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
            .reduce(String(json)) { $0.replacing($1.0, with: $1.1) }
        return (try JSONDecoder().decode(PageProbe.self, from: Data(text.utf8)), visit.console)
    }

    @Test(arguments: [(390, false), (390, true), (768, false), (1400, false), (1400, true)])
    func opensCleanly(width: Int, isDark: Bool) throws {
        // A preference that a headless browser does not offer: the dark colours become the light ones' place.
        let themed =
            isDark
            ? BrowserTests.page.replacing("@media(prefers-color-scheme:dark)", with: "@media all") : BrowserTests.page
        let (page, console) = try findings(themed, width: width)
        #expect(console.isEmpty)
        #expect(page.width == Double(width))
        #expect(Set(page.charts) == BrowserTests.charts, "every chart is there and has a size")
        #expect(page.unnamed.isEmpty && page.twice.isEmpty && page.dead.isEmpty && page.skipped == 0)
        #expect(page.broken == 0)
        if Photographs.isThere { #expect(page.pictures > 100) }
        #expect(page.overflow <= 0, "nothing sticks out to the right")
        #expect(page.faint.isEmpty, "\(page.faint.prefix(5))")
        #expect(page.cut.isEmpty, "\(page.cut.prefix(5))")
        #expect(page.overlapping.isEmpty, "\(page.overlapping.prefix(5))")
        #expect(page.reachable > 30 && page.unseen.isEmpty, "\(page.unseen.prefix(5))")
    }

    @Test(arguments: [(390, "a sweep"), (1400, "a sweep"), (390, "long names"), (1400, "long names")])
    func otherPagesFit(width: Int, id: String) throws {
        let results = id == "a sweep" ? Sample.sweep() : Sample.longNames()
        let (page, console) = try findings(PageTests.page(results), width: width)
        if id == "a sweep" { #expect(Set(page.charts).isSuperset(of: ["ranking", "sweep-tuned", "sweep-cnn"])) }
        #expect(console.isEmpty && page.unnamed.isEmpty && page.twice.isEmpty && page.dead.isEmpty)
        #expect(page.overflow <= 0 && page.faint.isEmpty, "\(page.faint.prefix(5))")
        #expect(page.cut.isEmpty, "\(page.cut.prefix(5))")
        #expect(page.overlapping.isEmpty, "\(page.overlapping.prefix(5))")
    }

    /// The figures of a report on three models, two of them trained, with 120 labels.
    static let charts: Set = [
        "accuracy", "differences", "latency", "curve-tuned-loss", "curve-tuned-accuracy", "curve-cnn-loss",
        "curve-cnn-accuracy", "labels-changed-1", "labels-changed-2", "confusion-base", "confusion-tuned",
        "confusion-cnn", "accuracy-cost", "accuracy-latency", "cost-by-step", "plan-graph",
    ]

    /// Deliberate defects that the probe must detect.
    @Test(arguments: [
        ("no faint text", ".soft{color:#d8d8d8}"), ("no label cut off", "figure svg text{font-size:60px}"),
        ("no focus unseen", ":focus-visible{outline:none}"), ("no overflow", "main{width:2000px}"),
        ("no error unheard", "</style><script>missing.name</script><style>"),
    ])
    func theProbeSees(id: String, style: String) throws {
        let (page, console) = try findings(PageTests.small.replacing("</style>", with: style + "</style>"), width: 768)
        let seen: Bool =
            switch id {
            case "no error unheard": console.count == 1
            case "no faint text": !page.faint.isEmpty
            case "no label cut off": !page.cut.isEmpty && !page.overlapping.isEmpty
            case "no focus unseen": !page.unseen.isEmpty
            default: page.overflow > 0
            }
        #expect(seen)
    }

    @Test func staysSmall() { #expect(BrowserTests.page.utf8.count < 3_000_000) }

    /// Writes the page and pictures of it at three widths, for people to look at.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["ASSAY_SCREENSHOTS"] != nil, "ASSAY_SCREENSHOTS names no folder"))
    func screenshots() throws {
        let folder = URL(filePath: try #require(ProcessInfo.processInfo.environment["ASSAY_SCREENSHOTS"]))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let page = folder.appending(path: "report.html")
        try BrowserTests.page.write(to: page, atomically: true, encoding: .utf8)
        for (width, height) in [(390, 16000), (768, 12000), (1400, 12500)] {
            for isDark in [false, true] {
                let name = "report-\(width)\(isDark ? "-dark" : "").png"
                try Chromium.screenshot(
                    page, to: folder.appending(path: name), width: width, height: height, isDark: isDark)
            }
        }
        try Chromium.print(page, to: folder.appending(path: "report.pdf"))
    }
}
