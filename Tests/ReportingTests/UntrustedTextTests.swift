// Escaping of untrusted text in reports.

import Basics
import Foundation
import Statistics
import TaskKit
import Tasks
import Testing

@testable import Reporting

/// Untrusted text in reports: labels, answers, file names, prompts and errors never become markup, links or formulas.
struct UntrustedTextTests {
    /// U+0600 prepends itself to the next character: escaping by `Character` missed the `<` behind it.
    @Test(arguments: [
        ("plain", "Beagle", "Beagle"), ("tag", "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"),
        ("prepend", "\u{600}<img src=x>", "\u{600}&lt;img src=x&gt;"),
        ("combining", "<\u{301}b>\u{301}", "&lt;\u{301}b&gt;\u{301}"),
        ("joiner", "<\u{200D}>", "&lt;\u{200D}&gt;"), ("controls", "a\u{0}\u{1B}[31m\tb\n", "a\u{FFFD}\u{FFFD}[31m\tb\n"),
        ("template", "{{{x}}}", "{{{x}}}"),
        // Guards against an answer that reorders the text around it, or that a terminal acts on.
        ("bidirectional", "a\u{202E}b\u{2066}c\u{2069}", "a\u{FFFD}b\u{FFFD}c\u{FFFD}"),
        ("C1", "a\u{9B}31m\u{85}", "a\u{FFFD}31m\u{FFFD}"),
        (
            "Arabic and joiners", "\u{645}\u{631}\u{62D}\u{628}\u{627} \u{200D}\u{200F}",
            "\u{645}\u{631}\u{62D}\u{628}\u{627} \u{200D}\u{200F}"
        ),
    ])
    func htmlIsEscapedByByte(id: String, text: String, expected: String) {
        #expect(Markup.html(text).unicodeScalars.elementsEqual(expected.unicodeScalars), "\(id)")
    }

