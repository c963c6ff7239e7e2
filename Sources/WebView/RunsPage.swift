// The page of all runs.

import Application
import Basics
import Execution
import Foundation
import Ledger
import Reporting

/// Lists the runs of a project: filtered, sorted, a page at a time.
struct RunsPage {
    let site: Site
    let workspace: Workspace?
    let query: FormFields

    private static let maxRows = 100

    private enum Order: String, CaseIterable {
        case started, experiment, state, duration, cost

        var title: String { rawValue == "started" ? "started (UTC)" : rawValue }
    }

    func render() throws -> SafeHTML {
        guard let workspace else {
            return site.shell.page(
                "Runs",
                "<header><h1>Runs</h1><p class=\"lede\">No runs yet: <code>assay run SPEC</code> starts one.</p></header>")
        }
        let all = try workspace.ledger.runs()
        let shown = try sorted(all.filter(matches), in: workspace)
        let pages = max(1, (shown.count + RunsPage.maxRows - 1) / RunsPage.maxRows)
        let page = min(max(1, query.number("page") ?? 1), pages)
        let running = Set(all.filter { $0.state == "running" }.map(\.id))
        let rows = shown.dropFirst((page - 1) * RunsPage.maxRows).prefix(RunsPage.maxRows)
        let count =
            shown.count == all.count
            ? Shown.count(all.count, "run") : "\(Shown.grouped(shown.count)) of \(Shown.count(all.count, "run"))"
        return site.shell.page(
            "Runs",
            """
            <header><h1>\(count)</h1>\(site.ownershipNote(workspace))\(try billing(workspace, running: running))</header>
            \(try RunsPage.running(all, site, workspace).map { "<div class=\"live\" data-live=\"\(site.links.running)\">\($0)</div>" })
            \(filters(all))
            <form action="\(site.links.compare([]))" method="get">
            \(try table(Array(rows), workspace))
            <div class="actions"><button>Compare selected runs</button></div></form>
            \(RunsPage.pages(page, of: pages) { site.links.runs(query.with("page", String($0))) })
            """)
    }

    /// The runs in progress; `nil` for none.
    static func running(_ runs: [RunRecord], _ site: Site, _ workspace: Workspace) throws -> SafeHTML? {
        let running = runs.filter { $0.state == "running" }
        guard !running.isEmpty else { return nil }
        let lines: [SafeHTML] = running.prefix(20).map { run in
            let live = LiveRun.read(run.id, in: workspace)
            return """
                <li><span><a href="\(site.links.run(run.id))">\(run.experiment)</a> <small>\(run.id.text)</small></span><span>\(RunPage.bar(live))</span>\
                <span>\(live.map { "\($0.done) of \(Shown.count($0.total, "step"))" } ?? "started \(Shown.time(run.startedAt))")</span></li>
                """
        }
        return "<h2>\(Shown.count(running.count, "run")) in progress</h2><ul class=\"steps\">\(lines)</ul>"
    }

    /// Links to the other pages of a list.
    static func pages(_ page: Int, of pages: Int, _ address: (Int) -> String) -> SafeHTML {
        guard pages > 1 else { return "" }
        let before: SafeHTML = page > 1 ? "<a href=\"\(address(page - 1))\" rel=\"prev\">previous page</a>" : ""
        let after: SafeHTML = page < pages ? "<a href=\"\(address(page + 1))\" rel=\"next\">next page</a>" : ""
        return "<nav class=\"pages\" aria-label=\"Pages\">\(before)<span>page \(page) of \(pages)</span>\(after)</nav>"
    }

    // MARK: Filter and sort

    /// Real dollars decide before emulated ones.
    private struct Cost: Comparable {
        var real = Money.zero, emulated = Money.zero

        mutating func add(_ spend: Spend) {
            if spend.emulated { emulated += spend.amount } else { real += spend.amount }
        }

        static func < (a: Cost, b: Cost) -> Bool { (a.real, a.emulated) < (b.real, b.emulated) }
    }

    private func matches(_ run: RunRecord) -> Bool {
        if let state = query.text("state"), run.state != state { return false }
        if let tag = query.text("tag"), !run.tags.contains(tag) { return false }
        guard let text = query.text("q")?.lowercased() else { return true }
        let words = [run.id.text, run.experiment, run.spec, run.note ?? "", run.headline ?? ""] + run.tags
        return words.contains { $0.lowercased().contains(text) }
    }

    private var order: Order { query["sort"].flatMap(Order.init) ?? .started }
    private var isDescending: Bool { query["down"].map { $0 == "1" } ?? (order == .started) }

    private func sorted(_ runs: [RunRecord], in workspace: Workspace) throws -> [RunRecord] {
        // The ledger lists the newest first, which decides between equal runs.
        func by<Value: Comparable>(_ value: (RunRecord) -> Value) -> [RunRecord] {
            let keyed = runs.enumerated().map { (at: $0.offset, value: value($0.element), run: $0.element) }
            return keyed.sorted {
                if $0.value == $1.value { return $0.at < $1.at }
                return isDescending ? $0.value > $1.value : $0.value < $1.value
            }.map(\.run)
        }
        switch order {
        case .started: return isDescending ? runs : runs.reversed()
        case .experiment: return by(\.experiment)
        case .state: return by(\.state)
        case .duration: return by { run in run.seconds ?? -1 }
        case .cost:
            var costs: [RunID: Cost] = [:]
            for spend in try workspace.ledger.spending() {
                costs[spend.run, default: Cost()].add(spend)
            }
            return by { costs[$0.id] ?? Cost() }
        }
    }

