// Steps from files to examples: fetch, index, split, check for leaks.

package import Basics
package import Specification
package import TaskKit

/// Downloads an archive.
package struct FetchArchive: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var url: String
        /// Pinned bytes; the download is refused when they differ.
        package var sha256: Digest?
    }

    package struct Settings: StepSettings {
        /// The address for messages: as the spec writes it, so that no value of an environment variable is shown.
        package var shownURL: String
    }

    package var identity: Identity
    package var settings: Settings

    /// - Parameter shownURL: the address as the spec writes it, where that differs.
    package init(url: String, sha256: Digest?, shownURL: String? = nil) {
        identity = Identity(url: url, sha256: sha256)
        settings = Settings(shownURL: shownURL ?? url)
    }

    package static let archive = "archive"
}

/// Lists the images of a dataset with labels, digests and sizes.
package struct IndexDataset: Hashable, Sendable, Codable {
    package enum Source: Hashable, Sendable, Codable {
        /// The archive comes from `fetch-archive`.
        case fetched
        /// A local archive by its content.
        case archive(Digest)
        /// A folder by the names and contents of its images.
        case folder(Digest)
        /// A table by its content and that of the images it lists.
        case table(Digest)
        case generate(GenerateSpec)
    }

    package struct Identity: StepIdentity {
        package var source: Source
        package var layout: DatasetSpec.Layout
        package var label: LabelSpec
        package var skipUnreadable: Bool
        package var convert: ConvertSpec?
        /// The columns of a table that the spec names.
        package var columns: TableColumns?
        /// The labels that take part.
        package var labels: LabelSelection?
        /// The task whose references are read, with the options that decide how; `nil` for classification.
        package var task: TaskChoice?
    }

    package struct Settings: StepSettings {
        /// Where the archive, folder or table is; `nil` for what is fetched or generated.
        package var path: String?
        /// The folder that a table's paths start from; `nil` for the table's own.
        package var root: String?
    }

    package var identity: Identity
    package var settings: Settings

    package init(
        source: Source, layout: DatasetSpec.Layout, label: LabelSpec, skipUnreadable: Bool, convert: ConvertSpec?,
        columns: TableColumns? = nil, labels: LabelSelection? = nil, task: TaskChoice? = nil, path: String?, root: String? = nil
    ) {
        identity = Identity(
            source: source, layout: layout, label: label, skipUnreadable: skipUnreadable, convert: convert,
            columns: columns, labels: labels, task: task)
        settings = Settings(path: path, root: root)
    }

    package static let manifest = "manifest"
    /// The `DatasetOverview`: counts, skipped files, warnings.
    package static let overview = "overview"
}

/// Deals the images of a dataset to training, validation and test.
package struct SplitDataset: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var rule: SplitSpec
        /// `--limit`: examples a label in each part.
        package var limit: Int?
    }

    package var identity: Identity
    package var settings = NoSettings()

    package init(rule: SplitSpec, limit: Int?) { identity = Identity(rule: rule, limit: limit) }

    /// An output for each part, named as the part: what reads the test images is not touched by a change of
    /// the training images.
    package static func output(_ part: SplitPart) -> String { part.rawValue }
}

/// Looks for the same image in two parts of a split.
package struct CheckLeaks: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        /// Bits in which the 64-bit perceptual hashes of two images may differ to count as nearly the same.
        package var nearDistance: Int
    }

    package var identity: Identity
    package var settings = NoSettings()

    package init(nearDistance: Int) { identity = Identity(nearDistance: nearDistance) }

    package static let leaks = "leaks"
}
