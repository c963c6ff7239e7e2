// LaTeX: the tables of a report.

import Basics
import Reporting

extension ExportSource {
    /// The tables of results, comparisons and claims as `table` environments, for `\\input` in a document. They use no
    /// packages.
    package func latex() -> String {
        let head = [results.experiment, "run \(results.run.text)", "Assay \(results.version)"].map(LaTeX.comment)
        return "% \(head.joined(separator: ", "))\n"
            + report.tables.map { "\n" + LaTeX.table($0, subject: results.experiment) }.joined()
    }
}