    @Test(arguments: [
        ("plain", "Golden retriever, 55.0% [42.5, 66.9]", "Golden retriever, 55.0% [42.5, 66.9]"),
        ("snake case", "learning_rate_multiplier", "learning_rate_multiplier"),
        ("html", "<img src=x>", "&lt;img src=x>"), ("entity", "a &lt; b & c", "a &amp;lt; b & c"),
        ("image", "![x](http://127.0.0.1/)", "![x\\](http://127.0.0.1/)"), ("reference", "[x][y]", "[x\\][y]"),
        ("definition", "[x]: http://127.0.0.1", "[x\\]: http://127.0.0.1"), ("emphasis", "**a** _b_", "\\*\\*a\\*\\* \\_b\\_"),
        ("code", "`rm`", "\\`rm\\`"), ("pipe and line", "a|b\nc", "a\\|b c"), ("escape", "\\| \\<b", "\\\\\\| \\\\&lt;b"),
        ("less", "p < 0.001", "p < 0.001"),
        ("heading", "# a", "\\# a"), ("quote", "> a", "\\> a"), ("item", "- a", "\\- a"), ("struck", "~~a~~", "\\~\\~a\\~\\~"),
        ("bidirectional", "a\u{202E}b", "a\u{FFFD}b"), ("C1", "a\u{9B}b", "a\u{FFFD}b"),
    ])
    func markdownIsEscaped(id: String, text: String, expected: String) { #expect(Markup.markdown(text) == expected, "\(id)") }

    @Test(arguments: [
        ("plain", "assay run", "`assay run`"), ("inside", "a`b", "``a`b``"), ("at the end", "a``", "``` a`` ```"),
        ("lines", "a\nb", "`a b`"), ("bidirectional", "a\u{202E}b", "`a\u{FFFD}b`"),
    ])
    func codeSpansStayClosed(id: String, text: String, expected: String) { #expect(Markup.code(text) == expected, "\(id)") }

    @Test func codeBlocksStayClosed() {
        #expect(Markup.codeBlock("a\n```\n# b", language: "yaml") == "````yaml\na\n```\n# b\n````\n")
    }

    @Test(arguments: [
        ("escaped formula", "'=1+1", "''=1+1"), ("an apostrophe", "'t", "'t"),
        ("plain", "Beagle", "Beagle"), ("negative number", "-12.5", "-12.5"), ("formula", "=1+1", "'=1+1"),
        ("command", "@SUM(A1)", "'@SUM(A1)"), ("dash", "-2+3", "'-2+3"), ("plus", "+A1", "'+A1"),
        ("full width", "\u{FF1D}1", "'\u{FF1D}1"), ("after a space", " =1", "' =1"), ("tab", "\t=1", "\t'=1"),
        ("semicolon", "cat;=1+1;dog", "cat;'=1+1;dog"), ("semicolon and space", "a; @SUM(A1)", "a;' @SUM(A1)"),
        ("semicolon and number", "a;-12.5;b", "a;-12.5;b"), ("line break", "a\n=1+1", "\"a\n'=1+1\""),
        ("carriage return", "a\r\n+A1", "\"a\r\n'+A1\""), ("two semicolons", ";;=1", ";;'=1"),
        ("tab in the middle", "a\t=1", "a\t'=1"), ("equals in the middle", "a=1", "a=1"),
        ("quoted", "=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""), ("escape sequence", "a\u{1B}[2J", "a\u{FFFD}[2J"),
        ("prepend before a quote", "\u{600}\"", "\"\u{600}\"\"\""),
    ])
    func csvCellsAreHarmless(id: String, field: String, expected: String) {
        #expect(CSV.line([field]).unicodeScalars.elementsEqual((expected + "\n").unicodeScalars), "\(id)")
    }

    /// The escape of formulas could not be undone: two different texts had the same escaped form.
    @Test(arguments: [
        "=1+1", "'=1+1", "''=1+1", "-1", "'-1", "@a", "'t", "' =1", "plain", "", "\t", "−1", "-12.5", "a;=1", "a;'=1",
        "a\n- b\n'- c", ";", "x\t=1;'t",
    ])
    func csvCellsCanBeReadBack(text: String) throws {
        let columns = ["variant", "evaluation", "example", "label", "model", "answer", "matched"]
        let file = CSV.line(columns) + CSV.line(columns.map { _ in text })
        #expect(try CSVTable(parsing: Data(file.utf8)).rows.first?.fields == columns.map { _ in text })
    }

    /// Tables from elsewhere are read unchanged.
    @Test func apostrophesOfOthersStay() throws {
        let table = try CSVTable(parsing: Data("path,label\na/1.png,'=x\n".utf8))
        #expect(table.rows.first?.fields == ["a/1.png", "'=x"])
    }

    /// Texts that would become markup if escaping had a gap.
    private static let payloads = [
        "<img src=x onerror=alert(1)>", "\u{600}<img src=x onerror=alert(1)>\u{600}>", "\"><svg onload=alert(1)>",
        "'><script>alert(1)</script>", "</title></style></script><script>alert(1)</script>", "</code></pre><iframe src=//x>",
        "\" onmouseover=\"alert(1)", "' onfocus='alert(1)' autofocus='", "]]><script>alert(1)</script>", "<!--", "-->",
        "&lt;script&gt;", "&#60;script&#62;alert(1)", "{{{.}}}{{>page}}", "javascript:alert(1)",
        "<\u{200D}script>alert(1)</script>",
        "\u{0}<b>", "\u{110BD}<a href=javascript:alert(1)>x</a>", "<\u{301}b>", "\u{202E}<i>", "# <b> \"q\": '<u>'",
        "<base href=//x>", "<meta http-equiv=refresh content=0>", "\\u003cscript>",
    ]

    /// A report in which every untrusted text is `text` with a number.
    private func report(_ text: (Int) -> String) throws -> String {
        var sample = Sample(labels: (0..<6).map(text), perLabel: 3)
        var results = sample.results()
        results.experiment = text(10)
        results.specText = "name: \(text(11)) # \(text(12))\n\(text(13)): \"\(text(14))\"\n"
        results.specPath = text(15)
        results.command = text(16)
        results.machine = text(17)
        results.warnings = (20..<24).map(text)
        results.variants[0].failures = [text(25)]
        results.variants[0].claims.append(Claim(.stated(text(26)), published: 1, source: text(27)))
        results.variants[0].changes = [text(28): text(29)]
        for evaluation in results.variants[0].evaluations.indices {
            results.variants[0].evaluations[evaluation].name = text(30 + evaluation)
            for model in results.variants[0].evaluations[evaluation].models.indices {
                results.variants[0].evaluations[evaluation].models[model].model = text(40 + model)
                for at in results.variants[0].evaluations[evaluation].models[model].answers.indices where at % 4 == 0 {
                    var answer = results.variants[0].evaluations[evaluation].models[model].answers[at]
                    answer.answer = text(100 + at)
                    answer.matched = nil
                    answer.outcome = .unmatched
                    results.variants[0].evaluations[evaluation].models[model].answers[at] = answer
                }
            }
        }
        for at in results.variants[0].trainings.indices { results.variants[0].trainings[at].model = text(41 + at) }
        for at in results.steps.indices {
            results.steps[at].id = StepID("step:\(text(60 + at))")
            results.steps[at].message = text(80 + at)
        }
        var second = results.variants[0]
        second.name = VariantName(text(50))
        results.variants.append(second)
        return try ExperimentReport(results, tasks: .standard).page { _ in nil }
    }

    /// Elements with the names of their attributes, in order of the document, as the browser sees them.
    private static let inventory = """
        addEventListener('load',()=>{const seen=[];for(const e of document.querySelectorAll('*')){
        if(e.id==='probe')continue;const names=[...e.attributes].map(a=>a.name).sort().join(' ');
        seen.push(e.localName+' '+names);
        for(const a of e.attributes){if(/^on/i.test(a.name)||/^\\s*javascript:/i.test(a.value))seen.push('HANDLER '+a.name);
        if(['src','href','xlink:href','action'].includes(a.name)&&!/^(#|data:image\\/|(metrics\\.json|predictions\\.csv|report\\.md)$)/.test(a.value))seen.push('LINK '+a.value)}}
        const count={};for(const s of seen)count[s]=(count[s]||0)+1;
        document.title='';document.body.textContent='INVENTORY'+JSON.stringify(Object.keys(count).sort())+'END'});
        """

    /// The xss case of the security review: a label or an answer must not add an element or a handler to the page.
    @Test(.enabled(if: Chromium.path != nil, "needs an installed Chromium"))
    func noTextBecomesAnElement() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-markup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func inventory(_ page: String, _ name: String) throws -> String {
            let file = folder.appending(path: "\(name).html")
            try page.replacing("http-equiv=\"Content-Security-Policy\"", with: "name=\"policy\"")
                .replacing("</head>", with: "<script id=\"probe\">\(UntrustedTextTests.inventory)</script></head>")
                .write(to: file, atomically: true, encoding: .utf8)
            let visit = try Chromium.visit(file, width: 900)
            let start = try #require(visit.document.range(of: "INVENTORY"), "\(name)")
            let end = try #require(visit.document.range(of: "END", range: start.upperBound..<visit.document.endIndex))
            return String(visit.document[start.upperBound..<end.lowerBound])
        }
        let harmless = try inventory(try report { "text \($0)" }, "harmless")
        #expect(!harmless.contains("HANDLER") && !harmless.contains("LINK"))
        var random = SeededRandom(seed: 20_261_129)
        for round in 0..<6 {
            let payloads = UntrustedTextTests.payloads
            let offset = Int(random.unit() * 1_000)
            let page = try report { number in
                let first = payloads[(number + offset) % payloads.count],
                    second = payloads[(number * 7 + offset) % payloads.count]
                return round % 2 == 0 ? "\(number) \(first)" : "\(first)\(number)\(second)"
            }
            #expect(try inventory(page, "hostile-\(round)") == harmless, "round \(round)")
        }
    }

    /// The policy lets the page's own script and style through, and nothing else.
    @Test(.enabled(if: Chromium.path != nil, "needs an installed Chromium"))
    func thePolicyAllowsOnlyThePage() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-policy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = try report { "text \($0)" }
        let own = folder.appending(path: "own.html"), foreign = folder.appending(path: "foreign.html")
        try page.write(to: own, atomically: true, encoding: .utf8)
        try page.replacing(
            "</body>", with: "<script>document.title='TAKEN'</script><img src=x onerror=\"document.title='TAKEN'\"></body>"
        )
        .write(to: foreign, atomically: true, encoding: .utf8)
        #expect(try Chromium.visit(own, width: 900).console.isEmpty)
        let visit = try Chromium.visit(foreign, width: 900)
        #expect(!visit.document.contains("<title>TAKEN"))
        #expect(visit.console.contains { $0.contains("Content Security Policy") })
    }
}
