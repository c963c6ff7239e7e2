// Steps from files to examples: fetch, index, split, check for leaks.

package import Basics
package import Specification
package import TaskKit

/// Downloads an archive of images or a file of weights; the output `archive` holds the bytes.
package struct FetchArchive: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The download address, with environment variables resolved.
        package var url: String
        /// The expected digest of the archive; a download with another digest is refused.
        package var sha256: Digest?
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The address for messages, as the spec writes it, so that no value of an environment variable is shown.
        package var shownURL: String
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: Settings

    /// Creates the work of a download step.
    /// - Parameter shownURL: the address as the spec writes it, where that differs.
    package init(url: String, sha256: Digest?, shownURL: String? = nil) {
        identity = Identity(url: url, sha256: sha256)
        settings = Settings(shownURL: shownURL ?? url)
    }

    /// The output with the downloaded bytes.
    package static let archive = "archive"
}

/// Lists the images of a dataset with labels, digests and sizes.
package struct IndexDataset: Hashable, Sendable, Codable {
    /// The origin of the images.
    package enum Source: Hashable, Sendable, Codable {
        /// The archive comes from a `fetch-archive` step.
        case fetched
        /// A local archive, by content.
        case archive(Digest)
        /// A folder, by the names and contents of its images.
        case folder(Digest)
        /// A table, by its content and by the contents of the images it lists.
        case table(Digest)
        /// COCO's annotations, by their content and by the contents of the images they list.
        case coco(Digest)
        /// Pascal VOC's annotations, by their contents and by the contents of the images they list.
        case voc(Digest)
        case generate(GenerateSpec)
    }

    /// The frames that are taken from clips; see ``FramesSpec``.
    package struct Frames: Hashable, Sendable, Codable {
        /// The number of frames of each clip.
        package var count: Int
        /// A separator: clips with equal file names before its last occurrence have the same source; `nil` for none.
        package var groupBefore: String?

        /// The part of a spec's setting that determines the frames.
        package init(_ spec: FramesSpec) {
            count = spec.count
            groupBefore = spec.groupBefore
        }
    }

    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The origin of the images, by content where it is local.
        package var source: Source
        /// The folder layout that determines labels and parts.
        package var layout: DatasetSpec.Layout
        /// The rule that turns folder names or table cells into labels.
        package var label: LabelSpec
        /// Whether images that do not decode are skipped instead of failing the step.
        package var skipUnreadable: Bool
        /// The conversion of every image; `nil` keeps the files as they are.
        package var convert: ConvertSpec?
        /// The columns of a table, where the spec names them.
        package var columns: TableColumns?
        /// The labels to include; `nil` for all.
        package var labels: LabelSelection?
        /// The task and those of its options that affect how references are read; `nil` for classification.
        package var task: TaskChoice?
        /// The frames of clips; `nil` for images.
        package var frames: Frames?
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The path of the archive, folder or table; `nil` for fetched or generated datasets.
        package var path: String?
        /// The root folder of a table's paths; `nil` for the table's own folder.
        package var root: String?
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: Settings

    /// Creates the work of an indexing step; `path` and `root` are settings, everything else is part of the key.
    package init(
        source: Source, layout: DatasetSpec.Layout, label: LabelSpec, skipUnreadable: Bool, convert: ConvertSpec?,
        columns: TableColumns? = nil, labels: LabelSelection? = nil, task: TaskChoice? = nil,
        frames: Frames? = nil, path: String?, root: String? = nil
    ) {
        identity = Identity(
            source: source, layout: layout, label: label, skipUnreadable: skipUnreadable, convert: convert,
            columns: columns, labels: labels, task: task, frames: frames)
        settings = Settings(path: path, root: root)
    }

    /// The output with the `DatasetManifest`.
    package static let manifest = "manifest"
    /// The output with the `DatasetOverview`: counts, skipped files, warnings.
    package static let overview = "overview"
}

/// Assigns the images of a dataset to training, validation and test.
package struct SplitDataset: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The sizes of the parts, the order and the seed.
        package var rule: SplitSpec
        /// `--limit`: at most this many examples per label in each part.
        package var limit: Int?
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// A split needs no settings.
    package var settings = NoSettings()

    /// - Parameter limit: at most this many examples per label in each part; `nil` for all.
    package init(rule: SplitSpec, limit: Int?) { identity = Identity(rule: rule, limit: limit) }

    /// The output for a part, named after the part. Parts are separate outputs, so that a change of the training
    /// images does not affect steps that read only the test images.
    package static func output(_ part: SplitPart) -> String { part.rawValue }
}

/// Searches for images that occur in two parts of a split.
package struct CheckLeaks: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The number of differing bits of two 64-bit perceptual hashes up to which images count as near-duplicates.
        package var nearDistance: Int
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// A leak check needs no settings.
    package var settings = NoSettings()

    /// - Parameter nearDistance: the largest number of differing hash bits, from 0 to 64.
    package init(nearDistance: Int) { identity = Identity(nearDistance: nearDistance) }

    /// The output with the `LeakReport`.
    package static let leaks = "leaks"
}
