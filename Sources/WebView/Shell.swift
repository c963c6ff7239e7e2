// The frame of every page.

import Basics
import Foundation

/// Frames the content of a page.
struct Shell: Sendable {
    let links: SiteLinks
    let project: String

    /// - Parameters:
    ///   - isFramed: whether the content needs a `main` element; a report has its own.
    ///   - run: the run that the page belongs to, which the top bar links to.
    func page(_ title: String, _ content: SafeHTML, isFramed: Bool = true, of run: RunID? = nil) -> SafeHTML {
        let start = start(title, of: run)
        return isFramed
            ? "\(start)<main id=\"content\">\(content)</main>\(end)" : "\(start)<div id=\"content\">\(content)</div>\(end)"
    }

    /// The page up to its content.
    func start(_ title: String, of run: RunID? = nil) -> SafeHTML {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <title>\(title) – Assay</title><link rel="icon" href="\(links.icon)" type="image/svg+xml">
        <link rel="stylesheet" href="\(links.style)"><script src="\(links.script)" defer></script></head>
        <body class="view"><a class="skip" href="#content">Skip to the content</a>
        <div class="top"><nav aria-label="Project"><a class="home" href="\(links.runs())">Assay</a>
        <span class="project">\(project)</span>\(run.map { "<a href=\"\(links.run($0))\">Run \($0.text)</a>" as SafeHTML })</nav></div>

        """
    }

    let end: SafeHTML = "</body></html>\n"

    func problem(_ problem: SiteProblem) -> SafeHTML {
        page(
            problem.title,
            "<header><h1>\(problem.title)</h1><p class=\"note bad\" role=\"alert\">\(problem.text)</p><p><a href=\"\(links.runs())\">All runs</a></p></header>"
        )
    }
}

/// Formats times, durations and money as the pages show them.
enum Shown {
    /// `2026-11-30 02:15:04` in UTC.
    static func time(_ date: Date) -> String {
        String(date.ISO8601Format().prefix(19)).replacing("T", with: " ")
    }

    static func count(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

    static func grouped(_ value: Int) -> String {
        var digits = Array(String(value.magnitude))
        var at = digits.count - 3
        while at > 0 {
            digits.insert(",", at: at)
            at -= 3
        }
        return (value < 0 ? "−" : "") + String(digits)
    }
}
