// Answers requests: checks the caller, finds the page, performs writes.

import Application
import Basics
import Foundation
import Ledger
import Planning
import Reporting
import TaskKit
import Tasks

/// A request without its connection.
struct SiteRequest: Sendable {
    var caller: Caller
    /// The path, percent-encoded.
    var path: String
    var query: String
    /// The fields of the form that a write sends.
    var form = FormFields()
}

/// The pages of a project.
struct Site: Sendable {
    let gate: Gate
    let reader: ProjectReader
    let shell: Shell
    /// Whether writes are refused.
    let isReadOnly: Bool

    var links: SiteLinks { shell.links }

    init(gate: Gate, state: String?, environment: [String: String], isReadOnly: Bool) {
        self.gate = gate
        self.isReadOnly = isReadOnly
        reader = ProjectReader(state: state, environment: environment)
        let folder = Workspace.locate(spec: nil, state: state, environment: environment)
        shell = Shell(
            links: SiteLinks(base: "/\(gate.place)/"), project: URL(fileURLWithPath: folder).deletingLastPathComponent().path)
    }

    func reply(to request: SiteRequest) async -> SiteReply {
        do {
            let query = FormFields(request.query)
            let isEntry = request.path == "/" && query?["token"] != nil && !request.caller.isWrite
            try gate.checkOrigin(request.caller, isEntry: isEntry)
            if isEntry { return try enter(request.caller, query?["token"]) }
            try gate.authorize(request.caller)
            guard request.path.hasPrefix(links.base) else {
                return request.path == "/" ? .redirect(to: links.runs()) : .page(shell.problem(.notFound), status: 404)
            }
            guard let query else { throw SiteProblem.invalid("The query of the address is malformed.") }
            var path: [String] = []
            for segment in request.path.dropFirst(links.base.count).split(separator: "/", omittingEmptySubsequences: false) {
                guard let text = URLText.decoded(segment) else { throw SiteProblem.invalid("The path is malformed.") }
                path.append(text)
            }
            return request.caller.isWrite ? try await write(path, request.form) : try await read(path, query)
        } catch let denial as Gate.Denial {
            return Site.denied(denial)
        } catch {
            let problem = Site.problem(error)
            return .page(shell.problem(problem), status: problem.status)
        }
    }

    /// Sets the cookie. A browser that follows a link of another page sends no strict cookie with the redirect, so it
    /// gets a page that continues automatically.
    private func enter(_ caller: Caller, _ token: String?) throws -> SiteReply {
        guard gate.accepts(entry: token) else { throw Gate.Denial.cookie }
        var reply = SiteReply.redirect(to: links.runs())
        if let site = caller.site, site != "none", site != "same-origin" {
            reply = .page(
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=\(links.runs())\"><title>Assay</title><p><a href=\"\(links.runs())\">Continue</a></p></html>"
            )
        }
        reply.headers["Set-Cookie"] = gate.cookie
        return reply
    }

