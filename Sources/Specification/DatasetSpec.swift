// Where the images come from and how their labels are read.

/// The images of an experiment and their labels.
package struct DatasetSpec: Hashable, Sendable, Codable {
    /// The one of `archive`, `folder`, `table` and `generate` that is given.
    package var source: Source
    /// Pins the archive: 64 hexadecimal digits.
    package var sha256: String?
    /// How folders determine labels.
    package var layout: Layout
    /// Which columns of a table hold path, label and part.
    package var columns: TableColumns?
    /// The folder that a table's paths start from; `nil` for the table's own.
    package var root: FileReference?
    /// Which labels take part; `nil` for all.
    package var labels: LabelSelection?
    /// How a folder's name becomes a label.
    package var label: LabelSpec
    /// What the dataset will hold, so that a plan can be forecast before it is there.
    package var expect: ExpectSpec?
    /// Whether to go on without images that do not decode (they are named).
    package var skipUnreadable: Bool
    /// Whether images are stored again as smaller or RGB ones.
    package var convert: ConvertSpec?

    package init(
        source: Source, sha256: String? = nil, layout: Layout = .folderPerLabel, columns: TableColumns? = nil,
        root: FileReference? = nil, labels: LabelSelection? = nil, label: LabelSpec = LabelSpec(), expect: ExpectSpec? = nil, skipUnreadable: Bool = false,
        convert: ConvertSpec? = nil
    ) {
        self.source = source
        self.sha256 = sha256
        self.layout = layout
        self.columns = columns
        self.root = root
        self.labels = labels
        self.label = label
        self.expect = expect
        self.skipUnreadable = skipUnreadable
        self.convert = convert
    }
}

extension DatasetSpec {
    package enum Source: Hashable, Sendable, Codable {
        /// A tar, tar.gz or zip, local or at a URL.
        case archive(FileReference)
        case folder(FileReference)
        /// A table of paths, labels and optionally parts: CSV and its relatives, JSON Lines or Parquet.
        case table(FileReference)
        /// Pictures drawn here.
        case generate(GenerateSpec)
    }

    package enum Layout: String, Hashable, Sendable, Codable, CaseIterable {
        /// One folder per label, with the images directly in it.
        case folderPerLabel = "folder-per-label"
        /// The first folder names the label, whatever folders are below it.
        case topFolder = "top-folder"
        /// The folder that holds an image names its label, however deep it is.
        case nearestFolder = "nearest-folder"
        /// The whole path of folders is the label: `cat/2023`.
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
    /// Whether a folder above the labels names the part.
    package var hasParts: Bool {
        switch self {
        case .folderPerLabel, .topFolder, .nearestFolder, .folderPath: false
        case .splitFolders, .splitTopFolder, .splitNearestFolder, .splitFolderPath: true
        }
    }
}
