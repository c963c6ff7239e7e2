// The columns that all tables of images share: paths, part and group.

import Basics
import Foundation
import Specification

/// Finds the columns with paths, parts and groups, and reads their cells.
struct ImageColumns {
    /// Usual names of each column, in lower case; the first one is Assay's own name.
    static let pathNames = [
        "path", "file_name", "filename", "file", "image", "image_path", "img", "filepath", "file_path", "img_path",
        "image_name", "image_file",
    ]
    /// Usual names of a column with several paths; they are looked for if no column has a usual name for one path.
    static let pathsNames = ["paths", "file_names", "images", "image_paths", "pages", "clip", "video", "video_path"]
    static let partNames = ["split", "part", "subset"]

    /// The shared cells of a row.
    struct Cells {
        /// Relative to the dataset's root, in order; at least one.
        var paths: [String]
        /// `nil` if the table states none.
        var part: SplitPart?
        /// `nil` if the table has no such column.
        var group: String?
    }

    let table: RecordTable
    private let roots: [String]
    private let path: Int
    private let part: Int?
    private let group: Int?

    /// - Parameters:
    ///   - columns: the columns that the spec names.
    ///   - roots: absolute spellings of the root folder of paths; a path below one of them is made relative.
    ///   - groupNames: usual names of the column with the group; empty if only a named column counts.
    init(
        _ table: RecordTable, _ columns: TableColumns?, roots: [String], groupNames: [String]
    ) throws(DatasetError) {
        self.table = table
        self.roots = roots
        path = try ImageColumns.pathColumn(columns?.path, in: table)
        part = try ImageColumns.partColumn(columns?.split, in: table)
        group = try table.optionalColumn(.group, columns?.group, groupNames)
    }

    /// The shared cells of a row.
    /// - Throws: `RowProblem`, worded to follow the line number.
    func cells(_ row: RecordTable.Row) throws(RowProblem) -> Cells {
        let stated = try table.text(row, path)
        var paths: [String] = []
        for path in try ImageColumns.list(stated, isJSON: table.isJSON) {
            paths.append(try ImageColumns.relative(path, roots: roots))
        }
        var of: SplitPart?
        if let part, case let word = row.fields[part].trimmingCharacters(in: .whitespaces), !word.isEmpty {
            of = SplitPart(folder: word)
            guard of != nil else { throw RowProblem("'\(word)' is not a part of a split (train, val, test)") }
        }
        var owner: String?
        if let group { owner = try table.text(row, group) }
        return Cells(paths: paths, part: of, group: owner)
    }

    /// The paths of all images of a table, each once; `nil` for a table without a path column.
    static func paths(_ table: RecordTable, column named: String?, roots: [String]) -> [String]? {
        guard let path = try? pathColumn(named, in: table) else { return nil }
        var seen: Set<ExactText> = []
        return table.rows.flatMap { row -> [String] in
            let stated = row.fields[path].trimmingCharacters(in: .whitespaces)
            guard let list = try? list(stated, isJSON: table.isJSON) else { return [] }
            return list.compactMap { try? relative($0, roots: roots) }.filter { seen.insert(ExactText($0)).inserted }
        }
    }

    /// The path of a cell, or the paths of a cell with a JSON list.
    private static func list(_ cell: String, isJSON: Bool) throws(RowProblem) -> [String] {
        if cell.hasPrefix("["), let items = try? JSONValue(parsing: Data(cell.utf8)).array {
            let texts = items.compactMap(\.string)
            if !texts.isEmpty, texts.count == items.count, !texts.contains("") { return texts }
            if !texts.isEmpty || items.isEmpty { throw RowProblem("'\(cell.prefix(60))' is not a list of paths") }
        }
        if isJSON, cell.hasPrefix("{"), let image = try? JSONValue(parsing: Data(cell.utf8)) {
            // Hugging Face's form of an image.
            if let bytes = image["bytes"], !bytes.isNull {
                throw RowProblem("the cell contains the image itself, not a path: write the images to files first")
            }
            if let path = image["path"]?.string, !path.isEmpty { return [path] }
        }
        if isJSON, RecordTable.isContainer(cell) { throw RowProblem("the path must be a text or a list of texts") }
        return [cell]
    }

    // MARK: Columns

    private static func pathColumn(_ named: String?, in table: RecordTable) throws(DatasetError) -> Int {
        let hasOne = table.header.contains { RecordTable.isUsual($0, among: pathNames) }
        return try table.requiredColumn(.path, named, hasOne ? pathNames : pathNames + pathsNames)
    }

