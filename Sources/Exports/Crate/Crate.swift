// The files of a run as an RO-Crate 1.1 with the Process Run Crate profile.

package import Basics
package import Foundation
package import Reporting

/// A run as a folder that describes itself: its results with every answer, the numbers that follow from them, the report
/// and the spec, each with its digest.
package struct Crate: Sendable {
    /// A file to write, with the metadata for its entry in the description.
    package struct File: Sendable {
        /// The name in the crate's folder.
        package var name: String
        /// A description of the file's contents.
        package var about: String
        /// The media type.
        package var type: String
        /// The content.
        package var data: Data
        /// Whether the run reads the file; otherwise the run produced it.
        package var isInput = false
    }

    /// The name of the description.
    package static let metadata = "ro-crate-metadata.json"
    /// The name of the file with every answer.
    package static let results = "results.json"
    /// The name of the file with the numbers.
    package static let metrics = "metrics.json"
    /// The name of the table of answers.
    package static let predictions = "predictions.csv"
    /// The name of the table of metrics.
    package static let table = "metrics.csv"
    /// The name of the Markdown report.
    package static let markdown = "report.md"
    /// The name of the spec.
    package static let spec = "spec.yaml"

    /// The files without the description.
    package let files: [File]
    /// The contents of `ro-crate-metadata.json`.
    package let description: JSONValue

    /// - Parameter page: the contents of `report.html`; `nil` leaves it out.
    /// - Throws: if the results cannot be encoded.
    package init(_ source: ExportSource, page: Data?) throws {
        var files = [
            File(
                name: Crate.results, about: "Every answer with its score, and the facts of the run", type: "application/json",
                data: try Crate.encoded(source.results)),
            File(
                name: Crate.metrics, about: "The metrics with intervals, comparisons and verdicts on claims",
                type: "application/json", data: Crate.metricsData(source)),
            File(
                name: Crate.predictions, about: "The answers as a table, one line each", type: "text/csv",
                data: Data(source.report.predictions().utf8)),
            File(
                name: Crate.table, about: "The metrics as a table, one line each", type: "text/csv", data: Data(source.csv().utf8)
            ),
            File(
                name: Crate.markdown, about: "The report as Markdown", type: "text/markdown",
                data: Data(source.report.markdown().utf8)),
            File(
                name: Crate.spec, about: "The experiment's spec when the run started", type: "application/yaml",
                data: Data(source.results.specText.utf8), isInput: true),
        ]
        if let page { files.append(File(name: "report.html", about: "The report as a page", type: "text/html", data: page)) }
        self.files = files
        description = Crate.describe(source, files)
    }

    /// The results as the crate stores them: without the paths of pictures, which are valid on one machine only.
    package static func encoded(_ results: ExperimentResults) throws -> Data {
        var results = results
        results.pictures = [:]
        return try results.encoded()
    }

    /// The contents of `metrics.json`.
    package static func metricsData(_ source: ExportSource) -> Data { Data((source.document.pretty + "\n").utf8) }

    private static let profile = "https://w3id.org/ro/wfrun/process/0.5"

    private static func describe(_ source: ExportSource, _ files: [File]) -> JSONValue {
        func reference(_ id: String) -> JSONValue { ["@id": .string(id)] }
        let results = source.results
        let finished = results.finishedAt.formatted(.iso8601)
        var graph: [JSONValue] = [
            [
                "@id": .string(metadata), "@type": "CreativeWork",
                "conformsTo": reference("https://w3id.org/ro/crate/1.1"), "about": reference("./"),
            ],
            [
                "@id": "./", "@type": "Dataset", "name": .string(plain(results.experiment)),
                "description": .string(plain(source.report.headline)), "datePublished": .string(finished),
                "license": reference("#license"), "conformsTo": reference(profile),
                "hasPart": .array(files.map { reference($0.name) }), "mentions": reference("#run"),
            ],
            [
                "@id": .string(profile), "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5",
            ],
            [
                "@id": "#license", "@type": "CreativeWork", "name": "No license stated",
                "description": "The experiment states no license. Ask its authors before reusing the data.",
            ],
            [
                "@id": "#assay", "@type": "SoftwareApplication", "name": "Assay",
                "softwareVersion": .string(plain(results.version)),
            ],
            [
                "@id": "#run", "@type": "CreateAction", "name": .string("Run \(plain(results.run.text))"),
                "description": .string(plain(results.command)),
                "startTime": .string(withOffset(results.startedAt)), "endTime": .string(withOffset(results.finishedAt)),
                "instrument": reference("#assay"),
                "actionStatus": reference(
                    results.state == .done ? "http://schema.org/CompletedActionStatus" : "http://schema.org/FailedActionStatus"),
                "object": reference(spec),
                "result": .array(files.filter { !$0.isInput }.map { reference($0.name) }),
            ],
        ]
        graph += files.map { file in
            [
                "@id": .string(file.name), "@type": "File", "name": .string(file.about),
                "encodingFormat": .string(file.type), "contentSize": .string(String(file.data.count)),
                "sha256": .string(Digest(of: file.data).hex), "dateModified": .string(finished),
            ]
        }
        return [
            "@context": ["https://w3id.org/ro/crate/1.1/context", ["sha256": "https://w3id.org/ro/terms/workflow-run#sha256"]],
            "@graph": .array(graph),
        ]
    }

    /// ISO 8601 with a numeric offset, which the profile's checks expect.
    private static func withOffset(_ date: Date) -> String { date.formatted(.iso8601).replacing("Z", with: "+00:00") }

    /// A text without control characters.
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.properties.isWhitespace ? " " : TerminalText.isControl(scalar) ? "\u{FFFD}" : scalar
                }))
    }
}
