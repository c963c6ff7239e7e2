// What can be wrong with a dataset's files, folders and tables.

package import Basics

/// Why a dataset cannot be indexed. Lines count from 1.
package enum DatasetError: Error, Hashable, Sendable {
    case noImages
    case noFolder(path: String)
    case unknownPart(name: String, path: String)
    case emptyLabel(name: String)
    case labelOfTwoFolders(label: String, folders: [String])
    case table(CSVError)
    case columnMissing(String)
    case unsafePath(path: String, line: Int)
    case pathTwice(path: String, lines: [Int])
    case notText
    case noLabels
    case labelTwice(label: String, lines: [Int])
    case newerFormat(Int)
}

extension DatasetError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noImages: "there are no images (JPEG, PNG or WebP files)"
        case .noFolder(let path): "'\(path)' lies in no folder that could name its label"
        case .unknownPart(let name, let path): "'\(name)' is no part of a split (train, val, test): \(path)"
        case .emptyLabel(let name): "the label rules leave nothing of '\(name)'"
        case .labelOfTwoFolders(let label, let folders):
            "the label '\(label)' comes from two folders: \(folders.joined(separator: " and "))"
        case .table(let error): "line \(error.line): \(error)"
        case .columnMissing(let name): "the table has no column '\(name)'"
        case .unsafePath(let path, let line): "line \(line): '\(path)' is no path below the table's folder"
        case .pathTwice(let path, let lines): "'\(path)' is listed twice, on lines \(lines.listed)"
        case .notText: "the list of labels is not UTF-8 text"
        case .noLabels: "the list of labels is empty"
        case .labelTwice(let label, let lines): "the label '\(label)' is listed twice, on lines \(lines.listed)"
        case .newerFormat(let format): "a newer version wrote this manifest (format \(format))"
        }
    }
}

extension [Int] {
    fileprivate var listed: String { map(String.init).joined(separator: " and ") }
}