    /// A column with a usual name other than `split` counts as the part column only if all its values are parts.
    private static func partColumn(_ named: String?, in table: RecordTable) throws(DatasetError) -> Int? {
        if named != nil { return try table.requiredColumn(.split, named, partNames) }
        let found = table.header.indices.filter { index in
            let name = table.header[index]
            guard RecordTable.isUsual(name, among: partNames) else { return false }
            return RecordTable.isUsual(name, among: [partNames[0]])
                || table.rows.allSatisfy { row in
                    let word = row.fields[index].trimmingCharacters(in: .whitespaces)
                    return word.isEmpty || SplitPart(folder: word) != nil
                }
        }
        let own = found.filter { RecordTable.isUsual(table.header[$0], among: [partNames[0]]) }
        if own.count == 1 { return own[0] }
        guard found.count < 2 else {
            throw .columnAmbiguous(.split, candidates: found.map { table.header[$0] }, found: table.header)
        }
        return found.first
    }

    // MARK: Paths

    private static func relative(_ path: String, roots: [String]) throws(RowProblem) -> String {
        if let scheme = path.firstRange(of: "://"), path[..<scheme.lowerBound].allSatisfy({ $0.isASCII && $0.isLetter }) {
            throw RowProblem("'\(path)' is a URL; images must be files")
        }
        var file = path
        if path.utf8.first == UInt8(ascii: "/") {
            guard let below = roots.lazy.compactMap({ path.dropping(exactPrefix: $0 == "/" ? $0 : $0 + "/") }).first else {
                throw RowProblem(
                    "'\(path)' is not below \(roots.first.map { "'\($0)'" } ?? "the table's folder") "
                        + "('root:' in the dataset names the folder that the paths start from)")
            }
            file = below
        }
        guard !file.isEmpty, let safe = try? SafePath(file, resolvingDots: true) else {
            throw RowProblem("'\(path)' is not below the table's folder ('root:' in the dataset names another folder)")
        }
        return (try? SafePath(file)) == nil ? safe.description : file
    }
}

/// Why a row cannot be used, worded to follow its line number.
struct RowProblem: Error {
    var message: String

    init(_ message: String) { self.message = message }
}

extension RecordTable {
    /// The text of a cell.
    /// - Throws: `RowProblem` if it is empty.
    func text(_ row: Row, _ column: Int) throws(RowProblem) -> String {
        let text = row.fields[column].trimmingCharacters(in: .whitespaces)
        guard !text.isEmpty else { throw RowProblem("the column '\(header[column])' is empty") }
        return text
    }

    /// Whether a cell of a JSON file was an object or a list; a text may begin with a bracket too, such as `[1].png`.
    static func isContainer(_ cell: String) -> Bool {
        guard cell.hasPrefix("{") || cell.hasPrefix("[") else { return false }
        return (try? JSONValue(parsing: Data(cell.utf8))) != nil
    }

    /// The column that the spec names, or the one with a usual name.
    func requiredColumn(
        _ role: DatasetError.ColumnRole, _ named: String?, _ usual: [String]
    ) throws(DatasetError) -> Int {
        if let named {
            if let index = column(named) { return index }
            throw .columnMissing(role, named: named, found: header)
        }
        let found = header.indices.filter { RecordTable.isUsual(header[$0], among: usual) }
        if found.count == 1 { return found[0] }
        // Assay's own column name takes precedence if it occurs exactly once.
        let own = found.filter { RecordTable.isUsual(header[$0], among: Array(usual.prefix(1))) }
        if own.count == 1 { return own[0] }
        throw found.isEmpty
            ? .columnMissing(role, named: nil, found: header)
            : .columnAmbiguous(role, candidates: found.map { header[$0] }, found: header)
    }

    /// An optional column; `nil` when it is absent. A column that the spec names must exist.
    func optionalColumn(
        _ role: DatasetError.ColumnRole, _ named: String?, _ usual: [String]
    ) throws(DatasetError) -> Int? {
        guard named != nil || header.contains(where: { RecordTable.isUsual($0, among: usual) }) else { return nil }
        return try requiredColumn(role, named, usual)
    }

    /// Whether there is a column with one of some usual names, whatever its case, spaces and punctuation.
    package func hasColumn(_ usual: [String]) -> Bool { header.contains { RecordTable.isUsual($0, among: usual) } }

    /// Whether a column's name is one of some usual names, whatever its case, spaces and punctuation.
    fileprivate static func isUsual(_ name: String, among usual: [String]) -> Bool {
        let plain = CSVTable.plainName(name)
        return usual.contains { CSVTable.plainName($0) == plain }
    }
}
