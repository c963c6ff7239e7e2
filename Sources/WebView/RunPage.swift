// The page of one run, and those of its steps and actions.

import Application
import Basics
import Foundation
import Ledger
import Reporting

/// Shows a run: its state, progress, cost, steps, tags and note.
struct RunPage {
    let site: Site
    let workspace: Workspace
    let run: RunRecord

    private static let maxSteps = 200
    private var links: SiteLinks { site.links }

    func render(_ query: FormFields) throws -> SafeHTML {
        let isRunning = run.state == "running"
        let steps = try workspace.listedSteps(of: run.id)
        let live: SafeHTML =
            isRunning
            ? "<div class=\"live\" data-live=\"\(links.run(run.id, "live"))\">\(try RunPage.progress(run, workspace))</div>" : ""
        let cost = try RunPage.cost(run, workspace)
        let log = isRunning ? nil : LiveRun.read(run.id, in: workspace)?.log
        return site.shell.page(
            "\(run.experiment), \(run.id)",
            """
            <header><p class="eyebrow">Run <strong>\(run.id.text)</strong></p><h1>\(run.experiment)</h1>
            \(run.headline.map { "<p class=\"lede\">\($0)</p>" as SafeHTML })
            \(site.ownershipNote(workspace))
            <dl class="facts"><dt>State</dt><dd><span class="state \(run.state)">\(run.state)</span></dd>
            <dt>Started</dt><dd>\(Shown.time(run.startedAt)) UTC\(run.seconds.map { ", \(DurationText.of(seconds: $0))" } ?? "")</dd>
            <dt>Spec</dt><dd>\(run.spec)</dd><dt>Command</dt><dd><code>\(run.detail["command"]?.string ?? "–")</code></dd>
            \(isRunning ? "" : "<dt>Cost</dt><dd>\(cost)</dd>" as SafeHTML)</dl>
            <div class="actions">\(actions(isRunning: isRunning))</div></header>
            \(live)
            \(annotations())
            \(stepsSection(steps, query))
            \(log.map { $0.isEmpty ? "" : "<section aria-labelledby=\"log-h\"><h2 id=\"log-h\">Log</h2>\(RunPage.log($0))</section>" as SafeHTML })
            """)
    }

    private func actions(isRunning: Bool) -> SafeHTML {
        var parts: [SafeHTML] = []
        if ProjectReader.hasResults(run, in: workspace) {
            parts.append("<a class=\"button\" href=\"\(links.run(run.id, "report"))\">Report</a>")
            parts.append("<a class=\"button\" href=\"\(links.run(run.id, "gallery"))\">Gallery</a>")
            for (name, title) in [
                ("report.html", "Report as one file"), ("report.md", "Markdown"), ("metrics.json", "Metrics"),
                ("predictions.csv", "Answers as CSV"),
            ] {
                parts.append("<a href=\"\(links.run(run.id, "files/\(name)"))\" download>\(title)</a>")
            }
        }
        if site.mayWrite(workspace) {
            parts.append(
                isRunning
                    ? "<a class=\"button\" href=\"\(links.run(run.id, "cancel"))\">Cancel the run …</a>"
                    : "<a class=\"button\" href=\"\(links.run(run.id, "delete"))\">Delete the run …</a>")
        }
        return SafeHTML(parts)
    }

    private func annotations() -> SafeHTML {
        guard site.mayWrite(workspace) else {
            let tags: [SafeHTML] = run.tags.map { "<span class=\"chip\">\($0)</span>" }
            return tags.isEmpty && run.note == nil ? "" : "<section><p>\(tags) \(run.note ?? "")</p></section>"
        }
        let stored = Annotations(run)
        // HTML drops a line break at the beginning of a textarea.
        return """
            <section aria-labelledby="notes-h"><h2 id="notes-h">Tags and note</h2>
            <form class="line" method="post" action="\(links.run(run.id, "annotate"))">\(site.tokenField)
            <input type="hidden" name="version" value="\(stored.version)">
            <label>Tags, separated by spaces<input type="text" name="tags" value="\(exact: stored.tagText)" maxlength="10099"></label>
            <label>Note<textarea name="note" maxlength="1000">
            \(exact: stored.note)</textarea></label>
            <button>Save</button></form></section>
            """
    }

