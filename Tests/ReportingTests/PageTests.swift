import Basics
import Foundation
import Reporting
import Statistics
import Testing

/// The page as a file: complete, self-contained, small.
struct PageTests {
    static let small: String = {
        var sample = Sample(labels: Sample.shapes)
        return page(sample.results())
    }()

    static func page(_ results: ExperimentResults, picture: (String) -> Data? = { _ in nil }) -> String {
        do { return try ExperimentReport(results).page(picture: picture) } catch { return "\(error)" }
    }

    @Test func looksAsItDid() throws { try expectGolden(PageTests.small, "report.html") }

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

    @Test(arguments: [(500, true), (501, false)])
    func aLongRunListsWhatIsNotCached(count: Int, listsAll: Bool) throws {
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

    @Test func textIsEscaped() {
        var sample = Sample(labels: ["<b>Akita</b>", "Beagle & Co", "\"Collie\""])
        var results = sample.results()
        results.experiment = "<script>alert(1)</script>"
        results.specText = "name: <script>alert(2)</script> # <i>"
        let page = PageTests.page(results)
        #expect(!page.contains("<script>alert") && !page.contains("<b>Akita") && !page.contains("<i>"))
        #expect(page.contains("Beagle &amp; Co"))
    }

    @Test func saysWhatAVariantChanged() throws {
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

    @Test func hugePicturesDoNotMakeAHugePage() {
        var sample = Sample(labels: Sample.shapes)
        let photograph = Data([0xFF, 0xD8, 0xFF]) + Data(count: 300_000)
        let page = PageTests.page(sample.results()) { _ in photograph }
        #expect(page.utf8.count < 3_000_000 && page.contains("data:image/jpeg;base64,"))
        #expect(page.contains("are told by name only"))
    }
}

/// The page in a browser, with the photographs of a real experiment.
@Suite(.enabled(if: Chromium.path != nil, "needs an installed Chromium"))
struct BrowserTests {
    /// What the page's own script reports about the page.
    struct Findings: Decodable {
        struct Contrast: Decodable { let text: String, ratio: Double }
        let charts, unnamedCharts, emptyCharts, pictures, brokenPictures, unlabelled, headings: Int
        let overflow: Double
        let faint: [Contrast]
    }

    /// Runs in the page: counts charts and pictures, measures contrast, looks for what sticks out to the right.
    static let probe = """
        <script>addEventListener('load',async()=>{
        const all=s=>[...document.querySelectorAll(s)];
        for(const d of all('details')){d.removeAttribute('name');d.open=true}
        const charts=all('figure svg[role=img]');
        const pictures=all('.gallery img');
        await Promise.all(pictures.map(i=>i.decode().catch(()=>0)));
        const rgb=c=>(c.match(/[\\d.]+/g)||[0,0,0]).map(Number);
        const light=c=>{const[r,g,b]=rgb(c).map(v=>{v/=255;return v<=.03928?v/12.92:((v+.055)/1.055)**2.4});
        return .2126*r+.7152*g+.0722*b};
        const behind=e=>{for(;e;e=e.parentElement){const c=getComputedStyle(e).backgroundColor;
        if(rgb(c)[3]!==0)return c}return'rgb(255,255,255)'};
        const faint=[];
        for(const e of all('h1,h2,h3,p,dt,dd,th,td,li,summary,a,label,figcaption,code,figure svg[role=img]>text')){
        if(!e.textContent.trim()||!e.getClientRects().length)continue;
        const s=getComputedStyle(e),isSVG=e.namespaceURI.includes('svg');
        const a=light(isSVG?s.fill:s.color),b=light(behind(e.closest('svg')||e));
        const ratio=(Math.max(a,b)+.05)/(Math.min(a,b)+.05);
        if(ratio<4.5&&!e.classList.contains('m-on'))faint.push({text:e.textContent.slice(0,40),ratio})}
        const report={charts:charts.length,
        unnamedCharts:charts.filter(c=>!document.getElementById(c.getAttribute('aria-labelledby'))?.textContent
        ||!document.getElementById(c.getAttribute('aria-describedby'))?.textContent).length,
        emptyCharts:charts.filter(c=>c.getBoundingClientRect().height<40||c.childElementCount<5).length,
        pictures:pictures.length,brokenPictures:pictures.filter(i=>!i.naturalWidth).length,
        unlabelled:all('input').filter(i=>!i.labels.length).length+all('img:not([alt])').length,
        headings:all('h1').length,overflow:document.documentElement.scrollWidth-innerWidth,faint};
        const out=document.createElement('pre');out.id='findings';out.textContent=JSON.stringify(report);
        document.body.append(out)})</script>
        """

    private static func realistic() -> (results: ExperimentResults, pictures: [String: Data]) {
        let labels = Photographs.isThere ? Photographs.labels : (1...120).map { "Label \($0)" }
        var sample = Sample(labels: labels)
        return (sample.results(), Photographs.isThere ? Photographs.byExample : [:])
    }

    static let page: String = {
        let (results, pictures) = realistic()
        return PageTests.page(results) { pictures[$0] }
    }()

    /// Puts the page, with or without the probe, where the browser can open it.
    private func place(_ page: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "report.html")
        try page.write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test(arguments: [(390, false), (820, false), (1280, false), (1280, true)])
    func opensCleanly(width: Int, isDark: Bool) throws {
        // A preference that a headless browser does not offer: the dark colours become the light ones' place.
        let themed = isDark
            ? BrowserTests.page.replacing("@media(prefers-color-scheme:dark)", with: "@media all") : BrowserTests.page
        let file = try place(themed.replacing("</body>", with: BrowserTests.probe + "</body>"))
        defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
        let visit = try Chromium.visit(file, width: width)
        #expect(visit.console.isEmpty)
        let json = try #require(visit.document.split(separator: "<pre id=\"findings\">").last?.prefix { $0 != "<" })
        let findings = try JSONDecoder().decode(
            Findings.self, from: Data(json.replacing("&amp;", with: "&").replacing("&quot;", with: "\"").utf8))
        #expect(findings.charts >= 14 && findings.unnamedCharts == 0 && findings.emptyCharts == 0)
        #expect(findings.brokenPictures == 0 && findings.unlabelled == 0 && findings.headings == 1)
        if Photographs.isThere { #expect(findings.pictures > 100) }
        #expect(findings.overflow <= 0, "nothing sticks out to the right")
        #expect(findings.faint.isEmpty, "\(findings.faint.prefix(5))")
    }

    @Test func staysSmall() { #expect(BrowserTests.page.utf8.count < 3_000_000) }

    /// Writes the page and pictures of it at three widths, for people to look at.
    @Test(.enabled(
        if: ProcessInfo.processInfo.environment["ASSAY_SCREENSHOTS"] != nil, "ASSAY_SCREENSHOTS names no folder"))
    func screenshots() throws {
        let folder = URL(filePath: try #require(ProcessInfo.processInfo.environment["ASSAY_SCREENSHOTS"]))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let page = folder.appending(path: "report.html")
        try BrowserTests.page.write(to: page, atomically: true, encoding: .utf8)
        for (width, height) in [(390, 16000), (820, 12000), (1280, 12500)] {
            try Chromium.screenshot(
                page, to: folder.appending(path: "report-\(width).png"), width: width, height: height)
        }
        try Chromium.screenshot(
            page, to: folder.appending(path: "report-dark.png"), width: 1280, height: 10000, isDark: true)
        try Chromium.print(page, to: folder.appending(path: "report.pdf"))
    }
}
