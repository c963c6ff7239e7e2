// Lists the files of a dataset and accounts for each: an image with its label, or skipped with a reason.

package import Basics
package import Foundation
package import Planning
package import Platform
package import Specification
package import TaskKit
package import VisionProtocol

/// An image file of a folder or a table, before its pixels are read.
package struct ListedImage: Hashable, Sendable {
    package var image: Planning.LabelledImage
    /// Where the file is.
    package var file: String
    /// `nil` where the file cannot be read.
    package var status: FileStatus?
    /// Why the file cannot be an image, in words that go after its name.
    package var problem: String?
}

/// What a folder or a table holds, by names and the first bytes of files.
package struct DatasetListing: Sendable {
    package var images: [ListedImage]
    package var skipped: [SkippedFile]
    /// Folders that cannot be read: whatever they hold is missing.
    package var unreadable: [SkippedFile]
    /// The folder that the images' paths start from.
    package var folder: String

    private init(images: [ListedImage], skipped: [SkippedFile], unreadable: [SkippedFile] = [], folder: String) {
        self.images = images
        self.skipped = skipped
        self.unreadable = unreadable
        self.folder = folder
    }
}

/// Why a dataset cannot be listed, with the table's path where a table is at fault.
package struct DatasetFailure: Error, Sendable {
    package var error: DatasetError
    package var table: String?

    package init(_ error: DatasetError, table: String? = nil) {
        self.error = error
        self.table = table
    }

    /// The failure at its place: the table's line, or a place in the spec.
    package func diagnostic(at place: SourceRange?) -> Diagnostic {
        let range = table.map { SourceRange(file: $0, line: error.line ?? 1, column: 1) } ?? place
        return Diagnostic(code: "bad-dataset", "\(error)", at: range, hint: error.hint)
    }
}

/// The names below a folder, sorted into images and others, without labels.
package struct FolderScan: Sendable {
    package struct Candidate: Hashable, Sendable {
        /// Relative to the folder.
        package var path: String
        package var status: FileStatus?
        package var problem: String?
    }

    package var candidates: [Candidate] = []
    package var skipped: [SkippedFile] = []
    package var unreadable: [SkippedFile] = []

    /// Walks a folder. The first bytes are read of files whose name is not that of an image.
    /// - Throws: `FileError` where the folder itself cannot be listed.
    package init(_ folder: String) throws {
        var names: [String] = [], folders: Set<String> = []
        var last: (parent: Substring, isVisible: Bool) = ("", false)
        for file in try survey(below: folder) {
            if file.kind == .emptyFolder {
                folders.insert(file.path)
                continue
            }
            let role = FileRole(path: file.path)
            // Files of one folder follow each other, and one visible name shows that it is not empty.
            let parent = file.path.utf8.lastIndex(of: UInt8(ascii: "/")).map { file.path[..<$0] } ?? ""
            if parent != last.parent || !last.isVisible {
                if parent != last.parent { folders.formUnion(file.path.foldersAbove) }
                names.append(file.path)
                last = (parent, role.isCounted)
            }
            func skip(_ reason: String, _ group: String, isImage: Bool = false) {
                skipped.append(SkippedFile(path: file.path, reason: reason, group: group, isImage: isImage ? true : nil))
            }
            if case .skipped(let reason, let group) = role, file.kind != .hidden {
                var format: ImageFormat?
                // The first bytes of a file by another name: a label's images may all have such names.
                if case .file = file.kind, FileRole.isUncertain(file.path) {
                    format = (try? firstBytes(of: folder + "/" + file.path, 12)).flatMap { ImageHead.format(of: $0) }
                }
                if let misnamed = FileRole.misnamed(file.path, format: format?.name) {
                    skipped.append(misnamed)
                } else {
                    skip(reason, group)
                }
                continue
            }
            switch file.kind {
            case .emptyFolder: break
            case .hidden: skip("hidden file or folder", "hidden")
            case .brokenLink: skip("a link to nothing", "broken links")
            case .linkLoop: skip("a link that leads to itself or to a folder above it", "circular links")
            case .special(let kind): skip("a \(kind), not a file", "special files")
            case .unreadable(let reason):
                if role == .image {
                    candidates.append(Candidate(path: file.path, status: nil, problem: "cannot be read: \(reason)"))
                } else {
                    unreadable.append(SkippedFile(
                        path: file.path, reason: "cannot be read: \(reason)", group: "unreadable"))
                }
            case .file(let status):
                if role == .image {
                    candidates.append(Candidate(
                        path: file.path, status: status, problem: status.size == 0 ? "is empty (0 bytes)" : nil))
                    continue
                }
                let start = (try? firstBytes(of: folder + "/" + file.path, 512)) ?? Data()
                if ImageHead.format(of: start) != nil {
                    candidates.append(Candidate(path: file.path, status: status))
                } else {
                    let what = NotAnImage.description(of: start, size: Int(status.size)) ?? "is not an image"
                    skip("a file without an extension that \(what)", "without an extension",
                        isImage: NotAnImage.isUnsupportedImage(start))
                }
            }
        }
        skipped += SkippedFile.emptyFolders(among: folders, files: names)
    }
}

