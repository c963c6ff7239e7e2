// The gallery of a run's answers, and the page of one of them.

import Application
import Basics
import Foundation
import Ledger
import Platform
import Statistics

/// Shows examples with the answers of all models, a page at a time.
struct GalleryPage {
    let site: Site
    let run: RunRecord
    let loaded: LoadedRun
    let fields: FormFields

    static let maxCards = 60
    private var links: SiteLinks { site.links }
    private var index: AnswerIndex { loaded.index }
    private var query: GalleryQuery { GalleryQuery(fields) }
    private var part: AnswerIndex.Part? { index.parts.indices.contains(query.part) ? index.parts[query.part] : nil }

    /// Why there is nothing to show for the address; `nil` if there is.
    private var problem: String? {
        guard !index.parts.isEmpty else { return "This run has no answers." }
        guard let part, fields.text("part") == nil || fields.number("part") != nil else {
            return
                "This run has no evaluation number \(fields["part"] ?? ""): its evaluations have the numbers 0 to \(index.parts.count - 1)."
        }
        guard let model = query.model, !part.models.contains(model) else { return nil }
        return "There is no model '\(model)' in \(part.evaluation): its models are \(part.models.joined(separator: ", "))."
    }

    private func address(_ page: String, _ fields: FormFields) -> String { links.run(run.id, page) + fields.query }

    func render() -> SafeHTML {
        guard problem == nil, let part else {
            return """
                <main><header><h1>Gallery</h1><p class="note bad" role="alert">\(problem ?? "")</p>
                <p><a href="\(links.run(run.id, "gallery"))">The whole gallery</a></p></header></main>
                """
        }
        let found = index.items(matching: query)
        let pages = max(1, (found.count + GalleryPage.maxCards - 1) / GalleryPage.maxCards)
        let page = min(max(1, fields.number("page") ?? 1), pages)
        let first = (page - 1) * GalleryPage.maxCards
        let cards: [SafeHTML] = found.dropFirst(first).prefix(GalleryPage.maxCards).enumerated().map { at, item in
            card(part.items[item], in: part, address("item", fields.with("page", nil).with("at", String(first + at))))
        }
        let navigation = RunsPage.pages(page, of: pages) { address("gallery", fields.with("page", String($0))) }
        return """
            <main><header><p class="eyebrow"><a href="\(links.run(run.id))">Run \(run.id.text)</a>: \(run.experiment)</p>
            <h1>\(found.count == part.items.count ? Shown.count(found.count, "example") : "\(Shown.grouped(found.count)) of \(Shown.count(part.items.count, "example"))")</h1></header>
            \(filters(part))\(navigation)
            \(cards.isEmpty ? "<p>No example matches the filter.</p>" : "<ul class=\"gallery\">\(cards)</ul>" as SafeHTML)\(navigation)</main>
            """
    }

    private func filters(_ part: AnswerIndex.Part) -> SafeHTML {
        func select(_ name: String, _ title: String, _ options: [(value: String, text: String)]) -> SafeHTML {
            let chosen = fields[name] ?? ""
            let list: [SafeHTML] = options.map { option in
                "<option value=\"\(exact: option.value)\"\(option.value == chosen ? " selected" as SafeHTML : "")>\(option.text)</option>"
            }
            return "<label>\(title)<select name=\"\(name)\">\(list)</select></label>"
        }
        let isSeveral = Set(index.parts.map(\.variant)).count > 1
        let parts = index.parts.enumerated().map { at, part in
            (value: String(at), text: isSeveral ? "\(part.variant), \(part.evaluation)" : part.evaluation)
        }
        return """
            <form class="choice" method="get" action="\(links.run(run.id, "gallery"))" role="search">
            <label>Search<input type="search" name="q" value="\(exact: fields["q"] ?? "")" maxlength="200"></label>
            \(parts.count > 1 ? select("part", "Evaluation", parts) : "")
            \(part.labels.isEmpty ? "" : select("label", "Label", [("", "any label")] + part.labels.map { ($0, $0) }))
            \(select("model", "Model", [("", "any model")] + part.models.map { ($0, $0) }))
            \(select("outcome", "Outcome", part.outcomes.map { ($0.rawValue, $0.title) }))
            <button>Filter</button></form>
            """
    }

    private func card(_ item: AnswerIndex.Item, in part: AnswerIndex.Part, _ address: String) -> SafeHTML {
        let answers: [SafeHTML] = zip(part.models, item.answers).map(answer)
        let label = GalleryPage.cut(item.label, 400)
        return """
            <li><a href="\(address)">\(picture(item, alt: label, isLazy: true))</a><p class="true">\(item.question.map { GalleryPage.cut($0, 400) + " — " } ?? "")\(label)</p>\
            <p class="file">\(item.file)</p><dl>\(answers)</dl></li>

            """
    }

