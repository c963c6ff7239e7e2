// What can be wrong with a dataset's files, folders and tables.

package import Basics
package import Specification

/// Why a dataset cannot be indexed. Lines count from 1.
package enum DatasetError: Error, Hashable, Sendable {
    /// What a column of a table holds.
    package struct ColumnRole: Hashable, Sendable {
        /// The role's name in `dataset.columns`.
        package var name: String
        /// What the column holds, in words that follow "the column for the".
        package var meaning: String

        package init(_ name: String, _ meaning: String) {
            self.name = name
            self.meaning = meaning
        }

        package static let path = ColumnRole("path", "image's path")
        package static let label = ColumnRole("label", "label")
        package static let split = ColumnRole("split", "part of the split")
        package static let id = ColumnRole("id", "item's id")
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
    /// A folder around all images that could be a label too, because a folder beside it has no images.
    case unclearWrapper(folder: String, besides: String, reason: String)
    /// Names that differ only in how Unicode encodes them.
    case labelsEqualAfterNormalization([String])
    case pathsEqualAfterNormalization([String])
    /// An archive with two entries of one name outside ASCII: the reader unites the spellings of a name, so that two
    /// files cannot be told from a newer version of one.
    case entryTwice(String)
    case oneLabel(String)
    /// Labels in the selection that the dataset does not have, each with the nearest one that it has.
    case unknownLabels([UnknownLabel], known: [String])
    /// Labels all of whose files were skipped.
    case labelsWithoutImages([LostLabel])
    case table(CSVError)
    case columnMissing(ColumnRole, named: String?, found: [String])
    case columnAmbiguous(ColumnRole, candidates: [String], found: [String])
    /// Rows of a table that cannot be used, in the order of their lines.
    case rows([TableProblem])
    case notText
    case noLabels
    case labelTwice(label: String, lines: [Int])
    case newerFormat(Int)

    package struct UnknownLabel: Hashable, Sendable {
        package var name: String
        package var nearest: String?

        package init(name: String, nearest: String?) {
            self.name = name
            self.nearest = nearest
        }
    }

    package struct LostLabel: Hashable, Sendable {
        package var name: String
        /// The files that were skipped; 0 for an empty folder.
        package var files: Int
        /// Why the first of its files was skipped.
        package var reason: String
        /// The part of the dataset that has lost the label; `nil` in a dataset without parts.
        package var part: SplitPart?

        package init(name: String, files: Int, reason: String, part: SplitPart? = nil) {
            self.name = name
            self.files = files
            self.reason = reason
            self.part = part
        }
    }
}

extension DatasetError {
    /// The line of the table at fault, where there is one.
    package var line: Int? {
        switch self {
        case .table(let error): error.line
        case .columnMissing, .columnAmbiguous, .noRows: 1
        case .rows(let problems): problems.first?.line
        default: nil
        }
    }
}
