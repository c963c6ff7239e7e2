// The page's content as values that the template renders as HTML.

import Basics
import Foundation

struct Page: Sendable {
    struct Figure: Sendable {
        var name: String
        var value: String
        var note: String
        var mark = ""
    }

    /// The key figures below the headline.
    struct Figures: Sendable { var items: [Figure] }

    struct Section: Sendable {
        var id: String
        var title: String
        var paragraphs: [String] = []
        var body: String
    }

    /// The kind of page, shown before the experiment's name.
    var kind = "Assay report"
    var experiment: String
    var run: String
    var version: String
    var machine: String
    var date: String
    var headline: String
    var lede: [String]
    var failures: [String]
    var warnings: [String]
    let hasWarnings: Bool
    /// `nil` for none.
    var figures: Figures?
    var sections: [Section]
    let style = PageStyle.css
    let script = PageScript.javaScript
    /// The Content-Security-Policy: allows only the page's own script and style, by digest, and embedded pictures; no
    /// network access.
    let policy =
        "default-src 'none'; script-src \(Page.source(PageScript.javaScript)); "
        + "style-src \(Page.source(PageStyle.css)); img-src data:; base-uri 'none'; form-action 'none'"

    /// The digest of an inline script or style as a source expression (CSP level 3, section 2.3.1).
    private static func source(_ text: String) -> String {
        let digest = Digest(of: text)
        let words = [digest.words.0, digest.words.1, digest.words.2, digest.words.3]
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
        return "'sha256-\(Data(bytes).base64EncodedString())'"
    }
}