    /// The page for a form whose values were changed after it was made: the current values, and those that it sent.
    func conflict(_ tags: String?, _ note: String?) -> SafeHTML {
        let sent: [SafeHTML] = [("Tags", tags), ("Note", note)].map { title, text in
            text.map { "<dt>\(title)</dt><dd><pre>\($0)</pre></dd>" as SafeHTML } ?? ""
        }
        return site.shell.page(
            "Not saved",
            """
            <header><h1>Not saved</h1>
            <p class="note bad" role="alert">The tags or the note of this run were changed after your page was loaded. The form \
            below has the current values. Change and save it, or leave them.</p></header>
            \(annotations())
            <section aria-labelledby="sent-h"><h2 id="sent-h">Your values, which were not saved</h2><dl class="facts">\(sent)</dl></section>
            """, of: run.id)
    }

    // MARK: Progress

    /// The progress of a run.
    static func progress(_ run: RunRecord, _ workspace: Workspace) throws -> SafeHTML {
        let live = LiveRun.read(run.id, in: workspace)
        let elapsed = DurationText.of(seconds: Date().timeIntervalSince(run.startedAt))
        let steps: [SafeHTML] = (live?.running ?? []).prefix(40).map { step in
            let fraction = step.fraction.flatMap { $0.isFinite ? min(1, max(0, $0)) : nil }
            let bar: SafeHTML =
                fraction.map {
                    "<progress value=\"\(String(format: "%.3f", $0))\" max=\"1\" aria-label=\"\(step.id)\"></progress>"
                }
                ?? "<progress aria-label=\"\(step.id)\"></progress>"
            return
                "<li><span>\(step.id)</span><span>\(bar)</span><span>\(step.text) \(DurationText.of(seconds: Date().timeIntervalSince(step.since)))</span></li>"
        }
        let more = max(0, (live?.running.count ?? 0) - 40)
        let ended = (live?.ended ?? [:]).sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let count = live.map { "\($0.done) of \(Shown.count($0.total, "step"))" } ?? "no progress reported yet"
        return """
            <h2>\(live?.isStopping ?? false ? "Stopping" : "In progress")</h2>
            <p>\(RunPage.bar(live)) \(count)\(ended.isEmpty ? "" : " (\(ended))"), \(elapsed). Cost of finished steps: \(try cost(run, workspace)).</p>
            <ul class="steps">\(steps)</ul>\(more > 0 ? "<p>and \(more) more steps</p>" as SafeHTML : "")
            \(live.map { $0.log.isEmpty ? "" : log($0.log) })
            """
    }

    static func bar(_ live: LiveRun?) -> SafeHTML {
        guard let live, live.total > 0 else { return "<progress aria-label=\"Steps\"></progress>" }
        return "<progress value=\"\(min(live.done, live.total))\" max=\"\(live.total)\" aria-label=\"Steps\"></progress>"
    }

    private static func log(_ lines: [LiveRun.Line]) -> SafeHTML {
        let text = lines.suffix(500).map { line in
            "\(Shown.time(line.at))  \(line.step.map { $0 + ": " } ?? "")\(line.text)"
        }
        return "<pre class=\"log\" tabindex=\"0\" role=\"log\" aria-label=\"Log\">\(text.joined(separator: "\n"))</pre>"
    }

    /// The cost of a run's finished steps: a step records its cost when it ends. Emulated dollars are never added to real
    /// ones.
    static func cost(_ run: RunRecord, _ workspace: Workspace) throws -> String {
        let spending = try workspace.ledger.spending(of: run.id)
        func sum(_ emulated: Bool) -> Money { spending.filter { $0.emulated == emulated }.reduce(.zero) { $0 + $1.amount } }
        let real = sum(false), emulated = sum(true)
        return emulated == .zero ? "\(real)" : real == .zero ? "\(emulated) (emulated)" : "\(real), \(emulated) (emulated)"
    }

    // MARK: Steps

