// The contents of a dataset in numbers: what was read, what was skipped and why.

/// A file of a dataset that is not among its images.
package struct SkippedFile: Hashable, Sendable, Codable {
    /// Relative to the dataset's root; the path of an empty folder ends with `/`.
    package var path: String
    /// Why it was skipped, as a person reads it.
    package var reason: String
    /// The words under which a summary counts it: `.gif`, `hidden`, `unreadable`.
    package var group: String
    /// `true` for an image by its bytes that is not read, because of its name or its format.
    package var isImage: Bool?

    package init(path: String, reason: String, group: String, isImage: Bool? = nil) {
        self.path = path
        self.reason = reason
        self.group = group
        self.isImage = isImage
    }
}

/// Counts of a dataset's images, and every file that is not among them.
package struct DatasetOverview: Hashable, Sendable, Codable {
    package struct Label: Hashable, Sendable, Codable {
        package var name: String
        package var images: Int
        /// Images in each part that the dataset itself defines: `train`, `validation`, `test`.
        package var parts: [String: Int]

        package init(name: String, images: Int, parts: [String: Int] = [:]) {
            self.name = name
            self.images = images
            self.parts = parts
        }
    }

    /// Width and height in pixels, and how many images have them.
    package struct Size: Hashable, Sendable, Codable {
        package var width: Int
        package var height: Int
        package var images: Int

        package init(width: Int, height: Int, images: Int) {
            self.width = width
            self.height = height
            self.images = images
        }
    }

    /// Something about the data that a reader of the results must know.
    package struct Warning: Hashable, Sendable, Codable {
        /// A code of `docs/errors.md`.
        package var code: String
        package var message: String
        package var hint: String?

        package init(code: String, message: String, hint: String? = nil) {
            self.code = code
            self.message = message
            self.hint = hint
        }
    }

    package var images: Int
    /// Bytes of all images.
    package var bytes: Int
    /// Sorted by name.
    package var labels: [Label]
    /// Images by file format: `jpeg`, `png`, …
    package var formats: [String: Int]
    /// Images by EXIF orientation, `"1"` to `"8"`.
    package var orientations: [String: Int]
    /// The most frequent sizes first; equally frequent ones from small to large.
    package var sizes: [Size]
    /// Sorted by path.
    package var skipped: [SkippedFile]
    package var warnings: [Warning]
    /// Of tasks other than classification, the items and their groups; there are no labels then.
    package var items: Int?
    package var groups: Int?
    /// What `convert` changed, in words; `nil` where nothing was stored again.
    package var conversion: String?

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
    /// The images per group of skipped files, most frequent first.
    package var skippedGroups: [(group: String, count: Int)] {
        Dictionary(grouping: skipped, by: \.group).map { (group: $0.key, count: $0.value.count) }
            .sorted { ($1.count, $0.group) < ($0.count, $1.group) }
    }

    /// One line: `6,000 images, 120 labels; skipped: 3 .gif, 2 unreadable, 4 duplicate names`.
    package var summary: String {
        let skippedGroups = skippedGroups
        let content = items.map { items in
            let parts = self.groups ?? items
            return "\(grouped(items)) \(items == 1 ? "item" : "items"), \(grouped(images)) \(images == 1 ? "image" : "images"), "
                + "\(grouped(parts)) \(parts == 1 ? "group" : "groups")"
        } ?? "\(grouped(images)) \(images == 1 ? "image" : "images"), "
            + "\(grouped(labels.count)) \(labels.count == 1 ? "label" : "labels")"
        return content
            + (skippedGroups.isEmpty ? "" : "; skipped: " + skippedGroups.map { group, count in
                "\(grouped(count)) \(count == 1 ? group.singular : group)"
            }.joined(separator: ", "))
    }

    /// Lines on bytes, formats, sizes and orientation.
    package var facts: [String] {
        var lines: [String] = []
        let formats = formats.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        lines.append("formats: " + formats.map { "\(grouped($0.value)) \($0.key)" }.joined(separator: ", ")
            + "; \(grouped((bytes + 512) / 1024)) KiB in total")
        if let common = sizes.first {
            let smallest = sizes.min { ($0.pixels, $0.width) < ($1.pixels, $1.width) } ?? common
            let largest = sizes.max { ($0.pixels, $0.width) < ($1.pixels, $1.width) } ?? common
            let range = "\(smallest.text) to \(largest.text) pixels, most frequently \(common.text) (\(grouped(common.images)))"
            let list = sizes.map { "\($0.text) (\(grouped($0.images)))" }.joined(separator: ", ") + " pixels"
            lines.append(sizes.count == 1 ? "size: \(common.text) pixels" : "sizes: " + (sizes.count <= 4 ? list : range))
        }
        let turned = orientations.filter { $0.key != "1" }.sorted { $0.key < $1.key }
        lines.append(turned.isEmpty
            ? "orientation: no image has an EXIF orientation other than 1"
            : "orientation: " + turned.map { "\(grouped($0.value)) with EXIF orientation \($0.key)" }
                .joined(separator: ", ") + "; all models get them upright")
        if let conversion { lines.append("conversion: \(conversion)") }
        return lines
    }

    /// The overview as `assay dataset --json` prints it: labels are members by name.
    package var json: JSONValue {
        func counts(_ counts: [String: Int]) -> JSONValue { .object(counts.mapValues { .int(Int64($0)) }) }
        return [
            "images": .int(Int64(images)), "bytes": .int(Int64(bytes)), "summary": .string(summary),
            "labels": .object(Dictionary(labels.map { label in
                var members: [String: JSONValue] = ["images": .int(Int64(label.images))]
                if !label.parts.isEmpty { members["parts"] = counts(label.parts) }
                return (label.name, .object(members))
            }, uniquingKeysWith: { first, _ in first })),
            "formats": counts(formats), "orientations": counts(orientations),
            "sizes": .array(sizes.map {
                ["width": .int(Int64($0.width)), "height": .int(Int64($0.height)), "images": .int(Int64($0.images))]
            }),
            "conversion": conversion.map { .string($0) } ?? .null,
            "skipped": .array(skipped.map { ["path": .string($0.path), "reason": .string($0.reason)] }),
            "warnings": .array(warnings.map { warning in
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
    fileprivate var pixels: Int { width * height }
}

extension String {
    /// A group's words for one file: `duplicate names` is `duplicate name`.
    fileprivate var singular: String { !hasPrefix(".") && hasSuffix("s") && contains(" ") ? String(dropLast()) : self }
}

/// A number with commas between groups of three digits.
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
