// The index of a dataset: every image with its label, digest and size.

package import Basics
package import Foundation
package import Specification

/// One image of a dataset; for tasks other than classification, one item.
package struct ManifestEntry: Hashable, Sendable, Codable {
    /// Relative to the dataset's root, with `/` between components.
    package var path: String
    /// The label; empty for tasks other than classification.
    package var label: String
    /// The part that the dataset itself assigns (split folders, a table's `split` column).
    package var part: SplitPart?
    /// Digest of the file's bytes.
    package var digest: Digest
    /// The file's size in bytes.
    package var bytes: Int
    /// In pixels.
    package var width: Int
    /// In pixels.
    package var height: Int
    /// A 64-bit perceptual hash as 16 hex digits; `nil` when the image was not inspected for one.
    package var perceptualHash: String?
    /// The file's format: `jpeg`, `png`, `webp`, `gif`, `bmp` or `tiff`; `nil` in manifests of earlier versions.
    package var format: String?
    /// The EXIF orientation; `nil` when it is 1.
    package var orientation: Int?
    /// Properties of the file that affect how its pixels are read, such as `orientation 6, 16 bits`; `nil` for
    /// ordinary files.
    package var traits: String?
    /// Further images of the entry, in order; `nil` for none.
    package var more: [AdditionalImage]?
    /// The group that a split does not divide; `nil` if the dataset states none, and for items, which have their own.
    package var group: String?
    /// The item; only for tasks other than classification.
    package var item: ItemEntry?

    /// - Parameter traits: properties that affect how the pixels are read; `nil` for ordinary files.
    package init(
        path: String, label: String, part: SplitPart? = nil, digest: Digest, bytes: Int, width: Int, height: Int,
        perceptualHash: String? = nil, format: String? = nil, orientation: Int? = nil, traits: String? = nil,
        more: [AdditionalImage]? = nil, group: String? = nil, item: ItemEntry? = nil
    ) {
        self.path = path
        self.label = label
        self.part = part
        self.digest = digest
        self.bytes = bytes
        self.width = width
        self.height = height
        self.perceptualHash = perceptualHash
        self.format = format
        self.orientation = orientation
        self.traits = traits
        self.more = more
        self.group = group
        self.item = item
    }

    private enum CodingKeys: String, CodingKey {
        case path, label, part, digest, bytes, width, height, format, orientation, traits, more, group, item
        case perceptualHash = "perceptual_hash"
    }
}

/// All images of a dataset, sorted by label and then by path.
package struct DatasetManifest: Hashable, Sendable {
    /// One entry per image, or per item for tasks other than classification.
    package let entries: [ManifestEntry]
    /// Every label once, sorted by bytes; for tasks other than classification, the vocabulary of the references.
    package let labels: [String]
    /// Whether the entries are items of a task other than classification.
    package let hasItems: Bool

    /// Sorts the entries and collects their labels.
    /// - Parameter vocabulary: for tasks other than classification, the names that references use; they become the
    /// labels.
    package init(_ entries: some Sequence<ManifestEntry>, vocabulary: [String]? = nil) {
        self.entries = entries.sorted { precedes(($0.label, $0.path, $0.item), ($1.label, $1.path, $1.item)) }
        if let vocabulary {
            labels = vocabulary
            hasItems = true
            return
        }
        var labels: [String] = []
        for entry in self.entries where labels.last != entry.label { labels.append(entry.label) }
        self.labels = labels
        hasItems = false
    }

    /// The number of images of each label.
    package var counts: [String: Int] {
        entries.reduce(into: [:]) { $0[$1.label, default: 0] += 1 }
    }
}

extension DatasetManifest {
    /// The version of the stored format; newer versions are refused.
    private static let format = 1

    private struct Document: Decodable {
        var format: Int
        var entries: [ManifestEntry]
        var vocabulary: [String]?
    }

    /// The stored form: one JSON document with one image per line. Equal contents produce equal bytes, and two
    /// versions of a dataset can be compared with `diff`.
    package var encoded: Data {
        let names = hasItems ? #","vocabulary":\#(JSONValue.array(labels.map { .string($0) }).canonical)"# : ""
        return Data(
            encodeLines(
                head: #"{"format":\#(DatasetManifest.format)\#(names),"entries":["#,
                entries.map { entry in
                    var members: [String: JSONValue] = [
                        "path": .string(entry.path), "label": .string(entry.label), "digest": .string(entry.digest.hex),
                        "bytes": .int(Int64(entry.bytes)), "width": .int(Int64(entry.width)),
                        "height": .int(Int64(entry.height)),
                    ]
                    if let part = entry.part { members["part"] = .string(part.rawValue) }
                    if let hash = entry.perceptualHash { members["perceptual_hash"] = .string(hash) }
                    if let format = entry.format { members["format"] = .string(format) }
                    if let orientation = entry.orientation { members["orientation"] = .int(Int64(orientation)) }
                    if let traits = entry.traits { members["traits"] = .string(traits) }
                    if let more = entry.more { members["more"] = .array(more.map(\.json)) }
                    if let group = entry.group { members["group"] = .string(group) }
                    if let item = entry.item { members["item"] = item.json }
                    return JSONValue.object(members).canonical
                }
            ).utf8)
    }

    /// Reads the stored form.
    /// - Throws: `DatasetError.newerFormat`, or `DecodingError` for data that is not a manifest.
    package init(decoding data: Data) throws {
        let document = try Document(json: data)
        guard document.format <= DatasetManifest.format else { throw DatasetError.newerFormat(document.format) }
        self.init(document.entries, vocabulary: document.vocabulary)
    }
}

/// A JSON document with an array as its last member, one element per line.
func encodeLines(head: String, _ lines: [String]) -> String {
    head + (lines.isEmpty ? "" : "\n" + lines.joined(separator: ",\n") + "\n") + "]}\n"
}
