// The formats in which a run can be exported.

/// A format of `assay export`; the raw value is the argument of `--to`.
package enum ExportFormat: String, Sendable, CaseIterable {
    case mlflow
    case roCrate = "ro-crate"
    case everyEvalEver = "eee"
    case junit
    case githubSummary = "github-summary"
    case latex
    case csv

    /// A description of the format, for help texts.
    package var summary: String {
        switch self {
        case .mlflow: "runs, metrics, curves and files on an MLflow server"
        case .roCrate: "a folder with the run's files and an RO-Crate description, which 'assay verify' checks"
        case .everyEvalEver: "a folder in the layout of the Every Eval Ever collection"
        case .junit: "JUnit XML: claims and steps as test cases"
        case .githubSummary: "Markdown for the summary of a GitHub Actions job"
        case .latex: "LaTeX tables of results, comparisons and claims"
        case .csv: "every metric with its interval, one line each"
        }
    }

    /// The ending of the default output name; `nil` for a format without files.
    package var ending: String? {
        switch self {
        case .mlflow: nil
        case .roCrate: ".crate"
        case .everyEvalEver: ".eee"
        case .junit: ".xml"
        case .githubSummary: ".md"
        case .latex: ".tex"
        case .csv: ".csv"
        }
    }

    /// Whether the export is a folder.
    package var isFolder: Bool { self == .roCrate || self == .everyEvalEver }
}

/// A text file of an export, kept in memory until all files of the export exist.
package struct ExportFile: Hashable, Sendable {
    /// Relative to the export's folder, with `/` between components; made of safe names.
    package var path: String
    /// The content.
    package var text: String

    /// - Parameter path: relative to the export's folder.
    package init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
    }
}
