// Messages and hints for datasets that cannot be indexed.

import Basics
import Specification

extension DatasetError: CustomStringConvertible {
    /// The largest number of list entries in a message.
    private static let shown = 10

    /// The message for users: the error and its position.
    package var description: String {
        switch self {
        case .noImages: "there are no images (JPEG, PNG, WebP, GIF, BMP or TIFF files)"
        case .noRows: "the table has no rows below its column names"
        case .noFolder(let path, let layout):
            layout.hasParts
                ? "'\(path)' is not in a label folder below a part folder"
                : "'\(path)' is not in a folder that could name its label"
        case .unknownPart(let name, let path): "'\(name)' is not a part of a split (train, val, test): \(path)"
        case .emptyLabel(let name): "the label rule removes all characters of '\(name)'"
        case .labelOfTwoFolders(let label, let folders):
            "the label '\(label)' comes from two folders: \(folders.joined(separator: " and "))"
        case .nestedFolders(let paths, _, _):
            "\(paths.count) \(paths.count == 1 ? "image is" : "images are") in folders below a label's folder: "
                + DatasetError.list(paths.map { "'\($0)'" }, shown: 3)
        case .unclearWrapper(let folder, let besides, let reason):
            "all images are below '\(folder)', and '\(besides)' next to it has none (\(reason)): "
                + "'\(folder)' could be a label, or a folder that encloses the labels"
        case .labelsEqualAfterNormalization(let names):
            "two labels are the same name in different Unicode spellings: "
                + names.map { "'\($0)'" + ($0.scalarText.isEmpty ? "" : " (\($0.scalarText))") }.joined(separator: " and ")
        case .pathsEqualAfterNormalization(let names):
            "two files have the same name in different Unicode spellings: "
                + names.map { "'\($0)'" + ($0.scalarText.isEmpty ? "" : " (\($0.scalarText))") }.joined(separator: " and ")
        case .entryTwice(let path):
            "the archive has two entries named '\(path)'; the names may differ only in their Unicode form"
        case .noFrequentLabel(let minImages, let most):
            "no label has the \(minImages) images that 'min_images' asks for; the label with the most has \(most)"
        case .everyLabelExcluded: "'except' excludes every label of the dataset"
        case .oneLabel(let name):
            "the dataset has only the label '\(name)'; a classification needs at least two"
        case .unknownLabels(let labels, _):
            "the dataset has no label " + labels.map { "'\($0.name)'" }.joined(separator: ", ")
        case .labelsWithoutImages(let labels):
            DatasetError.list(
                labels.map { label in
                    "the label '\(label.name)' has no image left\(label.part.map { " in the part '\($0.rawValue)'" } ?? ""): "
                        + (label.files == 0
                            ? label.reason
                            : "\(label.files) \(label.files == 1 ? "file was" : "files were") skipped (\(label.reason))")
                }, shown: 5, separator: "; ")
        case .table(let error): "\(error)"
        case .columnMissing(let role, let named, let found):
            (named.map { "the table has no column '\($0)'" } ?? "the table has no column for the \(role.meaning)")
                + "; its columns are \(DatasetError.list(found.map { "'\($0)'" }, shown: 20))"
        case .columnAmbiguous(let role, let candidates, let found):
            "several columns could contain the \(role.meaning): \(candidates.map { "'\($0)'" }.joined(separator: ", ")); "
                + "the columns are \(DatasetError.list(found.map { "'\($0)'" }, shown: 20))"
        case .rows(let problems):
            DatasetError.list(
                problems.enumerated().map { place, problem in
                    let file = problem.file == problems[0].file ? "" : problem.file.map { "\($0), " } ?? ""
                    return place == 0 ? problem.message : "\(file)line \(problem.line): \(problem.message)"
                },
                shown: DatasetError.shown, separator: "; ", of: problems.count)
        case .annotations(_, let reason): "the file cannot be read: \(reason)"
        case .newerFormat(let format): "a newer version wrote this manifest (format \(format))"
        }
    }

