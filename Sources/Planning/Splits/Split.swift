// The examples of each part of a split, in the form that later steps read.

package import Basics
package import Foundation
package import Specification

/// One image with its label in one part of a split.
package struct Example: Hashable, Sendable {
    /// Counts from 0 within the part.
    package var id: Int
    /// Relative to the dataset's root.
    package var path: String
    /// The label; empty for tasks other than classification.
    package var label: String
    /// Digest of the file's bytes.
    package var digest: Digest
    /// The file's size in bytes.
    package var bytes: Int
    /// In pixels.
    package var width: Int
    /// In pixels.
    package var height: Int
    /// See ``ManifestEntry/traits``. It is part of the content that later steps read, because it affects how they
    /// read the pixels.
    package var traits: String?
    /// Further images of the example, in order; `nil` for none.
    package var more: [AdditionalImage]?
    /// See ``ManifestEntry/group``.
    package var group: String?
    /// The item; only for tasks other than classification.
    package var item: ItemEntry?

    /// - Parameter id: counts from 0 within the part.
    package init(
        id: Int, path: String, label: String, digest: Digest, bytes: Int, width: Int, height: Int,
        traits: String? = nil, more: [AdditionalImage]? = nil, group: String? = nil, item: ItemEntry? = nil
    ) {
        self.id = id
        self.path = path
        self.label = label
        self.digest = digest
        self.bytes = bytes
        self.width = width
        self.height = height
        self.traits = traits
        self.more = more
        self.group = group
        self.item = item
    }
}

/// One part of a split. Each part is a separate artifact, so that a change of the training images does not affect
/// steps that read only the test images.
package struct SplitExamples: Hashable, Sendable {
    /// All labels of the dataset, sorted by bytes. Prompts list all of them, even if the part lacks some.
    package var labels: [String]
    /// Sorted by label and then by path.
    package var examples: [Example]

    /// - Parameter labels: all labels of the dataset, not only those of the examples.
    package init(labels: [String], examples: [Example]) {
        self.labels = labels
        self.examples = examples
    }
}

/// A dataset divided into parts.
package struct Split: Hashable, Sendable {
    /// The examples by part; a missing part has none.
    package var parts: [SplitPart: SplitExamples]

    /// Creates a split from parts that are already sorted and numbered.
    package init(parts: [SplitPart: SplitExamples]) { self.parts = parts }

    init(labels: [String], _ entries: [SplitPart: [ManifestEntry]]) {
        parts = Dictionary(
            uniqueKeysWithValues: SplitPart.allCases.map { part in
                let sorted = (entries[part] ?? []).sorted { precedes(($0.label, $0.path, $0.item), ($1.label, $1.path, $1.item)) }
                let examples = sorted.enumerated().map { id, entry in
                    Example(
                        id: id, path: entry.path, label: entry.label, digest: entry.digest, bytes: entry.bytes,
                        width: entry.width, height: entry.height, traits: entry.traits,
                        more: entry.more?.map { image in
                            var image = image
                            image.perceptualHash = nil
                            return image
                        }, group: entry.group, item: entry.item)
                }
                return (part, SplitExamples(labels: labels, examples: examples))
            })
    }

    /// The examples of a part; empty when the split has no such part.
    package subscript(part: SplitPart) -> SplitExamples { parts[part] ?? SplitExamples(labels: [], examples: []) }
}

extension SplitExamples {
    /// The version of the stored format; newer versions are refused.
    private static let format = 1

    /// The stored form: one JSON document with one example per line. Equal contents produce equal bytes.
    package var encoded: Data {
        let names = JSONValue.array(labels.map { .string($0) }).canonical
        let head = #"{"format":\#(SplitExamples.format),"labels":\#(names),"examples":["#
        return Data(
            encodeLines(
                head: head,
                examples.map { example in
                    var members: [String: JSONValue] = [
                        "id": .int(Int64(example.id)), "path": .string(example.path), "label": .string(example.label),
                        "digest": .string(example.digest.hex), "bytes": .int(Int64(example.bytes)),
                        "width": .int(Int64(example.width)), "height": .int(Int64(example.height)),
                    ]
                    if let traits = example.traits { members["traits"] = .string(traits) }
                    if let more = example.more { members["more"] = .array(more.map(\.json)) }
                    if let group = example.group { members["group"] = .string(group) }
                    if let item = example.item { members["item"] = item.json }
                    return JSONValue.object(members).canonical
                }
            ).utf8)
    }

    /// Reads the stored form.
    /// - Throws: `DatasetError.newerFormat`, or `DecodingError` for data that is not a list of examples.
    package init(decoding data: Data) throws {
        let document = try JSONValue(parsing: data)
        // Decoded by hand, which takes half the time of `Codable`: many steps read the same lists of thousands of
        // examples.
        let format = try wanted(document["format"]?.int, "format")
        guard format <= SplitExamples.format else { throw DatasetError.newerFormat(format) }
        self.init(
            labels: try wanted(document["labels"]?.array, "labels").map { try wanted($0.string, "label") },
            examples: try wanted(document["examples"]?.array, "examples").map(Example.init))
        // Steps find examples by their id.
        _ = try wanted(Set(examples.map(\.id)).count == examples.count ? true : nil, "unique id")
    }
}

extension Example {
    fileprivate init(_ json: JSONValue) throws {
        self.init(
            id: try wanted(json["id"]?.int, "id"), path: try wanted(json["path"]?.string, "path"),
            label: try wanted(json["label"]?.string, "label"),
            digest: try wanted(json["digest"]?.string.flatMap { Digest(hex: $0) }, "digest"),
            bytes: try wanted(json["bytes"]?.int, "bytes"), width: try wanted(json["width"]?.int, "width"),
            height: try wanted(json["height"]?.int, "height"), traits: json["traits"]?.string,
            more: try json["more"]?.array.map { try $0.map { try wanted(AdditionalImage($0), "more") } },
            group: json["group"]?.string, item: try json["item"].map { try wanted(ItemEntry($0), "item") })
    }
}

/// A required member of a list of examples. Throws `DecodingError` when it is missing or has another type.
private func wanted<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "'\(name)' is missing or wrong"))
    }
    return value
}
