// Computes the statistics of a dataset from its manifest.

package import Basics
package import Specification

extension DatasetOverview {
    /// Counts a manifest's images and adds the skipped files and the warnings.
    package init(
        _ manifest: DatasetManifest, skipped: [SkippedFile], warnings: [Warning]
    ) {
        var labels: [Label] = []
        var formats: [String: Int] = [:], orientations: [String: Int] = [:]
        var sizes: [[Int]: Int] = [:]
        var bytes = 0
        var seen: Set<ExactText> = []
        for entry in manifest.entries {
            // Several items may use the same image.
            if manifest.hasItems, !seen.insert(ExactText(entry.path)).inserted { continue }
            bytes += entry.bytes
            if !manifest.hasItems {
                if labels.last?.name != entry.label { labels.append(Label(name: entry.label, images: 0)) }
                labels[labels.count - 1].images += 1
                if let part = entry.part { labels[labels.count - 1].parts[part.rawValue, default: 0] += 1 }
            }
            formats[entry.format ?? "unknown", default: 0] += 1
            orientations[String(entry.orientation ?? 1), default: 0] += 1
            // A size of zero means that the file's header does not contain the size.
            if entry.width > 0 { sizes[[entry.width, entry.height], default: 0] += 1 }
        }
        self.init(
            images: manifest.hasItems ? seen.count : manifest.entries.count, bytes: bytes, labels: labels,
            formats: formats, orientations: orientations,
            sizes: sizes.map { Size(width: $0.key[0], height: $0.key[1], images: $0.value) }
                .sorted { ($1.images, $0.width, $0.height) < ($0.images, $1.width, $1.height) },
            skipped: skipped.sorted { precedesByBytes($0.path, $1.path) }, warnings: warnings)
        guard manifest.hasItems else { return }
        items = manifest.entries.count
        groups = Set(manifest.entries.map { ExactText($0.item?.group ?? $0.path) }).count
    }
}

extension DatasetManifest {
    /// The images in the form that ``DatasetFindings`` checks.
    package var findingImages: [DatasetFindings.Image] {
        entries.map { .init(path: $0.path, label: $0.label, part: $0.part, digest: $0.digest) }
    }
}
