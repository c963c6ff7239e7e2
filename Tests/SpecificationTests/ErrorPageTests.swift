// The examples of docs/errors.md: the bad ones give the errors on the page, the corrected ones none.

import Basics
import Foundation
import Specification
import Testing

@Suite struct ErrorPageTests {
    /// Codes without an example on the page; other tests cover them.
    static let withoutExample: Set<String> = [
        "too-large", "out-of-memory", "not-utf-8", "control-character", "bad-environment-file", "unknown-variant",
    ]

    @Test func everyCodeHasASection() {
        let titles = ErrorPage.page.sections.map(\.title)
        for code in SpecProblem.Code.allCases {
            #expect(titles.filter { $0 == code.rawValue }.count == 1, "\(code.rawValue)")
        }
    }

    /// Codes of diagnostics that other modules emit, found in their sources.
    @Test func codesOfOtherRoomsHaveASection() throws {
        let titles = Set(ErrorPage.page.sections.map(\.title))
        var codes: Set<String> = []
        for room in ["Planning", "Steps", "Application", "CommandLine", "Audit"] {
            let folder = Project.root.appending(path: "Sources/\(room)")
            for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where path.hasSuffix(".swift") {
                let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                for match in text.matches(of: #/Diagnostic\(\s*(?:\.\w+,\s*)?code: "([a-z0-9-]+)"/#) {
                    codes.insert(String(match.output.1))
                }
            }
        }
        #expect(codes.count >= 4)
        #expect(codes.subtracting(titles).isEmpty, "\(codes.subtracting(titles))")
    }

    @Test func everySectionHasAnExample() {
        for section in ErrorPage.page.sections {
            let isCode = SpecProblem.Code(rawValue: section.title) != nil
            #expect(
                !isCode || section.example != nil || Self.withoutExample.contains(section.title), "\(section.title)")
        }
        #expect(ErrorPage.page.sections.filter { $0.example != nil }.count >= 65)
    }

    @Test(arguments: ErrorPage.page.sections.filter { $0.example != nil })
    func badExampleHasTheExpectedDiagnostics(section: ErrorPage.Section) throws {
        let (bad, said, _) = try #require(section.example)
        let (found, sources) = diagnostics(ErrorPage.loader(bad.text), "spec.yaml")
        #expect(found.summaries == expectedDiagnostics(bad.text))
        #expect(!found.isEmpty)
        if SpecProblem.Code(rawValue: section.title) != nil { #expect(found.contains { $0.code == section.title }) }
        let text = DiagnosticRenderer(sources: sources).render(found)
        if ProcessInfo.processInfo.environment["ASSAY_RECORD"] != "1" { #expect(text == said.text) }
    }

    @Test(arguments: ErrorPage.page.sections.filter { $0.example != nil })
    func correctedExampleHasNoDiagnostics(section: ErrorPage.Section) throws {
        let mended = try #require(section.example?.mended)
        let (found, sources) = diagnostics(ErrorPage.loader(mended.text), "spec.yaml")
        #expect(found.isEmpty, "\(DiagnosticRenderer(sources: sources).render(found))")
    }

    /// Writes the error of each bad example into the page.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["ASSAY_RECORD"] == "1", "records with ASSAY_RECORD=1"))
    func record() throws {
        var page = ErrorPage.page
        for section in page.sections.reversed() {
            guard let (bad, said, _) = section.example else { continue }
            let (found, sources) = diagnostics(ErrorPage.loader(bad.text), "spec.yaml")
            let text = DiagnosticRenderer(sources: sources).render(found)
            page.lines.replaceSubrange(said.lines, with: text.components(separatedBy: "\n"))
        }
        try page.lines.joined(separator: "\n").write(
            to: Project.root.appending(path: ErrorPage.path), atomically: true, encoding: .utf8)
    }
}
