// Finds doubtful labels of a dataset: similar names, rare labels, one image with two labels.

package import Basics
import Foundation
package import Specification

/// Checks of a dataset's labels and images that need only the manifest's values.
package enum DatasetFindings {
    /// The properties of an image that the checks use.
    package struct Image: Hashable, Sendable {
        /// Relative to the dataset's root.
        package var path: String
        /// The label after all conversions of its name.
        package var label: String
        /// The part that the dataset assigns; `nil` for none.
        package var part: SplitPart?
        /// `nil` when the bytes have not been read.
        package var digest: Digest?

        /// - Parameter digest: `nil` when the bytes have not been read; checks for duplicates then skip the image.
        package init(path: String, label: String, part: SplitPart?, digest: Digest?) {
            self.path = path
            self.label = label
            self.part = part
            self.digest = digest
        }
    }

    /// The largest number of list entries in a message.
    private static let shown = 5

    /// Checks that the labels are usable for classification.
    /// - Throws: `DatasetError` for labels that are indistinguishable, for fewer than two labels, and for two files
    /// with the same name in two Unicode spellings.
    package static func requireLabels(_ images: [Image]) throws(DatasetError) {
        var labels: [ExactText: String] = [:]
        for image in images { labels[ExactText(image.label)] = image.label }
        var normalized: [String: String] = [:]
        for label in labels.values.sorted(by: precedesByBytes) {
            let key = label.precomposedStringWithCompatibilityMapping
            if let other = normalized.updateValue(label, forKey: key) {
                throw .labelsEqualAfterNormalization([other, label])
            }
        }
        guard labels.count >= 2 else {
            guard let label = labels.values.first else { throw .noImages }
            throw .oneLabel(label)
        }
        // String compares by canonical equivalence: two spellings are one key.
        var paths: [String: String] = [:]
        paths.reserveCapacity(images.count)
        for image in images {
            if let other = paths.updateValue(image.path, forKey: image.path) {
                throw .pathsEqualAfterNormalization([other, image.path].sorted(by: precedesByBytes))
            }
        }
    }

    /// Warnings about the labels that a person should read before trusting a result, each with a remedy.
    /// - Parameter skipped: the files that are not among the images.
    package static func warnings(
        _ images: [Image], skipped: [SkippedFile] = [], layout: DatasetSpec.Layout?
    ) -> [DatasetOverview.Warning] {
        let counts = images.reduce(into: [String: Int]()) { $0[$1.label, default: 0] += 1 }
        let labels = counts.keys.sorted(by: precedesByBytes)
        return rare(labels, counts) + similar(labels) + missingValues(labels) + partsAsLabels(labels, layout) + twice(images)
            + misnamed(skipped)
    }

    private static func rare(_ labels: [String], _ counts: [String: Int]) -> [DatasetOverview.Warning] {
        let rare = labels.filter { counts[$0] == 1 }
        guard !rare.isEmpty else { return [] }
        return [
            .init(
                code: "rare-label",
                message:
                    "\(rare.count == 1 ? "a label has" : "\(rare.count) labels have") only one image: \(list(rare.map(quoted)))",
                hint: "add images, or exclude such labels: 'labels: { min_images: 2 }' in the dataset")
        ]
    }

    private static func similar(_ labels: [String]) -> [DatasetOverview.Warning] {
        func groups(_ key: (String) -> String) -> [[String]] {
            Dictionary(grouping: labels, by: key).values.filter { $0.count > 1 }.map { $0.sorted(by: precedesByBytes) }
                .sorted { precedesByBytes($0[0], $1[0]) }
        }
        var warnings: [DatasetOverview.Warning] = []
        let byCase = groups(\.caseFolded)
        if !byCase.isEmpty {
            warnings.append(
                .init(
                    code: "similar-labels",
                    message:
                        "labels differ only in upper and lower case: \(list(byCase.map { $0.map(quoted).joined(separator: ", ") }))",
                    hint: "if they are the same label, merge them: 'label: { case: lower }' for a table, or one folder"))
        }
        let bySpaces = groups { label in
            String(
                label.caseFolded.unicodeScalars.filter {
                    !$0.properties.isWhitespace && $0.properties.generalCategory != .format && $0 != "_" && $0 != "-"
                }.map(Character.init))
        }.filter { Set($0.map(\.caseFolded)).count > 1 }
        if !bySpaces.isEmpty {
            warnings.append(
                .init(
                    code: "similar-labels",
                    message: "labels differ only in spaces, '_', '-' or invisible characters: "
                        + list(bySpaces.map { $0.map(quoted).joined(separator: ", ") }),
                    hint: "if they are the same label, rename one of the folders or correct the table"))
        }
        return warnings
    }

    /// Spellings of a missing value that data frames and spreadsheets write; `none` and `NA` are more often labels.
    private static let missing: Set<String> = ["nan", "null", "n/a", "#n/a", "<na>", "undefined"]

    private static func missingValues(_ labels: [String]) -> [DatasetOverview.Warning] {
        let found = labels.filter { missing.contains($0.lowercased()) }
        guard let first = found.first else { return [] }
        return [
            .init(
                code: "missing-value",
                message: (found.count == 1 ? "a label looks" : "\(found.count) labels look")
                    + " like a missing value: \(list(found.map(quoted)))",
                hint: "if these images have no label, exclude them: 'labels: { except: [\"\(first)\"] }' in the dataset")
        ]
    }

    private static func partsAsLabels(
        _ labels: [String], _ layout: DatasetSpec.Layout?
    ) -> [DatasetOverview.Warning] {
        guard let layout, !layout.hasParts, labels.count > 1, labels.allSatisfy({ SplitPart(folder: $0) != nil })
        else { return [] }
        return [
            .init(
                code: "layout-hint",
                message: "the labels are \(list(labels.map(quoted))): these look like parts of a split, not like labels",
                hint: "'layout: split-folders' expects a folder per label in each of them")
        ]
    }

    private static func twice(_ images: [Image]) -> [DatasetOverview.Warning] {
        var byDigest: [Digest: [Image]] = [:]
        for image in images { if let digest = image.digest { byDigest[digest, default: []].append(image) } }
        let groups = byDigest.values.filter { group in group.contains { $0.label != group[0].label } }
            .map { $0.sorted { precedesByBytes($0.path, $1.path) } }.sorted { precedesByBytes($0[0].path, $1[0].path) }
        guard !groups.isEmpty else { return [] }
        return [
            .init(
                code: "same-image-two-labels",
                message: "\(groups.count == 1 ? "one image is" : "\(groups.count) images are") under more than one label: "
                    + list(
                        groups.map { group in
                            group.map { "\($0.path) (\(quoted($0.label))\($0.part.map { ", \($0.rawValue)" } ?? ""))" }
                                .joined(separator: " = ")
                        }, separator: "; "),
                hint: "no model can answer both correctly: remove the wrong copy")
        ]
    }

    private static func misnamed(_ skipped: [SkippedFile]) -> [DatasetOverview.Warning] {
        let images = skipped.filter { $0.isImage == true }
        guard !images.isEmpty else { return [] }
        return [
            .init(
                code: "skipped-images",
                message:
                    "\(images.count == 1 ? "one image is" : "\(images.count) images are") skipped because of its extension or "
                    + "format: \(list(images.map { "\($0.path) (\($0.reason))" }))",
                hint: "give such files the extension of their format, or convert them to JPEG or PNG")
        ]
    }

    /// The labels without images in a part that an evaluation or a training reads; `nil` if there are none. Small
    /// percentages cause this, and parts that the dataset defines.
    /// - Parameter name: the part's name, such as `main.test`.
    package static func absentLabels(in name: String, _ part: SplitExamples) -> DatasetOverview.Warning? {
        // Items of other tasks have no labels; a part without any images is an error.
        guard let first = part.examples.first, first.item == nil else { return nil }
        let present = Set(part.examples.map { ExactText($0.label) })
        let absent = part.labels.filter { !present.contains(ExactText($0)) }
        guard !absent.isEmpty else { return nil }
        return .init(
            code: "label-without-images",
            message: "'\(name)' has no images of "
                + (absent.count == 1 ? "the label " : "\(absent.count) of \(part.labels.count) labels: ")
                + list(absent.map(quoted)),
            hint: "give the part more images, or exclude rare labels: 'labels: { min_images: N }' in the dataset")
    }

    /// Labels that are ambiguous in a prompt's list of labels, checked against the list formats that the prompt uses.
    package static func separatorWarnings(
        _ labels: [String], prompts: [(name: String, prompt: PromptSpec)]
    ) -> [DatasetOverview.Warning] {
        prompts.compactMap { name, prompt in
            let forms = prompt.labelForms
            let unclear = labels.filter { label in forms.contains { $0.isAmbiguous(label) } }
            guard !unclear.isEmpty else { return nil }
            return .init(
                code: "label-separator",
                message: "the prompt '\(name)' separates labels by commas, and \(list(unclear.map(quoted))) "
                    + "\(unclear.count == 1 ? "contains" : "contain") one",
                hint: "'{{ labels | list }}' puts each label on a line, '{{ labels | json }}' writes a JSON array")
        }
    }

    /// Variables of the task that a prompt contains although the table has no column for them: they would be sent as they are.
    /// - Parameter roles: the task's columns with variables.
    package static func variableWarnings(
        _ roles: [String], given items: [ItemEntry], prompts: [(name: String, prompt: PromptSpec)]
    ) -> [DatasetOverview.Warning] {
        let given = items.reduce(into: Set<String>()) { $0.formUnion(($1.variables ?? [:]).keys) }
        return prompts.flatMap { name, prompt in
            prompt.variableNames.filter { roles.contains($0) && !given.contains($0) }.sorted().map { variable in
                DatasetOverview.Warning(
                    code: "missing-variable",
                    message: "the prompt '\(name)' contains '{{ \(variable) }}', but the table has no column for it",
                    hint: "name the column, 'columns: { \(variable): COLUMN }' in the dataset, or remove the variable")
            }
        }
    }

    private static func list(_ items: [String], separator: String = ", ") -> String {
        items.prefix(shown).joined(separator: separator)
            + (items.count > shown ? "\(separator)and \(items.count - shown) more" : "")
    }

    private static func quoted(_ text: String) -> String { "'\(text)'" }
}
