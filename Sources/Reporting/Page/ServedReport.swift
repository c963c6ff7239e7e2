// A report or comparison as part of a server's page.

package import Foundation

/// The content of a page without its frame: style, script and pictures have separate addresses, so that the page needs
/// no inline code.
package struct ServedReport: Sendable {
    /// The experiment's name, or the compared runs.
    package var title: String
    /// A `header` and a `main` element with every section; all text in them is escaped.
    package var html: String
    /// The tables in the content, in order.
    package var tables: [ReportTable]
}

/// The style and the script that pages with a `ServedReport` need.
package enum ReportAssets {
    /// The style sheet that the page of one file contains.
    package static let style = PageStyle.css
    /// The script that the page of one file contains. It adds conveniences only.
    package static let script = PageScript.javaScript
}

/// Decides by content whether a file is a picture that browsers display.
package enum BrowserPicture {
    /// The media type by the first bytes; `nil` for formats that browsers do not display.
    package static func mediaType(_ bytes: Data) -> String? { Gallery.mediaType(bytes) }
}

extension ExperimentReport {
    /// The report for a server: the sections of `page`, with pictures and tables by their addresses.
    /// - Parameters:
    ///   - tables: the address that a table's name and extension are appended to.
    ///   - picture: the address of an example's picture; `nil` without one.
    /// - Throws: if a template does not parse, which is a bug.
    package func served(tables: String, picture: @escaping (_ example: String) -> String?) throws -> ServedReport {
        let catalogue = TableCatalogue(address: tables)
        let html = try HTML(catalogue: catalogue)
        let page = PageBuilder(analysis: analysis, verdicts: verdicts, html: html).page(.linked(picture))
        return ServedReport(title: page.experiment, html: html.content(page), tables: catalogue.tables)
    }

    /// The result in one sentence.
    package var headline: String { Summary.headline(analysis, VariantRanking(analysis)) }
}

extension RunComparison {
    /// The comparison for a server.
    /// - Parameters:
    ///   - tables: the address that a table's name and extension are appended to.
    ///   - query: the query of the tables' addresses, without a question mark.
    ///   - keys: differences between the steps of the first and last run, one line each.
    /// - Throws: if a template does not parse, which is a bug.
    package func served(tables: String, query: String, keys: [String]) throws -> ServedReport {
        let catalogue = TableCatalogue(address: tables, query: query)
        let html = try HTML(catalogue: catalogue)
        let page = ComparisonPage(comparison: self, html: html).page(keys: keys)
        return ServedReport(title: page.experiment, html: html.content(page), tables: catalogue.tables)
    }
}
