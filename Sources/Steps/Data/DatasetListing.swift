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
    /// The path and label as the manifest will contain them.
    package var image: Planning.LabelledImage
    /// The path of the file, which can be opened from the working folder.
    package var file: String
    /// The file's metadata; `nil` if the file cannot be read.
    package var status: FileStatus?
    /// The reason why the file cannot be an image, as a phrase that continues its name; `nil` if it may be one.
    package var problem: String?
    /// The files of further images, in the order of `image.more`.
    package var more: [ListedFile] = []
}

/// A file of a further image, before its pixels are read.
package struct ListedFile: Hashable, Sendable {
    /// The path of the file, which can be opened from the working folder.
    package var file: String
    /// The file's metadata; `nil` if the file cannot be read.
    package var status: FileStatus?
    /// See ``ListedImage/problem``.
    package var problem: String?
}

/// The files of a folder or a table, classified by their names and first bytes.
package struct DatasetListing: Sendable {
    /// The images that take part, with their labels.
    package var images: [ListedImage]
    /// The other files, each with the reason why it was skipped.
    package var skipped: [SkippedFile]
    /// Folders and unclassified files that cannot be read, so any images in them are missing.
    package var unreadable: [SkippedFile]
    /// The folder that the images' paths are relative to.
    package var folder: String

    private init(images: [ListedImage], skipped: [SkippedFile], unreadable: [SkippedFile] = [], folder: String) {
        self.images = images
        self.skipped = skipped
        self.unreadable = unreadable
        self.folder = folder
    }
}

/// The reason why a dataset cannot be listed, with the table's path for errors in a table.
package struct DatasetFailure: Error, Sendable {
    /// The error, which may contain a line of the table.
    package var error: DatasetError
    /// The path of the table that is wrong; `nil` for a folder.
    package var table: String?

    /// - Parameter table: the path of the table that is wrong.
    package init(_ error: DatasetError, table: String? = nil) {
        self.error = error
        self.table = table
    }

    /// The error with its position: the table's line if there is a table, otherwise the given position in the spec.
    package func diagnostic(at place: SourceRange?) -> Diagnostic {
        let range = (error.file ?? table).map { SourceRange(file: $0, line: error.line ?? 1, column: 1) } ?? place
        return Diagnostic(code: "bad-dataset", "\(error)", at: range, hint: error.hint)
    }
}

/// The files below a folder, classified as images and others, without labels.
package struct FolderScan: Sendable {
    /// A file that may be an image by its name or its first bytes.
    package struct Candidate: Hashable, Sendable {
        /// The path relative to the folder.
        package var path: String
        /// The file's metadata; `nil` if it could not be read.
        package var status: FileStatus?
        /// The reason why the file is not an image although its name is one; a phrase that continues its name.
        package var problem: String?
    }

    /// The files that may be images, sorted by path.
    package var candidates: [Candidate] = []
    /// The other files and empty folders, each with a reason.
    package var skipped: [SkippedFile] = []
    /// Folders and unclassified files that cannot be read.
    package var unreadable: [SkippedFile] = []

    /// Walks a folder. Reads the first bytes of files whose name is not an image name.
    /// - Parameter ofClips: whether the candidates are video clips, by their names alone, instead of images.
    /// - Throws: `FileError` if the folder itself cannot be listed.
    package init(_ folder: String, ofClips: Bool = false) throws {
        if let status = try? LocalFileSystem().status(folder), status.kind != .folder {
            throw Diagnostic(
                code: "bad-dataset", "'\(folder)' is not a folder", hint: "name a table with 'table:', an archive with 'archive:'"
            )
        }
        var names: [String] = [], folders: Set<String> = []
        var last: (parent: Substring, isVisible: Bool) = ("", false)
        for file in try survey(below: folder) {
            if file.kind == .emptyFolder {
                folders.insert(file.path)
                continue
            }
            let role = FolderScan.role(of: file.path, ofClips: ofClips)
            // The files of a folder are consecutive, and one visible name shows that it is not empty.
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
                // Reads the first bytes of a file with another extension, because all images of a label may have such
                // names.
                if case .file = file.kind, !ofClips, FileRole.isUncertain(file.path) {
                    format = (try? firstBytes(of: folder + "/" + file.path, ImageFormat.signatureLength)).flatMap {
                        ImageHead.format(of: $0)
                    }
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
            case .brokenLink: skip("a broken link", "broken links")
            case .linkLoop: skip("a link that points to itself or to a parent folder", "circular links")
            case .special(let kind): skip("a \(kind), not a file", "special files")
            case .unreadable(let reason):
                if role == .image {
                    candidates.append(Candidate(path: file.path, status: nil, problem: "cannot be read: \(reason)"))
                } else {
                    unreadable.append(
                        SkippedFile(
                            path: file.path, reason: "cannot be read: \(reason)", group: "unreadable"))
                }
            case .file(let status):
                if role == .image {
                    candidates.append(
                        Candidate(
                            path: file.path, status: status, problem: status.size == 0 ? "is empty (0 bytes)" : nil))
                    continue
                }
                let start = (try? firstBytes(of: folder + "/" + file.path, 512)) ?? Data()
                if ImageHead.format(of: start) != nil {
                    candidates.append(Candidate(path: file.path, status: status))
                } else {
                    let what = NotAnImage.description(of: start, size: Int(status.size)) ?? "is not an image"
                    skip(
                        "a file without an extension that \(what)", "without an extension",
                        isImage: NotAnImage.isUnsupportedImage(start))
                }
            }
        }
        skipped += SkippedFile.emptyFolders(among: folders, files: names)
    }

    /// The role of a file; that of a clip is `image` in a dataset of clips.
    private static func role(of path: String, ofClips: Bool) -> FileRole {
        let role = FileRole(path: path)
        guard ofClips, role.isCounted else { return role }
        return FileRole.isClip(path) ? .image : .skipped(reason: "not a video clip", group: "not video clips")
    }
}

