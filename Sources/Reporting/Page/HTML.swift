// Renders the page's templates.

import Mustache

/// A table of the page.
struct HTMLTable: Sendable {
    struct Column: Sendable {
        var title: String
        var style = ""
    }

    struct Cell: Sendable {
        var text: String
        var style = ""
        /// The column's title, which narrow pages show next to the cell.
        var title = ""
        var isHead = false
        /// The model's marker as a small SVG, shown before the text.
        var mark = ""
        /// The text as HTML, with line break opportunities in paths.
        var html = ""

        init(text: String, style: String = "") {
            self.text = text
            self.style = style
        }

        /// - Parameter path: the row's name in `metrics.json`, shown in small print below the head.
        init(head: String, mark: String, path: String?) {
            text = head
            isHead = true
            self.mark = mark
            style = path != nil ? "named" : head.count <= 24 ? "short" : ""
            html = Cell.breakable(head) + (path.map { "<code class=\"path\">\(Cell.breakable($0))</code>" } ?? "")
        }

        private static func breakable(_ text: String) -> String {
            Markup.html(text).replacing(".", with: ".<wbr>").replacing("_", with: "_<wbr>").replacing(":", with: ":<wbr>")
        }
    }

    struct Row: Sendable { var cells: [Cell] }

    var caption: String
    var columns: [Column]
    var rows: [Row] = []
    /// Whether rows become blocks on narrow pages instead of scrolling.
    var stacks: Bool
    /// Links to the table as a file; empty in the page of one file.
    var downloads: [TableDownload] = []

    /// Columns from titles; those that start with `#` contain numbers.
    init(_ caption: String, _ titles: [String]) {
        self.caption = caption
        columns = titles.map { title in
            title.hasPrefix("#") ? Column(title: String(title.dropFirst()), style: "n") : Column(title: title)
        }
        stacks = titles.count > 4
    }

    /// The placeholder for a missing number.
    private static let nothing = "–"

    /// Adds a row: its head, then cells in the style of their columns.
    mutating func add(_ head: String, mark: String = "", _ cells: [String]) {
        add(head, mark: mark, styled: zip(cells, columns.dropFirst()).map { Cell(text: $0, style: $1.style) })
    }

    mutating func add(_ head: String, mark: String = "", path: String? = nil, styled cells: [Cell]) {
        let titled = zip(cells, columns.dropFirst()).map { cell, column in
            var cell = cell
            cell.title = column.title
            if cell.text == HTMLTable.nothing { cell.style += cell.style.isEmpty ? "none" : " none" }
            return cell
        }
        rows.append(Row(cells: [Cell(head: head, mark: mark, path: path)] + titled))
    }
}

// A page has tens of thousands of cells: explicit lookup by name avoids Mustache's slow reflection.

extension HTMLTable: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "caption": caption
        case "columns": columns
        case "rows": rows
        case "stacks": stacks
        case "hasDownloads": !downloads.isEmpty
        case "downloads": downloads
        default: nil
        }
    }
}

extension TableDownload: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "form": form
        case "address": address
        case "label": label
        default: nil
        }
    }
}

extension HTMLTable.Column: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "style": style
        default: nil
        }
    }
}

extension HTMLTable.Row: MustacheParent {
    func child(named name: String) -> Any? { name == "cells" ? cells : nil }
}

extension HTMLTable.Cell: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "text": text
        case "style": style
        case "title": title
        case "isHead": isHead
        case "mark": mark
        case "html": html
        default: nil
        }
    }
}

/// The templates, parsed once.
struct HTML: Sendable {
    private let library: MustacheLibrary
    /// Collects the tables of a server's page; `nil` for the page of one file.
    private let catalogue: TableCatalogue?

    init(catalogue: TableCatalogue? = nil) throws {
        self.catalogue = catalogue
        MustacheContentTypes.register(MarkupContentType(), named: MarkupContentType.name)
        library = MustacheLibrary(templates: [
            "chart": try MustacheTemplate(string: PageTemplate.chart),
            "table": try MustacheTemplate(string: PageTemplate.table),
            "gallery": try MustacheTemplate(string: PageTemplate.gallery),
            "page": try MustacheTemplate(string: PageTemplate.page),
            "content": try MustacheTemplate(string: PageTemplate.content),
        ])
    }

    private struct ChartView {
        let id, title, caption, svg: String
        let scrolls, hasLegend, hasCaption: Bool
        let legend: [Chart.Key]
    }

    func chart(_ chart: Chart?) -> String {
        guard let chart else { return "" }
        let view = ChartView(
            id: chart.id, title: chart.title, caption: chart.caption, svg: chart.svg, scrolls: chart.scrolls,
            hasLegend: !chart.legend.isEmpty, hasCaption: !chart.caption.isEmpty, legend: chart.legend)
        return library.render(view, withTemplate: "chart") ?? ""
    }

    /// Charts side by side if there is room.
    func pair(_ charts: [Chart?]) -> String {
        let charts = charts.compactMap { $0 }
        return charts.isEmpty ? "" : "<div class=\"pair\">\(charts.map { chart($0) }.joined())</div>"
    }

    func table(_ table: HTMLTable) -> String {
        guard !table.rows.isEmpty else { return "" }
        var table = table
        table.downloads = catalogue?.add(table) ?? []
        return library.render(table, withTemplate: "table") ?? ""
    }

    func gallery(_ gallery: Gallery) -> String { library.render(gallery, withTemplate: "gallery") ?? "" }
    func page(_ page: Page) -> String { library.render(page, withTemplate: "page") ?? "" }
    /// The page's header and sections, for a server's page.
    func content(_ page: Page) -> String { library.render(page, withTemplate: "content") ?? "" }

    /// A collapsible section.
    /// - Parameter isPrinted: whether it is expanded in print.
    func details(
        _ summary: String, _ body: String, isOpen: Bool = false, group: String? = nil, isPrinted: Bool = false
    ) -> String {
        guard !body.isEmpty else { return "" }
        let name = (group.map { " name=\"\($0)\"" } ?? "") + (isPrinted ? " class=\"printed\"" : "")
        return "<details\(name)\(isOpen ? " open" : "")><summary>\(Markup.html(summary))</summary>\(body)</details>"
    }

    func list(_ lines: [String], style: String = "plain") -> String {
        lines.isEmpty
            ? "" : "<ul class=\"\(style)\">\(lines.map { "<li>\(Markup.html($0))</li>" }.joined())</ul>"
    }
}