    private static func denied(_ denial: Gate.Denial) -> SiteReply {
        let (status, text): (Int, SafeHTML) =
            switch denial {
            case .host: (421, "The Host of the request is not this machine.")
            case .origin: (403, "Requests from other pages are rejected.")
            case .cookie: (401, "Open the address that <code>assay view</code> printed: it contains the token.")
            case .token: (403, "The request lacks the token of this page. Load the page again.")
            }
        return .page(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Assay</title><p>\(text)</p></html>", status: status)
    }

    static func problem(_ error: any Error) -> SiteProblem {
        switch error {
        case let problem as SiteProblem: problem
        case let refusal as Refusal: .refused(refusal.description)
        default: SiteProblem(status: 500, title: "Error", text: KeyMask.masked("\(error)"))
        }
    }

    // MARK: Reading

    private func read(_ path: [String], _ query: FormFields) async throws -> SiteReply {
        switch path {
        case [""]:
            let workspace = try await reader.workspace()
            closeDeadRuns(workspace)
            return .page(try RunsPage(site: self, workspace: workspace, query: query).render())
        case ["running"]:
            guard let workspace = try await reader.workspace() else { throw SiteProblem.notFound }
            closeDeadRuns(workspace)
            return try RunsPage.running(workspace.ledger.runs(), self, workspace).map { .page($0) }
                ?? SiteReply(status: 205, body: .data(Data()))
        case ["compare"]: return try await compare(query)
        case ["assets", "style.css"]: return asset(SiteStyle.css, "text/css; charset=utf-8")
        case ["assets", "view.js"]: return asset(SiteScript.javaScript, "text/javascript; charset=utf-8")
        case ["assets", "icon.svg"]: return asset(SiteScript.icon, "image/svg+xml")
        default:
            if path.count == 2, path[0] == "tables" { return try await comparisonTable(path[1], query) }
            guard path.count >= 2, path[0] == "runs" else { throw SiteProblem.notFound }
            let (workspace, run) = try await find(path[1])
            return try await read(run, workspace, Array(path.dropFirst(2)), query)
        }
    }

    private func read(
        _ run: RunRecord, _ workspace: Workspace, _ path: [String], _ query: FormFields
    ) async throws -> SiteReply {
        let page = RunPage(site: self, workspace: workspace, run: run)
        switch path {
        case []: return .page(try page.render(query))
        case ["live"]:
            guard run.state == "running" else { return SiteReply(status: 205, body: .data(Data())) }
            return .page(try RunPage.progress(run, workspace))
        case ["step"]: return .page(try page.step(named: query["name"] ?? ""))
        case ["delete"], ["cancel"]:
            try checkWritable(workspace)
            return .page(path == ["delete"] ? page.confirmDeletion() : page.confirmCancellation())
        case ["report"]:
            try checkResults(run, workspace)
            return later("Report of \(run.experiment)", "Computing the report …", of: run.id) {
                try await SafeHTML(rendered: reader.report(run, in: workspace, links).html)
            }
        case ["gallery"]:
            try checkResults(run, workspace)
            return later("Gallery of \(run.experiment)", "Reading the answers …", of: run.id) {
                try await GalleryPage(site: self, run: run, loaded: reader.loaded(run, in: workspace), fields: query).render()
            }
        case ["item"]:
            let loaded = try await reader.loaded(run, in: workspace)
            return .page(
                shell.page(
                    "Example", try GalleryPage(site: self, run: run, loaded: loaded, fields: query).item(), isFramed: false,
                    of: run.id))
        default:
            guard path.count == 2 else { throw SiteProblem.notFound }
            return try await file(path[0], path[1], of: run, workspace)
        }
    }

    private func file(
        _ kind: String, _ name: String, of run: RunRecord, _ workspace: Workspace
    ) async throws -> SiteReply {
        switch kind {
        case "pictures":
            let index = try await reader.loaded(run, in: workspace).index
            guard name.count <= 9, let number = Int(name), index.pictures.indices.contains(number),
                let path = index.pictures[number], let picture = workspace.picture(path),
                let type = BrowserPicture.mediaType(picture)
            else {
                throw SiteProblem(
                    status: 404, title: "No picture", text: "The picture no longer exists, or browsers cannot show it.")
            }
            return SiteReply(
                type: type, body: .data(picture), headers: ["Cache-Control": "private, max-age=300"])
        case "tables":
            return try Site.table(name, of: try await reader.report(run, in: workspace, links).tables)
        case "files":
            try checkResults(run, workspace)
            let results = try await reader.loaded(run, in: workspace).results
            return try await Task.detached { try Site.file(name, of: results, in: workspace) }.value
        default: throw SiteProblem.notFound
        }
    }

    /// The report in another form, as a file.
    private static func file(_ name: String, of results: ExperimentResults, in workspace: Workspace) throws -> SiteReply {
        let report = ExperimentReport(results, tasks: .standard)
        switch name {
        case "report.html":
            let page = try report.page { example in
                results.pictures[example].flatMap { workspace.picture($0) }
            }
            return .file(page, name: name, type: "text/html; charset=utf-8")
        case "report.md": return .file(report.markdown(), name: name, type: "text/markdown; charset=utf-8")
        case "metrics.json":
            return .file(report.metricsDocument().pretty + "\n", name: name, type: "application/json")
        case "predictions.csv": return .file(report.predictions(), name: name, type: "text/csv; charset=utf-8")
        default: throw SiteProblem.notFound
        }
    }

    private static func table(_ name: String, of tables: [ReportTable]) throws -> SiteReply {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let form = ReportTable.Form(rawValue: String(parts[1])),
            let table = tables.first(where: { $0.name == parts[0] })
        else { throw SiteProblem.notFound }
        let type =
            switch form {
            case .csv: "text/csv; charset=utf-8"
            case .tex: "application/x-tex; charset=utf-8"
            case .md: "text/markdown; charset=utf-8"
            }
        // The name consists of letters, digits and hyphens.
        return .file(table.text(form), name: "\(table.name).\(form.rawValue)", type: type)
    }

    // MARK: Comparison

    private static let maxCompared = 10

    private func compare(_ query: FormFields) async throws -> SiteReply {
        let (workspace, runs) = try await compared(query)
        return later("Comparison", "Comparing \(runs.count) runs …") {
            SafeHTML(rendered: try await comparison(runs, workspace).html)
        }
    }

    private func comparisonTable(_ name: String, _ query: FormFields) async throws -> SiteReply {
        let (workspace, runs) = try await compared(query)
        return try Site.table(name, of: try await comparison(runs, workspace).tables)
    }

    /// The chosen runs, the oldest first.
    private func compared(_ query: FormFields) async throws -> (Workspace, [RunRecord]) {
        let names = query.all("run").uniqued
        guard names.count >= 2 else { throw SiteProblem.invalid("Choose at least two runs to compare.") }
        guard names.count <= Site.maxCompared else {
            throw SiteProblem.invalid("At most \(Site.maxCompared) runs can be compared; \(names.count) were chosen.")
        }
        guard let workspace = try await reader.workspace() else { throw SiteProblem.notFound }
        var runs: [RunRecord] = []
        for name in names {
            let run = try await find(name).1
            try checkResults(run, workspace)
            runs.append(run)
        }
        return (workspace, runs.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) })
    }

    private func comparison(_ runs: [RunRecord], _ workspace: Workspace) async throws -> ServedReport {
        var results: [ExperimentResults] = []
        for run in runs { results.append(try await reader.loaded(run, in: workspace).results) }
        let address = links.base + "tables/"
        let query = runs.map { "run=" + URLText.encoded($0.id.text) }.joined(separator: "&")
        return try await Task.detached { [results] in
            var keys: [String] = []
            if let first = runs.first, let last = runs.last {
                keys = Site.keyLines(try RunKeyComparison(first.id, last.id, workspace))
            }
            return try RunComparison(results, tasks: .standard).served(tables: address, query: query, keys: keys)
        }.value
    }

    /// Differences of the steps' keys, with the most informative first.
    private static func keyLines(_ comparison: RunKeyComparison) -> [String] {
        let most = 100
        var changed: [String] = [], others: [String] = []
        for (step, difference) in comparison.differences {
            switch difference {
            case .changed(let changes):
                for change in changes {
                    changed.append("\(step): \(change.part): \(value(change.was)) → \(value(change.now))")
                }
            case .inputs(let names): others.append("\(step) read other results: \(names.joined(separator: ", "))")
            case .onlyFirst: others.append("\(step): only in the first run")
            case .onlySecond: others.append("\(step): only in the last run")
            case .unknown: others.append("\(step): unknown, because one of the runs has no stored result for it")
            }
        }
        let lines = changed + others
        return lines.count <= most ? lines : Array(lines.prefix(most)) + ["\(lines.count - most) more differences"]
    }

    private static func value(_ value: JSONValue?) -> String {
        let text = value.map { $0.string ?? $0.canonical } ?? "absent"
        return text.unicodeScalars.count <= 120 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(120))) + "…"
    }

    // MARK: Writing

    private func write(_ path: [String], _ form: FormFields) async throws -> SiteReply {
        guard path.count == 3, path[0] == "runs" else { throw SiteProblem.notFound }
        let (workspace, run) = try await find(path[1])
        try checkWritable(workspace)
        switch path[2] {
        case "annotate": return try annotate(run, workspace, form)
        case "delete":
            try workspace.remove(run)
            return .redirect(to: links.runs())
        case "cancel":
            try workspace.interrupt(run)
            return .redirect(to: links.run(run.id))
        default: throw SiteProblem.notFound
        }
    }

    private static let maxTags = 100

    /// Changes tags and note, unless they were changed after the form was made.
    private func annotate(_ run: RunRecord, _ workspace: Workspace, _ form: FormFields) throws -> SiteReply {
        let stored = Annotations(run)
        let wanted = stored.changed(by: form)
        if wanted != stored, let version = form["version"], version != stored.version {
            return .page(
                RunPage(site: self, workspace: workspace, run: run).conflict(form["tags"], form["note"]), status: 409)
        }
        // Values that an earlier version stored stay as they are, even beyond the limits.
        let added = wanted.tags.filter { !stored.tags.contains($0) }
        guard added.isEmpty || wanted.tags.count <= Site.maxTags else {
            throw SiteProblem.invalid("A run has at most \(Site.maxTags) tags.")
        }
        // Checked before the first of the two writes.
        do throws(Refusal) {
            try Workspace.check(tags: added, note: wanted.note == stored.note ? "" : wanted.note)
        } catch {
            throw SiteProblem.invalid(error.description)
        }
        if wanted.tags != stored.tags {
            try workspace.tag(run, adding: added, removing: stored.tags.filter { !wanted.tags.contains($0) })
        }
        if wanted.note != stored.note { try workspace.note(wanted.note, on: run) }
        return .redirect(to: links.run(run.id))
    }

    /// Whether pages offer writes.
    func mayWrite(_ workspace: Workspace) -> Bool { !isReadOnly && workspace.ownership == .own }

    private func checkWritable(_ workspace: Workspace) throws {
        guard !isReadOnly else { throw SiteProblem.refused("This view is read-only.") }
        try workspace.requireOwn(to: "change a run")
    }

    /// The hidden field that every form needs.
    var tokenField: SafeHTML { "<input type=\"hidden\" name=\"token\" value=\"\(gate.formToken)\">" }

    /// The reason why nothing can be changed.
    func ownershipNote(_ workspace: Workspace) -> SafeHTML {
        if isReadOnly { return "<p class=\"note\">This view is read-only.</p>" }
        guard workspace.ownership != .own else { return "" }
        let text = workspace.ownership.text(workspace.ledger.path)
        return "<p class=\"note\">\(text.prefix(1).uppercased() + text.dropFirst()). This view is read-only.</p>"
    }

    // MARK: Parts

    /// The listed run with an id.
    private func find(_ name: String) async throws -> (Workspace, RunRecord) {
        guard let workspace = try await reader.workspace() else { throw SiteProblem.notFound }
        closeDeadRuns(workspace)
        guard let run = try workspace.ledger.run(RunID(name)), !run.isRemoved else {
            throw SiteProblem(status: 404, title: "Not found", text: "There is no run '\(name)'.")
        }
        return (workspace, run)
    }

    /// Records the runs whose processes are gone. 'assay status' deletes their deployments.
    private func closeDeadRuns(_ workspace: Workspace?) {
        guard let workspace, mayWrite(workspace) else { return }
        workspace.closeDeadRuns()
    }

    private func checkResults(_ run: RunRecord, _ workspace: Workspace) throws {
        guard ProjectReader.hasResults(run, in: workspace) else {
            throw SiteProblem.refused("Run \(run.id) has no results: \(run.reasonForNoResults).")
        }
    }

    /// A page whose frame is sent at once and whose content follows.
    private func later(
        _ title: String, _ wait: String, of run: RunID? = nil, _ content: @escaping @Sendable () async throws -> SafeHTML
    ) -> SiteReply {
        let start: SafeHTML = "\(shell.start(title, of: run))<div id=\"content\"><p class=\"wait\" role=\"status\">\(wait)</p>\n"
        let end = shell.end
        return SiteReply(
            body: .later(start: start.text) {
                let body: SafeHTML
                do {
                    body = try await content()
                } catch {
                    let problem = Site.problem(error)
                    body =
                        "<main><header><h1>\(problem.title)</h1><p class=\"note bad\" role=\"alert\">\(problem.text)</p></header></main>"
                }
                return ("\(body)</div>\(end)" as SafeHTML).text
            })
    }

    private func asset(_ text: String, _ type: String) -> SiteReply {
        SiteReply(type: type, body: .data(Data(text.utf8)), headers: ["Cache-Control": "private, max-age=3600"])
    }
}

extension [String] {
    /// The elements in order, each once.
    fileprivate var uniqued: [String] {
        var known: Set<String> = []
        return filter { known.insert($0).inserted }
    }
}
