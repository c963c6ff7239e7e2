// Markdown for the summary of a GitHub Actions job.

import Basics
import Reporting

extension ExportSource {
    /// The size limit of a step's summary, in bytes; GitHub drops longer ones.
    package static let summaryLimit = 1024 * 1024

    /// The headline, the tables, the failures and the costs. Tables that do not fit the limit lose their last rows, and
    /// a note states this.
    package func githubSummary(limit: Int = ExportSource.summaryLimit) -> String {
        var head = "## \(Markup.markdown(results.experiment))\n\n**\(Markup.markdown(report.headline))**\n\n"
        head += "Run \(Markup.code(results.run.text)): \(Markup.markdown(report.status)).\n"
        var tail = ""
        for variant in report.analysis.variants {
            for failure in variant.results.failures.prefix(20) {
                tail += "\n> Failed: \(Markup.markdown(String(failure.prefix(2000))))\n"
            }
        }
        for warning in results.warnings.prefix(20) { tail += "\n> Note: \(Markup.markdown(String(warning.prefix(2000))))\n" }
        let money = report.moneyLines
        if !money.isEmpty { tail += "\n" + money.map { "- \(Markup.markdown($0))\n" }.joined() }
        tail += "\nAssay \(Markup.markdown(results.version))\n"
        // Room for the notes about omitted rows.
        var room = limit - head.utf8.count - tail.utf8.count - 400
        var body = ""
        var omitted = 0
        for table in report.tables {
            let title = "\n### \(Markup.markdown(table.title))\n\n"
            let lines = table.text(.md).split(separator: "\n").map { $0 + "\n" }
            var kept = title + lines.prefix(2).joined()
            guard kept.utf8.count <= room else {
                omitted += table.rows.count
                continue
            }
            room -= kept.utf8.count
            for line in lines.dropFirst(2) {
                guard line.utf8.count <= room else {
                    omitted += 1
                    continue
                }
                kept += line
                room -= line.utf8.count
            }
            body += kept
        }
        if omitted > 0 {
            body +=
                "\n> \(omitted) table rows are omitted, because the summary would exceed \(limit) bytes; 'assay report' has all.\n"
        }
        return head + body + tail
    }
}