/// The first bytes of a regular file.
package func firstBytes(of path: String, _ count: Int) throws -> Data {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    return try file.read(upToCount: count) ?? Data()
}

extension DatasetListing {
    /// Lists a folder.
    /// - Throws: `FileError`, `DatasetFailure`.
    package static func folder(_ folder: String, _ rules: IndexDataset.Identity) throws -> DatasetListing {
        let scan = try FolderScan(folder)
        do { return try DatasetListing(scan, folder, rules) } catch {
            let metadata = scan.skipped.first { ["metadata.csv", "metadata.jsonl", "metadata.parquet"].contains($0.path) }
            guard case .noFolder = error, let metadata else { throw DatasetFailure(error) }
            throw Diagnostic(
                code: "bad-dataset", "\(error)",
                hint: "the folder has a table: write 'table: \(folder)/\(metadata.path)' in place of 'folder:'")
        }
    }

    private init(_ scan: FolderScan, _ folder: String, _ rules: IndexDataset.Identity) throws(DatasetError) {
        // A folder that cannot be read may be a label's.
        let closed = scan.unreadable.map { SkippedFile(path: $0.path + "/", reason: $0.reason, group: $0.group) }
        let (labelled, lost) = try rules.layout.labelled(
            scan.candidates.map(\.path), unused: scan.skipped.compactMap(\.unused) + (rules.skipUnreadable ? closed : []),
            label: rules.label, isRooted: true)
        var byPath: [ExactText: FolderScan.Candidate] = [:]
        for candidate in scan.candidates { byPath[ExactText(candidate.path)] = candidate }
        let images = labelled.map { image in
            let candidate = byPath[ExactText(image.path)]
            return ListedImage(
                image: image, file: folder + "/" + image.path, status: candidate?.status, problem: candidate?.problem)
        }
        self.init(images: images, skipped: scan.skipped, unreadable: scan.unreadable, folder: folder)
        try select(rules.labels, lost: lost)
    }

