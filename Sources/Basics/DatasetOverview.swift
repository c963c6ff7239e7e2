// Statistics of a dataset: the images read, and the files skipped with the reasons.

/// A file of a dataset that is not used as an image.
package struct SkippedFile: Hashable, Sendable, Codable {
    /// The path relative to the dataset's root; the path of an empty folder ends with `/`.
    package var path: String
    /// The reason shown to the user.
    package var reason: String
    /// The group under which a summary counts the file: `.gif`, `hidden`, `unreadable`.
    package var group: String
    /// `true` for a file with image content that is skipped because of its name or format.
    package var isImage: Bool?

    /// - Parameter isImage: `true` when the file has image content; `nil` otherwise.
    package init(path: String, reason: String, group: String, isImage: Bool? = nil) {
        self.path = path
        self.reason = reason
        self.group = group
        self.isImage = isImage
    }
}

/// Counts of a dataset's images, and the list of all skipped files.
package struct DatasetOverview: Hashable, Sendable, Codable {
    /// One label with its number of images.
    package struct Label: Hashable, Sendable, Codable {
        /// The label after the label rule of the spec was applied.
        package var name: String
        /// The number of images in all parts together.
        package var images: Int
        /// The number of images in each part that the dataset itself defines: `train`, `validation`, `test`.
        package var parts: [String: Int]

        /// - Parameter parts: images per predefined part; empty for a dataset without parts.
        package init(name: String, images: Int, parts: [String: Int] = [:]) {
            self.name = name
            self.images = images
            self.parts = parts
        }
    }

    /// An image size and the number of images that have it.
    package struct Size: Hashable, Sendable, Codable {
        /// The width in pixels.
        package var width: Int
        /// The height in pixels.
        package var height: Int
        /// The number of images with exactly this size.
        package var images: Int

        /// Creates a size in pixels with its image count.
        package init(width: Int, height: Int, images: Int) {
            self.width = width
            self.height = height
            self.images = images
        }
    }

    /// A problem of the data that affects how results are interpreted.
    package struct Warning: Hashable, Sendable, Codable {
        /// A stable code listed in `docs/errors.md`.
        package var code: String
        /// The finding, as one sentence for the user.
        package var message: String
        /// The recommended action; `nil` when there is no advice.
        package var hint: String?

        /// - Parameter code: a stable code listed in `docs/errors.md`.
        package init(code: String, message: String, hint: String? = nil) {
            self.code = code
            self.message = message
            self.hint = hint
        }
    }

    /// The total number of images.
    package var images: Int
    /// The total size of all images in bytes.
    package var bytes: Int
    /// The labels, sorted by name.
    package var labels: [Label]
    /// The number of images per file format: `jpeg`, `png`, …
    package var formats: [String: Int]
    /// The number of images per EXIF orientation, `"1"` to `"8"`.
    package var orientations: [String: Int]
    /// The image sizes, most frequent first; equally frequent ones from small to large.
    package var sizes: [Size]
    /// The skipped files, sorted by path.
    package var skipped: [SkippedFile]
    /// Problems of the data that affect how results are interpreted.
    package var warnings: [Warning]
    /// The number of items, for tasks other than classification; those have no labels. `nil` for classification.
    package var items: Int?
    /// The number of groups among the items; a split never divides a group. `nil` for classification.
    package var groups: Int?
    /// A description of the changes that `convert` made; `nil` when no image was converted.
    package var conversion: String?

    /// Creates an overview without items, groups or conversion; those are set afterwards.
    package init(
        images: Int, bytes: Int, labels: [Label], formats: [String: Int] = [:], orientations: [String: Int] = [:],
        sizes: [Size] = [], skipped: [SkippedFile] = [], warnings: [Warning] = []
    ) {
        self.images = images
        self.bytes = bytes
        self.labels = labels
        self.formats = formats
        self.orientations = orientations
        self.sizes = sizes
        self.skipped = skipped
        self.warnings = warnings
    }
}

extension DatasetOverview {
    /// The number of skipped files per group, most frequent first.
    package var skippedGroups: [(group: String, count: Int)] {
        Dictionary(grouping: skipped, by: \.group).map { (group: $0.key, count: $0.value.count) }
            .sorted { ($1.count, $0.group) < ($0.count, $1.group) }
    }

    /// The number of groups of skipped files that the summary lists.
    private static let shownGroups = 20