    private func picture(_ item: AnswerIndex.Item, alt: String, isLazy: Bool) -> SafeHTML {
        // If a picture was deleted or its folder moved, the card states this instead of showing a broken image.
        guard let path = index.pictures[item.number], LocalFileSystem().exists(path) else {
            return "<span class=\"none\">no picture: \(item.file)</span>"
        }
        let name = alt.isEmpty ? item.file : alt
        return
            "<img src=\"\(links.picture(item.number, of: run.id))\" alt=\"\(name)\" decoding=\"async\"\(isLazy ? " loading=\"lazy\"" as SafeHTML : "")>"
    }

    private func answer(_ model: String, _ answer: ScoredAnswer?) -> SafeHTML {
        guard let answer else { return "<dt>\(model)</dt><dd>not evaluated</dd>" }
        let mark = GalleryPage.mark(answer)
        return "<dt>\(model)</dt><dd class=\"\(mark.style)\">\(mark.text)\(GalleryPage.text(answer))</dd>"
    }

    /// The mark before an answer, with its class; none for an answer that its task does not judge.
    private static func mark(_ answer: ScoredAnswer) -> (style: String, text: String) {
        if answer.outcome == .answered { return ("", "") }
        return answer.isCorrect ? ("reproduced", "✓ ") : ("not", "✗ ")
    }

    private static func text(_ answer: ScoredAnswer) -> String {
        switch answer.outcome {
        case .correct: "right"
        case .wrong, .answered: cut(answer.matched ?? answer.answer ?? "", 400)
        case .unmatched:
            "“\(cut(answer.answer ?? "", 80))”, \(answer.item == nil ? "no label" : answer.item?.problem ?? "unreadable")"
        case .unanswered: "no answer\(answer.reason.map { " (\($0.rawValue))" } ?? "")"
        case .missing: "missing"
        }
    }

    private static func cut(_ text: String, _ length: Int) -> String {
        text.unicodeScalars.count <= length ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(length))) + "…"
    }

    // MARK: One example

    /// The example at a position of the filtered list, with links to its neighbours.
    func item() throws(SiteProblem) -> SafeHTML {
        if let problem { throw SiteProblem(status: 404, title: "Not found", text: problem) }
        guard let part, let at = fields.number("at") else { throw .notFound }
        let found = index.items(matching: query)
        guard found.indices.contains(at) else { throw .notFound }
        let item = part.items[found[at]]
        let back = address("gallery", fields.with("at", nil).with("page", String(at / GalleryPage.maxCards + 1)))
        func neighbour(_ at: Int, _ rel: String, _ text: String) -> SafeHTML {
            found.indices.contains(at)
                ? "<a href=\"\(address("item", fields.with("at", String(at))))\" rel=\"\(rel)\">\(text)</a>" : ""
        }
        let facts: [SafeHTML] = zip(part.models, item.answers).map { model, answer in
            guard let answer else { return "<dt>\(model)</dt><dd>not evaluated</dd>" }
            // The text as the model sent it, unless the line above shows it.
            let exact = answer.answer.flatMap { text in
                text == answer.matched ? nil : "<pre>\(GalleryPage.cut(text, 20_000))</pre>" as SafeHTML
            }
            let time = answer.latencyMilliseconds.map { String(format: ", %.0f ms", $0) } ?? ""
            let mark = GalleryPage.mark(answer)
            return
                "<dt>\(model)</dt><dd><span class=\"\(mark.style)\">\(mark.text)\(GalleryPage.text(answer))\(time)</span>\(exact)</dd>"
        }
        let image = picture(item, alt: item.label, isLazy: false)
        let linked: SafeHTML =
            index.pictures[item.number] == nil ? image : "<a href=\"\(links.picture(item.number, of: run.id))\">\(image)</a>"
        return """
            <main><header><p class="eyebrow"><a href="\(back)">Gallery of \(run.id.text)</a></p><h1>\(item.file)</h1>
            <nav class="pages" aria-label="Examples">\(neighbour(at - 1, "prev", "previous"))<span>\(at + 1) of \(Shown.grouped(found.count))</span>\
            \(neighbour(at + 1, "next", "next"))</nav></header>
            <div class="full"><div>\(linked)</div><dl class="facts"><dt>Example</dt><dd>\(index.examples[item.number])</dd>
            \(item.question.map { "<dt>Question</dt><dd>\($0)</dd>" as SafeHTML })<dt>Reference</dt><dd>\(GalleryPage.cut(item.label, 20_000))</dd>
            \(facts)</dl></div></main>
            """
    }
}
