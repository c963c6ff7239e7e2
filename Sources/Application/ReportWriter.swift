// Writes a run's report files.

import Basics
package import Foundation
import Platform
package import Reporting

/// The report files in one run's folder.
package struct ReportWriter {
    let folder: String
    private let picture: (_ path: String) -> Data?

    /// - Parameters:
    ///   - folder: created if it is missing.
    ///   - picture: reads a picture whose path the results name; those that no longer exist are omitted.
    package init(folder: String, picture: @escaping (_ path: String) -> Data?) {
        self.folder = folder
        self.picture = picture
    }

    /// Writes `report.html`, `report.md`, `metrics.json` and `predictions.csv`; `results.json`, from which these can
    /// be rendered again; and `usage.json`, from which costs can be recalculated.
    /// - Returns: the path of the page.
    package func write(
        _ report: ExperimentReport, _ results: ExperimentResults, usage: UsageRecord? = nil
    ) throws -> String {
        let files = LocalFileSystem()
        try files.makeFolder(folder)
        func put(_ name: String, _ data: Data) throws {
            try files.replace(folder + "/" + name, with: data, durable: false)
        }
        try put("report.md", Data(report.markdown().utf8))
        try put("metrics.json", Data((report.metricsDocument().pretty + "\n").utf8))
        try put("predictions.csv", Data(report.predictions().utf8))
        try put("results.json", try results.encoded())
        if let usage {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            try put(UsageRecord.fileName, try encoder.encode(usage))
        }
        let page = try report.page { results.pictures[$0].flatMap(picture) }
        try put("report.html", Data(page.utf8))
        return folder + "/report.html"
    }
}