/// The first bytes of a regular file, at most `count`; fewer for a shorter file. Throws if it cannot be opened, and for
/// other files: opening a named pipe would wait for its writer.
package func firstBytes(of path: String, _ count: Int) throws -> Data {
    let file = try OpenFile(reading: path, limit: .max)
    defer { file.close() }
    return try file.read(upTo: count)
}

extension DatasetListing {
    /// Lists the images of a folder.
    /// - Throws: `FileError`; `DatasetFailure`; a `Diagnostic` if the folder has a metadata table instead of label
    ///   folders.
    package static func folder(_ folder: String, _ rules: IndexDataset.Identity) throws -> DatasetListing {
        let scan = try FolderScan(folder, ofClips: rules.frames != nil)
        do { return try DatasetListing(scan, folder, rules) } catch {
            if case .noImages = error, rules.frames != nil {
                throw Diagnostic(
                    code: "bad-dataset", "there are no video clips in '\(folder)'",
                    hint: "name the folder that contains one folder of clips per label, or list the clips in a table")
            }
            let metadata = scan.skipped.first { ["metadata.csv", "metadata.jsonl", "metadata.parquet"].contains($0.path) }
            guard case .noFolder = error, let metadata else { throw DatasetFailure(error) }
            throw Diagnostic(
                code: "bad-dataset", "\(error)",
                hint: "the folder has a table: write 'table: \(folder)/\(metadata.path)' instead of 'folder:'")
        }
    }

    private init(_ scan: FolderScan, _ folder: String, _ rules: IndexDataset.Identity) throws(DatasetError) {
        // A folder that cannot be read may be that of a label.
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
        if let frames = rules.frames { groupClips(frames) }
        try select(rules.labels, lost: lost)
    }

    /// Lists the images of a table of text.
    /// - Parameter data: the table's bytes; JSON Lines for a Parquet file.
    /// - Throws: `DatasetFailure`.
    package static func table(
        _ path: String, _ data: Data, root: String?, _ rules: IndexDataset.Identity,
        _ tasks: TaskRegistry = TaskRegistry([])
    ) throws -> DatasetListing {
        try table(path, .text(data), root: root, rules, tasks)
    }

    /// Lists the images, or the clips, of a table or of annotations.
    /// - Parameter root: the folder that paths start from; `nil` for the one that the form implies.
    /// - Throws: `DatasetFailure`.
    package static func table(
        _ path: String, _ content: TableContent, root: String?, _ rules: IndexDataset.Identity,
        _ tasks: TaskRegistry = TaskRegistry([])
    ) throws -> DatasetListing {
        let form: TableForm =
            switch content {
            case .text: .text
            case .coco: .coco
            case .voc: .voc
            }
        let folder = root ?? form.imageRoot(of: path)
        if let root, (try? LocalFileSystem().status(root))?.kind != .folder {
            throw Diagnostic(
                code: "bad-dataset", "the folder '\(root)' of 'root:' does not exist",
                hint: "the paths of the table start from it; without 'root:' they start from the table's folder")
        }
        do {
            let roots = spellings(of: folder)
            let rows =
                if let task = try rules.task.map({ try tasks.task($0) }) {
                    try ItemTable(
                        content.records(names: ItemTable.names(rules.columns, task: task)), columns: rules.columns, task: task,
                        roots: roots
                    ).rows
                } else {
                    try LabelTable(
                        content.records(names: LabelTable.names(rules.columns)), columns: rules.columns, label: rules.label,
                        roots: roots
                    ).rows
                }
            var problems: [TableProblem] = []
            var images: [ListedImage] = []
            var lines: [ExactText: (line: Int, stated: String)] = [:]
            var neighbours = NeighbouringNames()
            for row in rows {
                func problem(_ message: String) { problems.append(TableProblem(file: row.file, line: row.line, message)) }
                var image = row.image
                let all = ([image.path] + (image.more ?? [])).map { FoundPath($0, in: folder, &neighbours) }
                image.path = all[0].path
                if image.more != nil { image.more = all.dropFirst().map(\.path) }
                // Several items may refer to one image.
                if all.count == 1, all[0].status != nil, rules.task == nil {
                    if let first = lines[ExactText(image.path)] {
                        problem(
                            "'\(row.image.path)' and '\(first.stated)' on line \(first.line) are the same file")
                        continue
                    }
                    lines[ExactText(image.path)] = (row.line, row.image.path)
                }
                let reasons = all.compactMap(\.whyNotAFile)
                guard reasons.isEmpty else {
                    for reason in reasons { problem(reason) }
                    continue
                }
                if rules.frames != nil, all.count > 1 {
                    problem("the images of an item are the frames of one clip, but \(all.count) clips are listed")
                    continue
                }
                images.append(
                    ListedImage(
                        image: image, file: all[0].file, status: all[0].status, problem: all[0].whyUnreadable,
                        more: all.dropFirst().map { ListedFile(file: $0.file, status: $0.status, problem: $0.whyUnreadable) }))
            }
            guard problems.isEmpty else {
                throw DatasetFailure(.rows(problems), table: path)
            }
            images.sort {
                precedes(($0.image.label, $0.image.path, $0.image.item), ($1.image.label, $1.image.path, $1.image.item))
            }
            var listing = DatasetListing(images: images, skipped: [], folder: folder)
            if let frames = rules.frames { listing.groupClips(frames) }
            try listing.select(rules.labels, lost: [])
            return listing
        } catch let error as DatasetError {
            throw DatasetFailure(error, table: path)
        }
    }

