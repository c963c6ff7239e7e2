// The page as values: what the template puts into words of HTML.

struct Page: Sendable {
    struct Figure: Sendable {
        var name: String
        var value: String
        var note: String
        var mark = ""
    }

    /// The row of figures under the headline.
    struct Figures: Sendable { var items: [Figure] }

    struct Section: Sendable {
        var id: String
        var title: String
        var words: [String] = []
        var body: String
    }

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
}
