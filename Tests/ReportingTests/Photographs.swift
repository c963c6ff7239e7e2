// Real photographs and their labels, from the tar archive of the development data.

import Foundation

/// The photographs of `../shared/data`, read once. They are not part of this repository.
enum Photographs {
    static let archive = packageRoot.appending(path: "../shared/data/tiny-imagenet-120.tar")
    static let isThere = FileManager.default.fileExists(atPath: archive.path)

    /// Five photographs of each label by `label/number`, as the made-up results name their examples.
    static let byExample: [String: Data] = {
        var files: [String: [Data]] = [:]
        for (path, data) in entries() where path.hasSuffix(".jpg") {
            let label = Photographs.label(path)
            if files[label, default: []].count < 5 { files[label, default: []].append(data) }
        }
        var pictures: [String: Data] = [:]
        for (label, data) in files {
            let folder = label.lowercased().replacing(" ", with: "_")
            for (at, data) in data.enumerated() { pictures["\(folder)/\(at).jpg"] = data }
        }
        return pictures
    }()

    static let labels: [String] = Set(entries().map(\.path).filter { $0.hasSuffix(".jpg") }.map(label)).sorted()

    private static func label(_ path: String) -> String {
        let folder = path.split(separator: "/").dropLast().last ?? ""
        return folder.split(separator: "-", maxSplits: 1).last.map { $0.replacing("_", with: " ").capitalized } ?? ""
    }

    /// Regular files of a plain tar archive (POSIX.1-1988 headers of 512 bytes).
    private static func entries() -> [(path: String, data: Data)] {
        guard let tar = try? Data(contentsOf: archive, options: .mappedIfSafe) else { return [] }
        var entries: [(String, Data)] = [], at = 0
        func field(_ offset: Int, _ length: Int) -> String {
            String(decoding: tar[at + offset..<at + offset + length].prefix { $0 != 0 }, as: UTF8.self)
        }
        while at + 512 <= tar.count, tar[at] != 0 {
            let size = Int(field(124, 12).trimmingCharacters(in: .whitespaces), radix: 8) ?? 0
            let prefix = field(345, 155)
            let path = prefix.isEmpty ? field(0, 100) : "\(prefix)/\(field(0, 100))"
            if tar[at + 156] == UInt8(ascii: "0") { entries.append((path, tar[at + 512..<at + 512 + size])) }
            at += 512 + (size + 511) / 512 * 512
        }
        return entries
    }
}