    private func filters(_ runs: [RunRecord]) -> SafeHTML {
        let states = Set(runs.map(\.state)).sorted(), tags = Set(runs.flatMap(\.tags)).sorted()
        func options(_ values: [String], _ name: String, _ every: String) -> SafeHTML {
            let chosen = query[name] ?? ""
            let list: [SafeHTML] = values.map {
                "<option value=\"\(exact: $0)\"\($0 == chosen ? " selected" as SafeHTML : "")>\($0)</option>"
            }
            return "<select name=\"\(name)\"><option value=\"\">\(every)</option>\(list)</select>"
        }
        let sort: SafeHTML =
            query["sort"] == nil
            ? ""
            : "<input type=\"hidden\" name=\"sort\" value=\"\(order.rawValue)\"><input type=\"hidden\" name=\"down\" value=\"\(isDescending ? "1" : "0")\">"
        return """
            <form class="choice" method="get" action="\(site.links.runs())" role="search">\(sort)
            <label>Search<input type="search" name="q" value="\(exact: query["q"] ?? "")" maxlength="200"></label>
            <label>State\(options(states, "state", "any state"))</label>
            \(tags.isEmpty ? "" : "<label>Tag\(options(tags, "tag", "any tag"))</label>" as SafeHTML)
            <button>Filter</button></form>
            """
    }

    // MARK: Table

    private func head(_ column: Order, isNumber: Bool = false) -> SafeHTML {
        let isChosen = order == column
        let next = isChosen ? !isDescending : column == .started || column == .cost || column == .duration
        let address = site.links.runs(
            query.with("sort", column.rawValue).with("down", next ? "1" : "0").with("page", nil))
        let sort: SafeHTML = isChosen ? " aria-sort=\"\(isDescending ? "descending" : "ascending")\"" : ""
        return "<th scope=\"col\" class=\"\(isNumber ? "n" : "")\"\(sort)><a href=\"\(address)\">\(column.title)</a></th>"
    }

    private func table(_ runs: [RunRecord], _ workspace: Workspace) throws -> SafeHTML {
        guard !runs.isEmpty else { return "<p>No run matches the filter.</p>" }
        let rows: [SafeHTML] = try runs.map { try row($0, workspace) }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs stack" aria-label="Runs">
            <thead><tr><th scope="col">run</th>\(head(.experiment))\(head(.state))\(head(.started))\(head(.duration, isNumber: true))\
            \(head(.cost, isNumber: true))<th scope="col">result</th><th scope="col">tags and note</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
    }

    private func row(_ run: RunRecord, _ workspace: Workspace) throws -> SafeHTML {
        let tags: [SafeHTML] = run.tags.map {
            var query = FormFields()
            query["tag"] = $0
            return "<a class=\"chip\" href=\"\(site.links.runs(query))\">\($0)</a>"
        }
        // The ledger records spending when a step ends.
        let cost = try RunPage.cost(run, workspace) + (run.state == "running" ? " (finished steps)" : "")
        let seconds = run.seconds.map { DurationText.of(seconds: $0) } ?? "–"
        return """
            <tr><th scope="row"><label><input type="checkbox" name="run" value="\(run.id.text)" \
            aria-label="Select \(run.id.text)"></label> <a href="\(site.links.run(run.id))">\(run.id.text)</a></th>\
            <td data-of="experiment">\(run.experiment)</td><td data-of="state"><span class="state \(run.state)">\(run.state)</span></td>\
            <td class="keep" data-of="started (UTC)">\(Shown.time(run.startedAt))</td><td class="n" data-of="duration">\(seconds)</td>\
            <td class="n" data-of="cost">\(cost)</td>\
            <td class="words\(run.headline == nil ? " none" : "")" data-of="result">\(run.headline ?? "–")</td>\
            <td class="\(tags.isEmpty && run.note == nil ? "none" : "")" data-of="tags and note">\(tags) \(run.note ?? "")</td></tr>

            """
    }

    /// Deployments that are still billed and jobs that are still open.
    private func billing(_ workspace: Workspace, running: Set<RunID>) throws -> SafeHTML {
        let leases = try workspace.ledger.leases()
        // A run in progress manages its own jobs.
        let jobs = try workspace.ledger.jobs(.open).filter { !running.contains($0.run) }
        var lines: [String] = leases.map {
            "Deployment \($0.name) is being billed, \($0.hourly) per hour\($0.emulated ? " (emulated)" : "")."
        }
        if !jobs.isEmpty { lines.append("\(Shown.count(jobs.count, "remote job")) open. 'assay jobs' shows them.") }
        let list: [SafeHTML] = lines.prefix(10).map { "<li>\($0)</li>" }
        return list.isEmpty ? "" : "<ul class=\"note warnings\">\(list)</ul>"
    }
}