    /// One line: `6,000 images, 120 labels; skipped: 3 .gif, 2 unreadable, 4 duplicate names`.
    package var summary: String {
        let skippedGroups = skippedGroups
        let others = skippedGroups.dropFirst(DatasetOverview.shownGroups)
        let files = others.reduce(0) { $0 + $1.count }
        let more =
            others.isEmpty
            ? ""
            : " and \(grouped(files)) \(files == 1 ? "file" : "files") of \(grouped(others.count)) other "
                + (others.count == 1 ? "kind" : "kinds")
        let content =
            items.map { items in
                let parts = self.groups ?? items
                return
                    "\(grouped(items)) \(items == 1 ? "item" : "items"), \(grouped(images)) \(images == 1 ? "image" : "images"), "
                    + "\(grouped(parts)) \(parts == 1 ? "group" : "groups")"
            } ?? "\(grouped(images)) \(images == 1 ? "image" : "images"), "
            + "\(grouped(labels.count)) \(labels.count == 1 ? "label" : "labels")"
        return content
            + (skippedGroups.isEmpty
                ? ""
                : "; skipped: "
                    + skippedGroups.prefix(DatasetOverview.shownGroups).map { group, count in
                        "\(grouped(count)) \(count == 1 ? group.singular : group)"
                    }.joined(separator: ", ") + more)
    }

    /// Lines for the user about formats, total size, image sizes, orientation and conversion.
    package var facts: [String] {
        var lines: [String] = []
        let formats = formats.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        lines.append(
            "formats: " + formats.map { "\(grouped($0.value)) \($0.key)" }.joined(separator: ", ")
                + "; \(grouped(bytes.saturatingAdding(512) / 1024)) KiB in total")
        if let common = sizes.first {
            let smallest = sizes.min { ($0.pixels, $0.width) < ($1.pixels, $1.width) } ?? common
            let largest = sizes.max { ($0.pixels, $0.width) < ($1.pixels, $1.width) } ?? common
            let range = "\(smallest.text) to \(largest.text) pixels, most frequently \(common.text) (\(grouped(common.images)))"
            let list = sizes.map { "\($0.text) (\(grouped($0.images)))" }.joined(separator: ", ") + " pixels"
            lines.append(sizes.count == 1 ? "size: \(common.text) pixels" : "sizes: " + (sizes.count <= 4 ? list : range))
        }
        let turned = orientations.filter { $0.key != "1" }.sorted { $0.key < $1.key }
        lines.append(
            turned.isEmpty
                ? "orientation: no image has an EXIF orientation other than 1"
                : "orientation: "
                    + turned.map { "\(grouped($0.value)) with EXIF orientation \($0.key)" }
                    .joined(separator: ", ") + "; all models get them upright")
        if let conversion { lines.append("conversion: \(conversion)") }
        return lines
    }

    /// The output of `assay dataset --json`: labels are members keyed by name.
    package var json: JSONValue {
        func counts(_ counts: [String: Int]) -> JSONValue { .object(counts.mapValues { .int(Int64($0)) }) }
        return [
            "images": .int(Int64(images)), "bytes": .int(Int64(bytes)), "summary": .string(summary),
            "labels": .object(
                Dictionary(
                    labels.map { label in
                        var members: [String: JSONValue] = ["images": .int(Int64(label.images))]
                        if !label.parts.isEmpty { members["parts"] = counts(label.parts) }
                        return (label.name, .object(members))
                    }, uniquingKeysWith: { first, _ in first })),
            "formats": counts(formats), "orientations": counts(orientations),
            "sizes": .array(
                sizes.map {
                    ["width": .int(Int64($0.width)), "height": .int(Int64($0.height)), "images": .int(Int64($0.images))]
                }),
            "conversion": conversion.map { .string($0) } ?? .null,
            "skipped": .array(skipped.map { ["path": .string($0.path), "reason": .string($0.reason)] }),
            "warnings": .array(
                warnings.map { warning in
                    [
                        "code": .string(warning.code), "message": .string(warning.message),
                        "hint": warning.hint.map { .string($0) } ?? .null,
                    ]
                }),
        ]
    }
}

extension DatasetOverview.Size {
    /// `640×480`.
    fileprivate var text: String { "\(width)×\(height)" }
    fileprivate var pixels: Int { width.saturatingMultiplied(by: height) }
}

extension String {
    /// The group name for a single file: `duplicate names` becomes `duplicate name`.
    fileprivate var singular: String { !hasPrefix(".") && hasSuffix("s") && contains(" ") ? String(dropLast()) : self }
}

/// A number with thousands separators.
private func grouped(_ number: Int) -> String {
    let digits = String(number)
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0, digits[digits.index(digits.startIndex, offsetBy: index - 1)] != "-" {
            text.append(",")
        }
        text.append(digit)
    }
    return text
}
