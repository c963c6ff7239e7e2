// Collects the tables of a page while it is rendered, and links each to its downloads.

import Synchronization

/// A link to a table in one form.
struct TableDownload: Sendable {
    var form: String
    var address: String
    /// The link's accessible name for screen readers: `Results as CSV`.
    var label: String
}

/// The tables of one page.
final class TableCatalogue: Sendable {
    private let address: String
    private let query: String
    private let state = Mutex<[ReportTable]>([])

    /// - Parameters:
    ///   - address: the address that a table's name and form are appended to.
    ///   - query: the query of the addresses, without a question mark; empty for none.
    init(address: String, query: String = "") {
        self.address = address
        self.query = query.isEmpty ? "" : "?" + query
    }

    var tables: [ReportTable] { state.withLock { $0 } }

    /// Adds a table under a unique name.
    func add(_ table: HTMLTable) -> [TableDownload] {
        let name = state.withLock { tables in
            let name = TableCatalogue.name(of: table.caption, besides: Set(tables.map(\.name)))
            tables.append(
                ReportTable(
                    name: name, title: table.caption,
                    columns: table.columns.map { .init($0.title, isNumber: $0.style == "n") },
                    rows: table.rows.map { row in row.cells.map(\.text) }))
            return name
        }
        return [("CSV", ReportTable.Form.csv), ("LaTeX", .tex), ("Markdown", .md)].map { title, form in
            TableDownload(
                form: title, address: "\(address)\(name).\(form.rawValue)\(query)", label: "\(table.caption) as \(title)")
        }
    }

    /// `recall-by-label`, with a number if the name is taken.
    static func name(of caption: String, besides taken: Set<String>) -> String {
        var name = ""
        for scalar in caption.lowercased().unicodeScalars {
            let isKept = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isKept { name.unicodeScalars.append(scalar) } else if !name.isEmpty, !name.hasSuffix("-") { name += "-" }
            if name.utf8.count >= 60 { break }
        }
        while name.hasSuffix("-") { name.removeLast() }
        if name.isEmpty { name = "table" }
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }
}
