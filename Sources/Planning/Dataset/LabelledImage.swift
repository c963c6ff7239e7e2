// Which label each file of a dataset has, told from where it lies or from a table.

import Basics
package import Foundation
package import Specification

/// An image file and what the dataset says of it.
package struct LabelledImage: Hashable, Sendable {
    /// Relative to the dataset's root.
    package var path: String
    package var label: String
    package var part: SplitPart?

    package init(path: String, label: String, part: SplitPart? = nil) {
        self.path = path
        self.label = label
        self.part = part
    }
}

/// Whether a path is an image by its name: JPEG, PNG or WebP, and not one of the hidden companions that
/// some archivers add.
package func isImagePath(_ path: String) -> Bool {
    let components = path.split(separator: "/")
    guard let name = components.last, !components.contains(where: { $0.hasPrefix(".") || $0 == "__MACOSX" })
    else { return false }
    guard let dot = name.lastIndex(of: ".") else { return false }
    return ["jpg", "jpeg", "png", "webp"].contains(name[name.index(after: dot)...].lowercased())
}

extension DatasetSpec.Layout {
    /// The images among some files with their labels, sorted by label and then by path. Files that are no
    /// images are left out.
    /// - Throws: `DatasetError`.
    package func images(among paths: some Sequence<String>, label rule: LabelSpec) throws(DatasetError)
        -> [LabelledImage]
    {
        var images: [LabelledImage] = []
        var labels: [String: String] = [:]
        var folders: [String: String] = [:]
        for path in paths where isImagePath(path) {
            let components = path.split(separator: "/").map(String.init)
            guard components.count >= (self == .splitFolders ? 3 : 2) else { throw .noFolder(path: path) }
            let name = components[components.count - 2]
            let label: String
            if let known = labels[name] {
                label = known
            } else {
                label = try rule.label(of: name)
                labels[name] = label
            }
            var part: SplitPart?
            if self == .splitFolders {
                let folder = components[components.count - 3]
                part = SplitPart(folder: folder)
                if part == nil { throw .unknownPart(name: folder, path: path) }
            }
            // Two folders of one label are two kinds of things by mistake more often than by intent.
            let folder = components.dropLast().joined(separator: "/")
            let owner = (part?.rawValue ?? "") + "/" + label
            if let other = folders.updateValue(folder, forKey: owner), other != folder {
                throw .labelOfTwoFolders(label: label, folders: [other, folder].sortedByBytes())
            }
            images.append(LabelledImage(path: path, label: label, part: part))
        }
        guard !images.isEmpty else { throw .noImages }
        return images.sortedByLabel()
    }
}

extension LabelledImage {
    /// Reads a table with the columns `path`, `label` and, where it says the part, `split`; sorted by label
    /// and then by path.
    /// - Throws: `DatasetError`.
    package static func reading(table data: Data, label rule: LabelSpec) throws(DatasetError) -> [LabelledImage] {
        let table: CSVTable
        do { table = try CSVTable(parsing: data) } catch { throw .table(error) }
        guard let path = table.column("path") else { throw .columnMissing("path") }
        guard let label = table.column("label") else { throw .columnMissing("label") }
        let split = table.column("split")
        var images: [LabelledImage] = []
        var lines: [String: Int] = [:]
        for row in table.rows {
            let file = row.fields[path]
            guard !file.isEmpty, (try? SafePath(file)) != nil else {
                throw .unsafePath(path: file, line: row.line)
            }
            if let first = lines.updateValue(row.line, forKey: file) {
                throw .pathTwice(path: file, lines: [first, row.line])
            }
            var part: SplitPart?
            if let split, !row.fields[split].isEmpty {
                part = SplitPart(folder: row.fields[split])
                if part == nil { throw .unknownPart(name: row.fields[split], path: file) }
            }
            images.append(LabelledImage(path: file, label: try rule.label(of: row.fields[label]), part: part))
        }
        guard !images.isEmpty else { throw .noImages }
        return images.sortedByLabel()
    }
}

extension [LabelledImage] {
    fileprivate func sortedByLabel() -> [LabelledImage] {
        sorted { $0.label == $1.label ? precedesByBytes($0.path, $1.path) : precedesByBytes($0.label, $1.label) }
    }
}
