// Reads the images of a dataset from a table.

package import Basics
package import Foundation
package import Specification

/// A row of a table of images.
package struct TableImage: Hashable, Sendable {
    /// The line in the file, counted from 1.
    package var line: Int
    /// The image with its label, part and item.
    package var image: LabelledImage

    /// - Parameter line: the line in the file, counted from 1.
    package init(line: Int, image: LabelledImage) {
        self.line = line
        self.image = image
    }
}

/// A row of a table that cannot be used.
package struct TableProblem: Hashable, Sendable {
    /// The line in the file, counted from 1.
    package var line: Int
    /// The reason, worded to follow the line number in a message.
    package var message: String

    /// - Parameter line: the line in the file, counted from 1.
    package init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }
}

/// A table of images: path, label and, if the table has such a column, part.
package struct LabelTable: Hashable, Sendable {
    /// The rows, in line order.
    package var rows: [TableImage]

    /// Usual names of each column, in lower case; the first one is Assay's own name.
    static let pathNames = [
        "path", "file_name", "filename", "file", "image", "image_path", "img", "filepath", "file_path", "img_path",
        "image_name", "image_file",
    ]
    static let labelNames = ["label", "class", "category", "target", "labels", "class_name", "label_name"]
    static let partNames = ["split", "part", "subset"]

    /// The usual column names of a table of images, for detecting its separator.
    package static var usualNames: [String] { pathNames + labelNames + partNames }

    /// Reads a table.
    /// - Parameters:
    ///   - columns: the columns that the spec names.
    ///   - roots: absolute spellings of the root folder of paths; a path below one of them is made relative.
    /// - Throws: `DatasetError` for the file, for its columns, or for all unusable rows together.
    package init(
        parsing data: Data, columns: TableColumns? = nil, label rule: LabelSpec, roots: [String] = []
    ) throws(DatasetError) {
        let named = [columns?.path, columns?.label, columns?.split].compactMap { $0 }
        let table: CSVTable
        do { table = try CSVTable(parsing: data, names: LabelTable.usualNames + named) } catch { throw .table(error) }
        let path = try LabelTable.column(.path, columns?.path, LabelTable.pathNames, in: table)
        let label = try LabelTable.column(.label, columns?.label, LabelTable.labelNames, in: table)
        let part = try LabelTable.partColumn(columns?.split, in: table)
        var rows: [TableImage] = []
        var problems: [TableProblem] = []
        var seen: [ExactText: (line: Int, label: String)] = [:]
        for row in table.rows {
            func problem(_ message: String) { problems.append(TableProblem(line: row.line, message)) }
            let stated = row.fields[path].trimmingCharacters(in: .whitespaces)
            let name = row.fields[label].trimmingCharacters(in: .whitespaces)
            if table.form == .jsonLines, [stated, name].contains(where: { $0.hasPrefix("{") || $0.hasPrefix("[") }) {
                problem("the path and the label must be texts, not objects or lists")
                continue
            }
            guard !stated.isEmpty else {
                problem("the column '\(table.header[path])' is empty")
                continue
            }
            guard !name.isEmpty else {
                problem("the column '\(table.header[label])' is empty")
                continue
            }
            let file: String
            switch LabelTable.relative(stated, roots: roots) {
            case .success(let relative): file = relative
            case .failure(let reason):
                problem(reason.message)
                continue
            }
            let labelled: String
            do { labelled = try rule.label(of: name) } catch {
                problem("\(error)")
                continue
            }
            let key = ExactText(LabelTable.safeSpelling(file))
            if let first = seen[key] {
                problem(
                    first.label == labelled
                        ? "'\(file)' is listed twice; first on line \(first.line)"
                        : "'\(file)' has the label '\(labelled)', and '\(first.label)' on line \(first.line)")
                continue
            }
            seen[key] = (row.line, labelled)
            var of: SplitPart?
            if let part, case let word = row.fields[part].trimmingCharacters(in: .whitespaces), !word.isEmpty {
                of = SplitPart(folder: word)
                if of == nil {
                    problem("'\(word)' is not a part of a split (train, val, test)")
                    continue
                }
            }
            rows.append(TableImage(line: row.line, image: LabelledImage(path: file, label: labelled, part: of)))
        }
        guard problems.isEmpty else { throw .rows(problems) }
        guard !rows.isEmpty else { throw .noRows }
        self.rows = rows
    }

    /// The paths of the images in a table, each once, regardless of the other columns; `nil` for a table without a
    /// path column.
    package static func paths(parsing data: Data, column named: String?, roots: [String]) -> [String]? {
        guard let table = try? CSVTable(parsing: data, names: usualNames + (named.map { [$0] } ?? [])),
            let path = try? column(.path, named, pathNames, in: table)
        else { return nil }
        var seen: Set<ExactText> = []
        return table.rows.compactMap { row in
            let stated = row.fields[path].trimmingCharacters(in: .whitespaces)
            guard case .success(let file) = relative(stated, roots: roots), seen.insert(ExactText(file)).inserted else {
                return nil
            }
            return file
        }
    }

    /// The images, sorted by label and then by path.
    package var images: [LabelledImage] { rows.map(\.image).sortedByLabel() }

    // MARK: Columns

    static func column(
        _ role: DatasetError.ColumnRole, _ named: String?, _ usual: [String], in table: CSVTable
    ) throws(DatasetError) -> Int {
        if let named {
            if let index = table.column(named) { return index }
            throw .columnMissing(role, named: named, found: table.header)
        }
        let found = table.header.indices.filter { usual.contains(table.header[$0].lowercased()) }
        if found.count == 1 { return found[0] }
        // Assay's own column name takes precedence if it occurs exactly once.
        let own = found.filter { table.header[$0].lowercased() == usual[0] }
        if own.count == 1 { return own[0] }
        throw found.isEmpty
            ? .columnMissing(role, named: nil, found: table.header)
            : .columnAmbiguous(role, candidates: found.map { table.header[$0] }, found: table.header)
    }

    /// A column with a usual name other than `split` counts as the part column only if all its values are parts.
    static func partColumn(_ named: String?, in table: CSVTable) throws(DatasetError) -> Int? {
        if named != nil { return try column(.split, named, partNames, in: table) }
        let found = table.header.indices.filter { index in
            let name = table.header[index].lowercased()
            guard partNames.contains(name) else { return false }
            return name == partNames[0]
                || table.rows.allSatisfy { row in
                    let word = row.fields[index].trimmingCharacters(in: .whitespaces)
                    return word.isEmpty || SplitPart(folder: word) != nil
                }
        }
        let own = found.filter { table.header[$0].lowercased() == partNames[0] }
        if own.count == 1 { return own[0] }
        guard found.count < 2 else {
            throw .columnAmbiguous(.split, candidates: found.map { table.header[$0] }, found: table.header)
        }
        return found.first
    }

    // MARK: Paths

    struct PathReason: Error { var message: String }

    static func relative(_ path: String, roots: [String]) -> Result<String, PathReason> {
        if path.hasPrefix("http://") || path.hasPrefix("https://") {
            return .failure(PathReason(message: "'\(path)' is a URL; images must be files"))
        }
        var file = path
        if path.utf8.first == UInt8(ascii: "/") {
            guard let below = roots.lazy.compactMap({ path.dropping(exactPrefix: $0 == "/" ? $0 : $0 + "/") }).first else {
                return .failure(
                    PathReason(
                        message: "'\(path)' is not below \(roots.first.map { "'\($0)'" } ?? "the table's folder") "
                            + "('root:' in the dataset names the folder that the paths start from)"))
            }
            file = below
        }
        guard !file.isEmpty, (try? SafePath(file)) != nil else {
            return .failure(
                PathReason(
                    message: "'\(path)' is not below the table's folder ('root:' in the dataset names another folder)"))
        }
        return .success(file)
    }

    /// One spelling for `a/b`, `./a/b` and `a//b`.
    private static func safeSpelling(_ path: String) -> String {
        path.pathParts.filter { $0 != "." }.joined(separator: "/")
    }
}