    /// One sentence on how to fix the error; `nil` when there is nothing general to say.
    package var hint: String? {
        switch self {
        case .noImages: "name the folder that contains one folder of images per label"
        case .noRows, .newerFormat, .emptyLabel, .annotations: nil
        case .noFolder(_, let layout):
            layout.hasParts
                ? "the layout '\(layout.rawValue)' needs folders like 'train/cat/1.jpg'"
                : "if this is one label's folder, name the folder above it; otherwise put the images into one folder per label, "
                    + "or list them in a table ('table: labels.csv')"
        case .unknownPart: "rename the folder or cell, or use a layout without parts"
        case .labelOfTwoFolders:
            "rename one of the folders; 'layout: folder-path' makes the whole path the label; "
                + "'layout: top-folder' uses the first folder"
        case .nestedFolders(_, true, _):
            "this looks like split-folders: write 'layout: split-folders' in the dataset, and 'from: dataset' in the split"
        case .nestedFolders(_, false, .splitFolders):
            "choose the folder that names the label: 'layout: split-top-folder' (the first folder of a part), "
                + "'split-nearest-folder' (the folder that contains the image) or 'split-folder-path' (all of them)"
        case .nestedFolders:
            "choose the folder that names the label: 'layout: top-folder' (the first folder, so that 'cat/2023/x.jpg' is 'cat'), "
                + "'layout: nearest-folder' ('2023') or 'layout: folder-path' ('cat/2023')"
        case .unclearWrapper(_, let besides, _):
            "add the images of '\(besides)' or remove it; 'layout: nearest-folder' uses the folder that contains an image as "
                + "its label"
        case .labelsEqualAfterNormalization:
            "give both folders the same Unicode form, for example with 'convmv -f utf8 -t utf8 --nfc'"
        case .pathsEqualAfterNormalization: "rename one of the two files"
        case .entryTwice: "unpack it, rename one of the two, and name the folder: 'folder: …'"
        case .noFrequentLabel: "lower 'min_images', or add images"
        case .everyLabelExcluded: "remove at least two labels from 'except', or list the labels to keep: 'labels: { only: […] }'"
        case .oneLabel: "name the folder that contains one folder per label, or remove the selection 'labels:'"
        case .unknownLabels(let labels, let known):
            if let nearest = labels.first?.nearest {
                "did you mean '\(nearest)'?"
            } else {
                "its labels are \(DatasetError.list(known, shown: 12))"
            }
        case .labelsWithoutImages(let labels):
            (labels.contains { $0.files > 0 } ? "convert or rename these files" : "add the images, remove the empty folders")
                + ", or exclude the labels: 'labels: { except: [\(DatasetError.list(labels.map(\.name), shown: 5))] }'"
        case .table(let error): error.hint
        case .columnMissing(let role, let named, let found):
            DatasetError.headerHint(found) ?? nearestHint(named ?? role.name, found)
                ?? "name it: 'columns: { \(role.name): COLUMN }' in the dataset"
        case .columnAmbiguous(let role, let candidates, _):
            "choose one: 'columns: { \(role.name): \(candidates.first ?? "COLUMN") }' in the dataset"
        case .rows: nil
        }
    }

    /// The advice for a first line that does not name the columns; `nil` if it may.
    private static func headerHint(_ found: [String]) -> String? {
        if CSVTable.looksLikeRow(found) { return CSVTable.headerHint }
        if found.first?.hasPrefix("#") == true {
            return "the first line looks like a comment: remove it, because the first line names the columns"
        }
        guard found.count == 1, found[0].contains(where: { $0 == " " || $0 == ":" }) else { return nil }
        return "the first line is one column: separate columns by commas, semicolons, tabs or vertical bars"
    }

    private func nearestHint(_ name: String, _ found: [String]) -> String? {
        Basics.nearest(to: name, among: found).map { "did you mean '\($0)'?" }
    }

    private static func list(_ items: [String], shown: Int, separator: String = ", ", of total: Int? = nil) -> String {
        let more = items.count - shown
        return items.prefix(shown).map { $0.count > 2000 ? String($0.prefix(2000)) + "…" : $0 }.joined(separator: separator)
            + (more > 0 ? "\(separator)and \(more) more\(total.map { " (\($0) in total)" } ?? "")" : "")
    }
}

extension String {
    /// The non-ASCII scalars of the string, which distinguish two spellings of a name.
    fileprivate var scalarText: String {
        unicodeScalars.filter { !$0.isASCII }.prefix(4).map { scalar in
            "U+" + String(scalar.value, radix: 16, uppercase: true).leftPadded
        }.joined(separator: " ")
    }

    private var leftPadded: String { String(repeating: "0", count: max(0, 4 - count)) + self }
}
