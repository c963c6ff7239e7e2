// Tables for the dataset section of a report.

import Basics

/// Images per label and part, and skipped files, each truncated to a length suitable for a report.
struct DatasetTables {
    private static let maxLabels = 200
    private static let maxSkipped = 100
    private static let parts = ["train", "validation", "test"]

    let labels: TextTable
    /// States the number of labels that are not listed.
    let moreLabels: String?
    /// `nil` if no file was skipped.
    let skipped: TextTable?
    let moreSkipped: String?

    init(_ dataset: DatasetOverview) {
        let parts = DatasetTables.parts.filter { part in dataset.labels.contains { ($0.parts[part] ?? 0) > 0 } }
        var labels = TextTable(columns: [("label", .left), ("images", .right)] + parts.map { ($0, .right) })
        labels.rows = dataset.labels.prefix(DatasetTables.maxLabels).map { label in
            [label.name, String(label.images)] + parts.map { String(label.parts[$0] ?? 0) }
        }
        self.labels = labels
        let open = dataset.labels.count - DatasetTables.maxLabels
        moreLabels = open > 0 ? "\(open) more labels: `assay dataset` lists all." : nil
        guard !dataset.skipped.isEmpty else {
            skipped = nil
            moreSkipped = nil
            return
        }
        var skipped = TextTable(columns: [("file", .left), ("reason", .left)])
        skipped.rows = dataset.skipped.prefix(DatasetTables.maxSkipped).map { [$0.path, $0.reason] }
        self.skipped = skipped
        let rest = dataset.skipped.count - DatasetTables.maxSkipped
        moreSkipped = rest > 0 ? "\(rest) more files: `assay dataset --json` lists all." : nil
    }
}