    /// Lists the images of a table.
    /// - Parameter data: the table's bytes; those of a Parquet file converted to JSON Lines.
    /// - Throws: `DatasetFailure`.
    package static func table(
        _ path: String, _ data: Data, root: String?, _ rules: IndexDataset.Identity,
        _ tasks: TaskRegistry = TaskRegistry([])
    ) throws -> DatasetListing {
        let folder = root ?? Platform.folder(of: path)
        do {
            let rows = if let task = try rules.task.map({ try tasks.task($0) }) {
                try ItemTable(parsing: data, columns: rules.columns, task: task, roots: spellings(of: folder)).rows
            } else {
                try LabelTable(
                    parsing: data, columns: rules.columns, label: rules.label, roots: spellings(of: folder)
                ).rows
            }
            var problems: [TableProblem] = []
            var images: [ListedImage] = []
            var lines: [ExactText: (line: Int, stated: String)] = [:]
            for row in rows {
                var image = row.image
                var status = try? LocalFileSystem().status(folder + "/" + image.path)
                if status == nil, image.path.contains("\\") {
                    let other = image.path.replacingOccurrences(of: "\\", with: "/")
                    if (try? SafePath(other)) != nil, let found = try? LocalFileSystem().status(folder + "/" + other) {
                        image.path = other
                        status = found
                    }
                }
                let file = folder + "/" + image.path
                // Several items may ask about one image.
                if status != nil, rules.task == nil {
                    if let first = lines[ExactText(image.path)] {
                        problems.append(TableProblem(
                            line: row.line,
                            "'\(row.image.path)' and '\(first.stated)' on line \(first.line) are the same file"))
                        continue
                    }
                    lines[ExactText(image.path)] = (row.line, row.image.path)
                }
                switch status?.kind {
                case nil: problems.append(TableProblem(line: row.line, "there is no file '\(image.path)'"))
                case .file?:
                    let isReadable = FileManager.default.isReadableFile(atPath: file)
                    images.append(ListedImage(
                        image: image, file: file, status: status,
                        problem: !isReadable
                            ? "cannot be read: permission denied" : status?.size == 0 ? "is empty (0 bytes)" : nil))
                case .folder?: problems.append(TableProblem(line: row.line, "'\(image.path)' is a folder, not a file"))
                default: problems.append(TableProblem(line: row.line, "'\(image.path)' is not a regular file"))
                }
            }
            guard problems.isEmpty else {
                throw DatasetFailure(.rows(problems), table: path)
            }
            images.sort {
                precedes(($0.image.label, $0.image.path, $0.image.item), ($1.image.label, $1.image.path, $1.image.item))
            }
            var listing = DatasetListing(images: images, skipped: [], folder: folder)
            try listing.select(rules.labels, lost: [])
            return listing
        } catch let error as DatasetError {
            throw DatasetFailure(error, table: path)
        }
    }

    /// Absolute spellings of a folder: as it is named, and with its links resolved.
    package static func spellings(of folder: String) -> [String] {
        let url = URL(fileURLWithPath: folder)
        let named = url.standardizedFileURL.path, real = url.resolvingSymlinksInPath().path
        return named == real ? [named] : [named, real]
    }

    /// Excludes the labels that `only` and `except` exclude.
    private mutating func select(_ selection: LabelSelection?, lost: [DatasetError.LostLabel]) throws(DatasetError) {
        let missing = lost.filter { selection?.includes($0.name) ?? true }
        if let selection {
            let (kept, excluded) = try selection.chosen(of: images, alsoKnown: lost.map(\.name)) { $0.image.label }
            images = kept
            skipped += excluded.map { SkippedFile(excluded: $0.image) }
        }
        guard missing.isEmpty else { throw .labelsWithoutImages(missing) }
    }
}

extension SkippedFile {
    /// An image whose label does not take part.
    package init(excluded image: Planning.LabelledImage) {
        self.init(path: image.path, reason: "the label '\(image.label)' is excluded", group: "of excluded labels")
    }

    /// An image whose label has too few of them.
    package init(tooFew path: String, label: String) {
        self.init(
            path: path, reason: "the label '\(label)' has fewer images than 'min_images'", group: "of excluded labels")
    }

    /// An image that cannot be read or decoded.
    package init(unreadable path: String, reason: String) {
        self.init(path: path, reason: reason, group: "unreadable")
    }
}

/// The files below a folder, relative to it; hidden ones are passed over.
package func relativePaths(below folder: String) throws -> [String] {
    try files(below: folder).map { String($0.path.dropFirst(folder.count + 1)) }
}
