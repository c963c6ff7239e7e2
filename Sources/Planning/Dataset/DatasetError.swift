// Errors in a dataset's files, folders and tables.

package import Basics
package import Specification

/// The reason why a dataset cannot be indexed. Lines count from 1.
package enum DatasetError: Error, Hashable, Sendable {
    /// The role of a table's column, with its wording in messages about missing or ambiguous columns.
    package struct ColumnRole: Hashable, Sendable {
        /// The role's name in `dataset.columns`.
        package var name: String
        /// The column's content, worded to follow "the column for the" in messages.
        package var meaning: String

        /// Creates a role; tasks add their own roles besides the constants below.
        package init(_ name: String, _ meaning: String) {
            self.name = name
            self.meaning = meaning
        }

        /// The required path of each image.
        package static let path = ColumnRole("path", "image's path")
        /// The label of each image; only for classification.
        package static let label = ColumnRole("label", "label")
        /// The optional part of the split for each row.
        package static let split = ColumnRole("split", "part of the split")
        /// The optional id of each item; only for tasks other than classification.
        package static let id = ColumnRole("id", "item's id")
        /// The optional group of each item: a split never separates a group.
        package static let group = ColumnRole("group", "group of items")
    }

    case noImages
    case noRows
    case noFolder(path: String, layout: DatasetSpec.Layout)
    case unknownPart(name: String, path: String)
    case emptyLabel(name: String)
    case labelOfTwoFolders(label: String, folders: [String])
    /// Images in folders below a label's folder, which the layout does not allow.
    case nestedFolders(paths: [String], looksSplit: Bool, layout: DatasetSpec.Layout)
    /// A folder that contains all images and could be a wrapper or a label, because a sibling folder has no images.
    case unclearWrapper(folder: String, besides: String, reason: String)
    /// Names that differ only in their Unicode encoding.
    case labelsEqualAfterNormalization([String])
    case pathsEqualAfterNormalization([String])
    /// An archive with two entries of the same non-ASCII name. The reader merges spellings of a name, so two files
    /// cannot be distinguished from two versions of one file.
    case entryTwice(String)
    case oneLabel(String)
    /// `min_images` excludes every label; `most` is the number of images of the label with the most.
    case noFrequentLabel(minImages: Int, most: Int)
    /// `except` excludes every label.
    case everyLabelExcluded
    /// Labels in the selection that the dataset does not have, each with the most similar existing label.
    case unknownLabels([UnknownLabel], known: [String])
    /// Labels with no images, because all their files were skipped.
    case labelsWithoutImages([LostLabel])
    case table(CSVError)
    case columnMissing(ColumnRole, named: String?, found: [String])
    case columnAmbiguous(ColumnRole, candidates: [String], found: [String])
    /// A file of annotations that cannot be read, with the line of the error.
    case annotations(line: Int, String)
    /// Unusable rows of a table, in line order.
    case rows([TableProblem])
    case newerFormat(Int)

    /// A label in the selection that the dataset does not have.
    package struct UnknownLabel: Hashable, Sendable {
        /// The label as the spec writes it.
        package var name: String
        /// The most similar label of the dataset; `nil` when none is similar.
        package var nearest: String?

        /// - Parameter nearest: the most similar label of the dataset; `nil` when none is similar.
        package init(name: String, nearest: String?) {
            self.name = name
            self.nearest = nearest
        }
    }

    /// A label with no images left, because all its files were skipped.
    package struct LostLabel: Hashable, Sendable {
        /// The label that the skipped files would have.
        package var name: String
        /// The number of skipped files; 0 for an empty folder.
        package var files: Int
        /// The reason why the first file was skipped.
        package var reason: String
        /// The part of the dataset where the label has no images; `nil` in a dataset without parts.
        package var part: SplitPart?

        /// - Parameter part: `nil` in a dataset without parts.
        package init(name: String, files: Int, reason: String, part: SplitPart? = nil) {
            self.name = name
            self.files = files
            self.reason = reason
            self.part = part
        }
    }
}

extension DatasetError {
    /// The file of the first error, for annotations in several files; `nil` for errors in the table's own file.
    package var file: String? { if case .rows(let problems) = self { problems.first?.file } else { nil } }

    /// The line of the table that causes the error, counted from 1; `nil` for errors that concern no line.
    package var line: Int? {
        switch self {
        case .table(let error): error.line
        case .columnMissing, .columnAmbiguous, .noRows: 1
        case .annotations(let line, _): line
        case .rows(let problems): problems.first?.line
        default: nil
        }
    }
}