    private func stepsSection(_ steps: [RunStep], _ query: FormFields) -> SafeHTML {
        guard !steps.isEmpty else { return "" }
        let state = query.text("state")
        let chosen = steps.filter { step in state.map { step.state == $0 } ?? true }
        let pages = max(1, (chosen.count + RunPage.maxSteps - 1) / RunPage.maxSteps)
        let page = min(max(1, query.number("page") ?? 1), pages)
        let rows: [SafeHTML] = chosen.dropFirst((page - 1) * RunPage.maxSteps).prefix(RunPage.maxSteps).map { step in
            """
            <tr><th scope="row"><a href="\(links.step(step.step.text, of: run.id))">\(step.step.text)</a></th>\
            <td data-of="state"><span class="state \(step.state)">\(step.state)</span></td>\
            <td class="n" data-of="time">\(step.seconds.map { DurationText.of(seconds: $0) } ?? "–")</td><td class="words" data-of="message">\(step.message ?? "")</td></tr>

            """
        }
        var counts: [String: Int] = [:]
        for step in steps { counts[step.state, default: 0] += 1 }
        let filters: [SafeHTML] = counts.sorted { $0.key < $1.key }.map { name, count in
            "<a class=\"chip\" href=\"\(links.run(run.id))\(FormFields().with("state", name).query)#steps\"\(name == state ? " aria-current=\"true\"" as SafeHTML : "")>\(name) (\(count))</a>"
        }
        return """
            <section id="steps" aria-labelledby="steps-h"><h2 id="steps-h">Steps</h2>
            <p>\(filters)\(state == nil ? "" : "<a class=\"chip\" href=\"\(links.run(run.id))#steps\">every state</a>" as SafeHTML)</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Steps"><table class="stack" aria-label="Steps"><thead><tr>\
            <th scope="col">step</th><th scope="col">state</th><th scope="col" class="n">time</th><th scope="col">message</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            \(RunsPage.pages(page, of: pages) { links.run(run.id) + query.with("page", String($0)).query + "#steps" })</section>
            """
    }

    /// The page of one step, with the output of its program.
    func step(named name: String) throws -> SafeHTML {
        let step = try workspace.step(named: name, of: run)
        let problems: [SafeHTML] = workspace.problems(of: step).map { "<li>\($0)</li>" }
        let output = try workspace.output(of: step)
        return site.shell.page(
            step.step.text,
            """
            <header><p class="eyebrow"><a href="\(links.run(run.id))">Run \(run.id.text)</a></p><h1>\(step.step.text)</h1>
            <dl class="facts"><dt>Kind</dt><dd>\(step.kind)</dd><dt>State</dt><dd><span class="state \(step.state)">\(step.state)</span></dd>
            <dt>Time</dt><dd>\(step.seconds.map { DurationText.of(seconds: $0) } ?? "–")</dd><dt>Key</dt><dd><code>\(step.key?.digest.hex ?? "–")</code></dd></dl>
            \(step.message.map { "<p class=\"note bad\">\($0)</p>" as SafeHTML })
            \(problems.isEmpty ? "" : "<ul class=\"note warnings\">\(problems)</ul>" as SafeHTML)</header>
            \(output.map { text in
                text.isEmpty
                    ? "<p>The program wrote nothing.</p>"
                    : "<section><h2>Output</h2><pre class=\"log\" tabindex=\"0\">\(String(text.suffix(200_000)))</pre></section>" as SafeHTML
            })
            """)
    }

    // MARK: Confirmation

    func confirmDeletion() -> SafeHTML {
        confirm(
            "Delete run \(run.id.text)?", action: "delete", button: "Delete the run",
            "The run is removed from the lists and its report is deleted. Its results stay in the store until 'assay cache gc' "
                + "removes those that no other run uses. Its cost still counts, and nothing at a provider is changed.")
    }

    func confirmCancellation() -> SafeHTML {
        confirm(
            "Cancel run \(run.id.text)?", action: "cancel", button: "Cancel the run",
            "The run stops as with Ctrl-C in its terminal: it deletes its deployments first and keeps every finished result. "
                + "Remote jobs continue, and the next run collects them.")
    }

    private func confirm(_ title: String, action: String, button: String, _ text: String) -> SafeHTML {
        site.shell.page(
            title,
            """
            <header><h1>\(title)</h1><p>\(run.experiment), started \(Shown.time(run.startedAt)) UTC.</p><p>\(text)</p>
            <form method="post" action="\(links.run(run.id, action))">\(site.tokenField)<div class="actions">
            <button class="danger">\(button)</button><a class="button" href="\(links.run(run.id))">Go back</a></div></form></header>
            """)
    }
}
