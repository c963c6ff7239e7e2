// Where the images come from and how their labels are read.

/// The images of an experiment and their labels.
package struct DatasetSpec: Hashable, Sendable, Codable {
    /// The one of `archive`, `folder`, `table` and `generate` that is given.
    package var source: Source
    /// Pins the archive: 64 hexadecimal digits.
    package var sha256: String?
    /// How folders tell labels.
    package var layout: Layout
    /// How a folder's name becomes a label.
    package var label: LabelSpec
    /// What the dataset will hold, so that a plan can be forecast before it is there.
    package var expect: ExpectSpec?
    /// Whether to go on without images that do not decode (they are named).
    package var skipUnreadable: Bool
    /// Whether images are stored again as smaller or RGB ones.
    package var convert: ConvertSpec?

    package init(
        source: Source, sha256: String? = nil, layout: Layout = .folderPerLabel,
        label: LabelSpec = LabelSpec(), expect: ExpectSpec? = nil, skipUnreadable: Bool = false,
        convert: ConvertSpec? = nil
    ) {
        self.source = source
        self.sha256 = sha256
        self.layout = layout
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
        /// A CSV file with the columns `path`, `label` and, where wanted, `split`.
        case table(FileReference)
        /// Pictures drawn here.
        case generate(GenerateSpec)
    }

    package enum Layout: String, Hashable, Sendable, Codable, CaseIterable {
        /// The folder that holds an image names its label.
        case folderPerLabel = "folder-per-label"
        /// The same below one folder a part: `train`, `val` or `validation`, `test`.
        case splitFolders = "split-folders"
    }
}
