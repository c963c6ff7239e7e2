// The addresses of the pages.

import Basics

/// Builds the paths of pages. All of them begin with the same random segment, to which the cookie is limited: servers
/// on other ports of this machine do not receive it.
struct SiteLinks: Sendable {
    /// The path of the first page, with a slash at both ends.
    let base: String

    var style: String { base + "assets/style.css" }
    var script: String { base + "assets/view.js" }
    var icon: String { base + "assets/icon.svg" }
    var running: String { base + "running" }

    func runs(_ query: FormFields = FormFields()) -> String { base + query.query }

    /// A page of a run.
    /// - Parameter page: the rest of the path; `nil` for the run's own page.
    func run(_ id: RunID, _ page: String? = nil) -> String {
        base + "runs/" + URLText.encoded(id.text) + (page.map { "/" + $0 } ?? "")
    }

    func step(_ step: String, of id: RunID) -> String { run(id, "step") + "?name=" + URLText.encoded(step) }

    func picture(_ number: Int, of id: RunID) -> String { run(id, "pictures/\(number)") }

    func compare(_ runs: [RunID]) -> String {
        base + "compare" + (runs.isEmpty ? "" : "?" + runs.map { "run=" + URLText.encoded($0.text) }.joined(separator: "&"))
    }
}
