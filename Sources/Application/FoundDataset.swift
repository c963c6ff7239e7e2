// Detects labelled images for `init`: the kind of source, how labels are read, and the number of images per label.

import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps
import VisionProtocol

/// A dataset that a spec can describe, listed as a run lists it.
package struct FoundDataset {
    enum Form: String { case folder, archive, table }

    let form: Form
    /// The given path, or the path of the table inside the given folder.
    package let path: String
    let layout: DatasetSpec.Layout
    /// The columns of a table with non-standard names; `nil` for the standard ones.
    var columns: TableColumns?
    /// The folder that a table's paths are relative to; `nil` for the table's own folder.
    package var root: String?
    /// Whole images only: other files with an image's name are counted in `unreadable`, or listed in `doubtful`.
    let images: [Planning.LabelledImage]
    let unreadable: Int
    /// Images that may be cut off, each with its path and the reason.
    let doubtful: [String]
    /// Choices made between alternatives, as text for the terminal and the spec.
    var remarks: [String] = []

    /// - Throws: `Refusal`, or another error that `explaining` turns into one.
    init(at path: String) async throws {
        guard let status = try LocalFileSystem().status(path) else {
            throw Refusal("there is no '\(path)'", code: .invalid)
        }
        if status.kind == .folder {
            self = try await FoundDataset.inFolder(path)
        } else if FoundDataset.isTable(path) {
            self = try await FoundDataset(table: path)
        } else {
            try self.init(archive: path)
        }
    }

    /// Reads data for a new spec.
    /// - Throws: `Refusal` with advice, if the path contains no usable data.
    static func explaining<Value>(_ path: String, _ read: () async throws -> Value) async throws -> Value {
        do { return try await read() } catch let refusal as Refusal {
            throw refusal
        } catch {
            let failure: DatasetError? = (error as? DatasetFailure)?.error ?? error as? DatasetError
            var said = "\(error)"
            var advice: String? = (error as? any AdvisedError)?.hint
            if let failure {
                (said, advice) = ("\(failure)", failure.hint)
            } else if let diagnostic = error as? Diagnostic {
                (said, advice) = (diagnostic.message, diagnostic.hint)
            }
            if let line = failure?.line {
                said = "\(failure?.file.map { "\(path), '\($0)'" } ?? "'\(path)'"), line \(line): \(said)"
            } else {
                said = "'\(path)' is not a labelled image set: \(said)"
            }
            if case .rows? = failure { throw Refusal(said, code: .invalid) }
            let usual = FoundDataset.isTable(path) ? FoundDataset.tableAdvice : FoundDataset.folderAdvice
            throw Refusal("\(said)\n\(advice ?? usual)", code: .invalid)
        }
    }

    private static let tableAdvice =
        "A table has the columns path and label, and optionally split for the parts; docs/tasks.md names the columns of other "
        + "tasks."
    private static let folderAdvice =
        "Put the images of each label into a folder with the label's name, put these folders into one folder, and give "
        + "its path."

    static func isTable(_ path: String) -> Bool {
        let endings = [".csv", ".tsv", ".tab", ".psv", ".txt", ".json", ".jsonl", ".ndjson"]
        let name = path.lowercased()
        return endings.contains { name.hasSuffix($0) } || TableFile.isParquet(path)
    }

    private static func rules(
        _ layout: DatasetSpec.Layout = .folderPerLabel, columns: TableColumns? = nil
    ) -> IndexDataset.Identity {
        IndexDataset(
            source: .folder(Digest(of: "")), layout: layout, label: LabelSpec(), skipUnreadable: false, convert: nil,
            columns: columns, labels: nil, path: nil
        ).identity
    }

    // MARK: Folders and archives

    /// A folder with one subfolder per label, or the table of a Hugging Face image folder, which is next to its
    /// images.
    private static func inFolder(_ path: String) async throws -> FoundDataset {
        do { return try FoundDataset(folder: path) } catch {
            if let table = metadata(in: path).first { return try await FoundDataset(table: table) }
            throw error
        }
    }

    /// The tables of a Hugging Face image folder.
    static func metadata(in folder: String) -> [String] {
        ["metadata.csv", "metadata.jsonl", "metadata.parquet"].map { folder + "/" + $0 }.filter { LocalFileSystem().exists($0) }
    }

    init(folder: String) throws {
        form = .folder
        path = folder
        let found = try FoundDataset.detect { (layout: DatasetSpec.Layout) throws -> Candidate in
            let listing = try DatasetListing.folder(folder, FoundDataset.rules(layout))
            return Candidate(layout: layout, images: listing.images.map(\.image), listed: listing.images)
        }
        layout = found.layout
        (images, unreadable, doubtful) = FoundDataset.readable(found.listed)
        remarks = FoundDataset.remarks(layout, images)
    }

    private init(archive: String) throws {
        form = .archive
        path = archive
        let content = try ArchiveImages<FileContent>(Archive(archive)) { _, bytes in
            FileContent(start: bytes.prefix(FileContent.headCount), end: bytes.suffix(ImageEnd.count), size: bytes.count)
        }
        let found = try FoundDataset.detect { (layout: DatasetSpec.Layout) throws -> Candidate in
            let (images, lost) = try layout.labelled(
                content.images.map(\.path), unused: content.skipped.compactMap(\.unused), label: LabelSpec())
            guard lost.isEmpty else { throw DatasetError.labelsWithoutImages(lost) }
            return Candidate(layout: layout, images: images, listed: [])
        }
        layout = found.layout
        var contents: [ExactText: FileContent] = [:]
        for image in content.images { contents[ExactText(image.path)] = image.item }
        (images, unreadable, doubtful) = FoundDataset.readable(found.images) { image in
            contents[ExactText(image.path)] ?? .notAnImage
        }
        remarks = FoundDataset.remarks(layout, images)
    }

    /// A dataset as one layout interprets it.
    private struct Candidate {
        var layout: DatasetSpec.Layout
        var images: [Planning.LabelledImage]
        /// The files of a folder; empty for an archive.
        var listed: [ListedImage]

        /// Whether the layout yields labels and parts that a comparison can use.
        var isFitting: Bool {
            guard Set(images.map(\.label)).count >= 2 else { return false }
            if layout.hasParts {
                let parts = Set(images.compactMap(\.part))
                guard parts.contains(.train), parts.count >= 2 else { return false }
            }
            guard layout == .nearestFolder || layout == .splitNearestFolder else { return true }
            // Folders of different depths, or named by numbers (2023, 2024), subdivide the images of a label.
            var depths: Set<Int> = []
            for image in images {
                depths.insert(image.path.pathParts.count)
                guard image.label.contains(where: { $0.isLetter }) else { return false }
            }
            return depths.count == 1
        }
    }

    /// The first layout that fits: parts above labels, then one folder per label, then nested folders.
    private static func detect(_ read: (DatasetSpec.Layout) throws -> Candidate) throws -> Candidate {
        func fitting(_ layout: DatasetSpec.Layout) -> Candidate? {
            guard let candidate = try? read(layout), candidate.isFitting else { return nil }
            return candidate
        }
        if let parted = fitting(.splitFolders) { return parted }
        do { return try read(.folderPerLabel) } catch {
            let others: [DatasetSpec.Layout] = [.splitNearestFolder, .splitTopFolder, .nearestFolder, .topFolder]
            for layout in others {
                if let found = fitting(layout) { return found }
            }
            throw error
        }
    }

    private static func remarks(_ layout: DatasetSpec.Layout, _ images: [Planning.LabelledImage]) -> [String] {
        let example = images.first.map { ": '\($0.path)' has the label '\($0.label)'" } ?? ""
        return switch layout {
        case .nearestFolder, .splitNearestFolder:
            ["folders are nested; the innermost folder is used as the label\(example) (see 'layout:')"]
        case .topFolder, .splitTopFolder:
            ["folders are nested; the outermost folder is used as the label\(example) (see 'layout:')"]
        case .folderPerLabel, .folderPath, .splitFolders, .splitFolderPath: []
        }
    }

    /// The findings from the first and last bytes of a file.
    private enum FileContent {
        case image
        /// An image that may be cut off, with the reason.
        case doubtful(String)
        case notAnImage

        static let headCount = 512

        init(start: Data, end: Data, size: Int) {
            guard let format = ImageHead.format(of: start) else {
                self = .notAnImage
                return
            }
            self = ImageEnd.problem(format, start: start, end: end, size: size).map { .doubtful($0) } ?? .image
        }
    }

    /// The whole images among listed files, the number of unreadable ones, and those that may be cut off.
    private static func readable(_ listed: [ListedImage]) -> ([Planning.LabelledImage], unreadable: Int, doubtful: [String]) {
        var contents: [ExactText: FileContent] = [:]
        for image in listed {
            guard image.problem == nil,
                let ends = try? FileEnds(of: image.file, first: FileContent.headCount, last: ImageEnd.count)
            else { continue }
            contents[ExactText(image.image.path)] = FileContent(
                start: ends.first, end: ends.last, size: Int(image.status?.size ?? 0))
        }
        return readable(listed.map(\.image)) { contents[ExactText($0.path)] ?? .notAnImage }
    }

    private static func readable(
        _ images: [Planning.LabelledImage], _ content: (Planning.LabelledImage) -> FileContent
    ) -> ([Planning.LabelledImage], unreadable: Int, doubtful: [String]) {
        var whole: [Planning.LabelledImage] = [], unreadable = 0, doubtful: [String] = []
        for image in images {
            switch content(image) {
            case .image: whole.append(image)
            case .doubtful(let reason): doubtful.append("\(image.path) \(reason)")
            case .notAnImage: unreadable += 1
            }
        }
        return (whole, unreadable, doubtful)
    }

    // MARK: Tables

    private init(table path: String) async throws {
        form = .table
        layout = .folderPerLabel
        self.path = path
        let data = try await TableFile.read(path)
        let columns = try FoundDataset.columns(of: data)
        let found = try FoundDataset.listing(path, data, columns)
        (self.columns, root) = (columns, found.root)
        (images, unreadable, doubtful) = FoundDataset.readable(found.listing.images)
        if let label = columns?.label { remarks.append("the column '\(label)' is used as the label") }
    }

    /// The columns that a spec must name because no column, or more than one, has a standard name; `nil` if none.
    private static func columns(of data: Data) throws -> TableColumns? {
        var columns = TableColumns()
        for _ in 0..<2 {
            do {
                _ = try LabelTable(parsing: data, columns: columns, label: LabelSpec(), roots: ["/"])
                break
            } catch {
                if case .columnMissing(let role, let named, _) = error, named == nil, role != .split {
                    try name(role, nil, of: data, &columns)
                } else if case .columnAmbiguous(let role, let candidates, _) = error, role != .split {
                    try name(role, candidates, of: data, &columns)
                } else if case .rows = error {
                    break
                } else {
                    throw error
                }
            }
        }
        return columns == TableColumns() ? nil : columns
    }

    private static func name(
        _ role: DatasetError.ColumnRole, _ candidates: [String]?, of data: Data, _ columns: inout TableColumns
    ) throws {
        let table: CSVTable
        do { table = try CSVTable(parsing: data, names: LabelTable.commonNames) } catch { throw DatasetError.table(error) }
        if let image = table.header.first(where: { FileRole(path: $0) == .image }) {
            throw Refusal(
                "the table's first line must name its columns, but contains '\(image)'\n"
                    + "Put a line such as path,label before the first image.", code: .invalid)
        }
        func values(_ column: Int) -> [String] {
            table.rows.map { row -> String in row.fields[column].trimmingCharacters(in: .whitespaces) }
        }
        func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
        let open = table.header.indices.filter { candidates?.contains(table.header[$0]) ?? true }
        let paths = open.filter { column -> Bool in
            let cells: [String] = values(column)
            return !cells.isEmpty && cells.allSatisfy { FileRole(path: $0) == .image }
        }
        if role == .path {
            guard paths.count == 1 else {
                let what = paths.isEmpty ? "no column" : "several columns"
                throw Refusal(
                    """
                    the table has \(what) of image paths among \(quoted(table.header))
                    Name the column with the paths 'path', in the table or with 'columns:' in a spec.
                    """, code: .invalid)
            }
            columns.path = table.header[paths[0]]
            return
        }
        // Label values repeat, and are more likely words than numbers.
        let repeated = open.filter { column -> Bool in
            guard !paths.contains(column), table.header[column] != columns.path else { return false }
            let cells: [String] = values(column)
            let distinct = Set(cells).count
            return distinct >= 2 && distinct * 2 <= cells.count && !cells.contains("")
        }
        let words = repeated.filter { column -> Bool in values(column).contains { (cell: String) in Double(cell) == nil } }
        let chosen = words.isEmpty ? repeated : words
        guard chosen.count == 1 else {
            let what = chosen.isEmpty ? "no column" : "more than one column"
            let names: [String] = chosen.isEmpty ? table.header : chosen.map { table.header[$0] }
            throw Refusal(
                """
                \(what) of the table can be the label: \(quoted(names))
                Name the column with the labels 'label', in the table or with 'columns:' in a spec; for other tasks, 'text',
                'fields', 'answers' next to 'question', 'tags', 'number', 'boxes' or 'captions' (docs/tasks.md).
                """, code: .invalid)
        }
        columns.label = table.header[chosen[0]]
    }

    /// The table's images below its own folder, or below the first nearby folder that contains them all.
    private static func listing(
        _ path: String, _ data: Data, _ columns: TableColumns?
    ) throws -> (root: String?, listing: DatasetListing) {
        let identity = FoundDataset.rules(columns: columns)
        do { return (nil, try DatasetListing.table(path, data, root: nil, identity)) } catch {
            guard let failure = error as? DatasetFailure, case .rows = failure.error else { throw error }
            for root in roots(of: path, data) {
                if let listing = try? DatasetListing.table(path, data, root: root, identity) { return (root, listing) }
            }
            throw error
        }
    }

    /// Candidate folders for a table's relative paths: the common folder of all its absolute paths, the folders next
    /// to the table, the parent folder, and the folders next to the table's own.
    static func roots(of path: String, _ data: Data) -> [String] {
        var roots: [String] = []
        let table = try? CSVTable(parsing: data, names: LabelTable.commonNames)
        for column in 0..<(table?.header.count ?? 0) {
            var values: [String] = []
            for row in table?.rows ?? [] { values.append(row.fields[column].trimmingCharacters(in: .whitespaces)) }
            guard let first = values.first, values.allSatisfy({ $0.hasPrefix("/") }) else { continue }
            var shared: [String] = first.pathParts.dropLast()
            for value in values { while !value.pathParts.starts(with: shared) { shared.removeLast() } }
            if !shared.isEmpty { roots.append("/" + shared.joined(separator: "/")) }
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL
        func folders(in parent: URL) -> [String] {
            let found =
                (try? FileManager.default.contentsOfDirectory(
                    at: parent, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles)) ?? []
            return Array(found.filter { $0.hasDirectoryPath }.map(\.path).sorted().prefix(20))
        }
        let parent = folder.deletingLastPathComponent()
        roots += folders(in: folder) + [parent.path] + folders(in: parent)
        return roots
    }

    // MARK: Counts

    var counts: [String: Int] { images.reduce(into: [:]) { $0[$1.label, default: 0] += 1 } }

    func count(of part: SplitPart) -> Int { images.count { $0.part == part } }

    /// The part used as test set if the dataset marks the training images; otherwise `nil`.
    var measuredPart: SplitPart? {
        guard count(of: .train) > 0 else { return nil }
        return [.test, .validation].first { count(of: $0) > 0 }
    }

    /// `80 images of 4 labels`.
    package var summary: String { "\(images.count) images of \(counts.count) labels" }
}
