// The images of an experiment and how their labels are read.

/// The images of an experiment and their labels.
package struct DatasetSpec: Hashable, Sendable, Codable {
    /// The source: exactly one of `archive`, `folder`, `table`, `coco`, `voc` and `generate`, or a folder of clips.
    package var source: Source
    /// The expected SHA-256 digest of the archive: 64 hexadecimal digits; `nil` accepts any.
    package var sha256: String?
    /// The rule by which folders determine labels and parts.
    package var layout: Layout
    /// The columns of a table; `nil` finds them by their usual names.
    package var columns: TableColumns?
    /// The folder to which a table's paths are relative; `nil` for the table's own folder.
    package var root: FileReference?
    /// The frames to take from clips; `nil` for a dataset of images.
    package var frames: FramesSpec?
    /// The labels that are included; `nil` for all.
    package var labels: LabelSelection?
    /// The rule that derives a label from a folder name.
    package var label: LabelSpec
    /// The expected contents, so that a plan can be forecast before the dataset is downloaded.
    package var expect: ExpectSpec?
    /// Whether unreadable images are skipped and listed instead of being an error.
    package var skipUnreadable: Bool
    /// The conversion applied to every image; `nil` for none.
    package var convert: ConvertSpec?

    /// - Parameter labels: `nil` includes all labels.
    package init(
        source: Source, sha256: String? = nil, layout: Layout = .folderPerLabel, columns: TableColumns? = nil,
        root: FileReference? = nil, frames: FramesSpec? = nil, labels: LabelSelection? = nil, label: LabelSpec = LabelSpec(),
        expect: ExpectSpec? = nil,
        skipUnreadable: Bool = false,
        convert: ConvertSpec? = nil
    ) {
        self.source = source
        self.sha256 = sha256
        self.layout = layout
        self.columns = columns
        self.root = root
        self.frames = frames
        self.labels = labels
        self.label = label
        self.expect = expect
        self.skipUnreadable = skipUnreadable
        self.convert = convert
    }
}

extension DatasetSpec {
    /// The source of the images. It determines which other keys of the dataset apply.
    package enum Source: Hashable, Sendable, Codable {
        /// A tar, tar.gz or zip archive, local or at a URL.
        case archive(FileReference)
        case folder(FileReference)
        /// A table of paths, labels and optionally parts: CSV or a variant of it, JSON Lines or Parquet.
        case table(FileReference)
        /// COCO's annotations: one JSON file with `images`, `annotations` and `categories`.
        case coco(FileReference)
        /// Pascal VOC's annotations: a folder with an XML file for each image.
        case voc(FileReference)
        /// Pictures drawn by the program.
        case generate(GenerateSpec)
    }

    /// The rule by which folders determine labels and parts.
    package enum Layout: String, Hashable, Sendable, Codable, CaseIterable {
        /// One folder per label, with the images directly in it.
        case folderPerLabel = "folder-per-label"
        /// The top-level folder names the label, at any depth.
        case topFolder = "top-folder"
        /// The folder that contains an image names its label, at any depth.
        case nearestFolder = "nearest-folder"
        /// The whole folder path is the label: `cat/2023`.
        case folderPath = "folder-path"
        /// `folder-per-label` below one folder per part: `train`, `val` or `validation`, `test`.
        case splitFolders = "split-folders"
        /// `top-folder` below one folder per part.
        case splitTopFolder = "split-top-folder"
        /// `nearest-folder` below one folder per part.
        case splitNearestFolder = "split-nearest-folder"
        /// `folder-path` below one folder per part.
        case splitFolderPath = "split-folder-path"
    }
}

extension DatasetSpec.Layout {
    /// Whether the top-level folders name the parts.
    package var hasParts: Bool {
        switch self {
        case .folderPerLabel, .topFolder, .nearestFolder, .folderPath: false
        case .splitFolders, .splitTopFolder, .splitNearestFolder, .splitFolderPath: true
        }
    }
}