    /// A path of a table, and the file that it names.
    private struct FoundPath {
        var path: String
        var file: String
        var status: FileStatus?
        /// A file of a similar name, where there is none of the stated one.
        private var similar: String?

        /// If no file with the name exists, reads `\` as `/`, and accepts another Unicode form of the name.
        init(_ stated: String, in folder: String, _ neighbours: inout NeighbouringNames) {
            path = stated
            status = try? LocalFileSystem().status(folder + "/" + stated)
            if status == nil, stated.contains("\\") {
                let other = stated.replacingOccurrences(of: "\\", with: "/")
                if (try? SafePath(other)) != nil, let found = try? LocalFileSystem().status(folder + "/" + other) {
                    path = other
                    status = found
                }
            }
            if status == nil, let other = neighbours.sameName(as: path, in: folder),
                let found = try? LocalFileSystem().status(folder + "/" + other)
            {
                path = other
                status = found
            }
            if status == nil { similar = neighbours.similarName(to: path, in: folder) }
            file = folder + "/" + path
        }

        var whyNotAFile: String? {
            switch status?.kind {
            case nil: "there is no file '\(path)'" + (similar.map { " (there is '\($0)')" } ?? "")
            case .file?: nil
            case .folder?: "'\(path)' is a folder, not a file"
            default: "'\(path)' is not a regular file"
            }
        }

        var whyUnreadable: String? {
            guard FileManager.default.isReadableFile(atPath: file) else { return "cannot be read: permission denied" }
            return status?.size == 0 ? "is empty (0 bytes)" : nil
        }
    }

    /// Groups clips by their source, if the spec declares how file names encode it.
    private mutating func groupClips(_ frames: IndexDataset.Frames) {
        guard let end = frames.groupBefore else { return }
        for place in images.indices {
            let path = images[place].image.path
            let name = path.pathParts.last ?? path
            let group = name.range(of: end, options: [.backwards, .literal]).map { String(name[..<$0.lowerBound]) } ?? path
            if images[place].image.item == nil {
                // A group that the table states takes precedence.
                images[place].image.group = images[place].image.group ?? group
            } else if images[place].image.item?.group == path {
                images[place].image.item?.group = group
            }
        }
    }

    /// The absolute paths of a folder: as given, and with its links resolved.
    package static func spellings(of folder: String) -> [String] {
        let url = URL(fileURLWithPath: folder)
        let named = url.standardizedFileURL.path, real = url.resolvingSymlinksInPath().path
        return named == real ? [named] : [named, real]
    }

    /// Excludes the labels that `only` and `except` exclude; throws if a selected label has no images.
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
    /// Skips an image because its label is excluded.
    package init(excluded image: Planning.LabelledImage) {
        self.init(path: image.path, reason: "the label '\(image.label)' is excluded", group: "of excluded labels")
    }

    /// Skips an image because its label has too few images.
    package init(tooFew path: String, label: String) {
        self.init(
            path: path, reason: "the label '\(label)' has fewer images than 'min_images'", group: "of excluded labels")
    }

    /// Skips an image that cannot be read or decoded.
    package init(unreadable path: String, reason: String) {
        self.init(path: path, reason: reason, group: "unreadable")
    }
}

/// The paths of the files below a folder, relative to it; hidden files are skipped.
package func relativePaths(below folder: String) throws -> [String] {
    try files(below: folder).map { String($0.path.dropFirst(folder.count + 1)) }
}
