// Classifies the files of a dataset by name: images, files to inspect, and files to skip and list.

package import Basics

/// The role of a file in a dataset, determined from its name alone.
package enum FileRole: Hashable, Sendable {
    /// An image, according to its extension.
    case image
    /// A name without a usual extension; the file's first bytes decide.
    case unknown
    /// Not an image, or an image in an unsupported format.
    case skipped(reason: String, group: String)

    private static let read: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "pjpeg", "pjp", "png", "apng", "webp", "bmp", "dib", "gif", "tif", "tiff",
    ]
    private static let otherImages: Set<String> = [
        "heic", "heif", "hif", "avif", "jxl", "jp2", "j2k", "jpx", "jpf", "svg", "svgz", "ico", "psd", "raw", "cr2", "cr3",
        "nef", "arw", "dng", "orf", "rw2", "raf", "tga", "pbm", "pgm", "ppm", "pnm", "exr", "hdr", "pcx", "eps", "dcm",
    ]
    /// Extensions of files that are never images.
    private static let others: Set<String> = [
        "txt", "md", "rst", "log", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "toml", "ini", "cfg", "html", "htm",
        "css",
        "js", "py", "ipynb", "sh", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "tar", "gz", "tgz", "bz2", "xz",
        "7z",
        "rar", "mp4", "mov", "avi", "mkv", "webm", "mp3", "wav", "npy", "npz", "mat", "h5", "hdf5", "pt", "pth", "onnx",
        "safetensors", "parquet", "db", "sqlite", "lock",
    ]
    private static let systemNames: Set<String> = [
        "thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information", "icon\r",
        "lost+found",
    ]

    private static let clips: Set<String> = [
        "avi", "mp4", "m4v", "mov", "mkv", "webm", "mpg", "mpeg", "m2v", "ts", "mts", "m2ts", "wmv", "flv", "3gp", "3g2", "ogv",
        "vob",
        "mjpeg",
    ]

    /// Whether a path names a video clip: it has the extension of one, and is not hidden.
    package static func isClip(_ path: String) -> Bool {
        FileRole(path: path).isCounted && (ending(of: path).map { clips.contains($0) } ?? false)
    }

    /// Determines the role.
    /// - Parameter path: relative to the dataset's root.
    package init(path: String) {
        let components = path.pathParts
        if components.contains(where: { $0.hasPrefix(".") }) {
            self = .skipped(reason: "hidden file", group: "hidden")
            return
        }
        if components.contains(where: { FileRole.systemNames.contains($0.lowercased()) }) {
            self = .skipped(reason: "file of an operating system", group: "of the operating system")
            return
        }
        guard let ending = FileRole.ending(of: path) else {
            self = .unknown
            return
        }
        if FileRole.read.contains(ending) {
            self = .image
        } else if FileRole.otherImages.contains(ending) {
            self = .skipped(reason: ".\(ending) images are not supported", group: ".\(ending)")
        } else {
            self = .skipped(reason: "not an image (.\(ending))", group: ".\(ending)")
        }
    }

    /// Whether the file counts as content: it is neither hidden nor created by the operating system.
    package var isCounted: Bool {
        guard case .skipped(_, let group) = self else { return true }
        return group != "hidden" && group != "of the operating system"
    }

    /// Whether the file name indicates an image, including formats that are not supported.
    package static func hasImageExtension(_ path: String) -> Bool {
        ending(of: path).map { read.contains($0) || otherImages.contains($0) } ?? false
    }

    /// Whether a file that is skipped because of its extension may nevertheless contain an image.
    package static func isUncertain(_ path: String) -> Bool {
        ending(of: path).map { !read.contains($0) && !otherImages.contains($0) && !others.contains($0) } ?? false
    }

    /// The list entry for a file that contains an image but has another extension; `nil` for other contents, for
    /// images, and for files that are hidden or belong to the operating system.
    /// - Parameter format: the image format according to the first bytes; `nil` for none.
    package static func misnamed(_ path: String, format: String?) -> SkippedFile? {
        guard let format, isUncertain(path), let ending = ending(of: path), case .skipped(_, let group) = FileRole(path: path),
            group == "." + ending
        else { return nil }
        return SkippedFile(
            path: path, reason: "a \(format) image whose name ends with .\(ending); rename it", group: group, isImage: true)
    }

    /// The extension in lower case: at most eight ASCII letters and digits, with at least one letter, after the last
    /// dot of the file name.
    private static func ending(of path: String) -> String? {
        guard let name = path.pathParts.last, let dot = name.lastIndex(of: "."), dot != name.startIndex
        else { return nil }
        let ending = name[name.index(after: dot)...].lowercased()
        guard (1...8).contains(ending.utf8.count), ending.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }),
            ending.contains(where: \.isLetter)
        else { return nil }
        return ending
    }
}

/// Whether a path names an image: it has the extension of a supported format, and it is neither hidden nor a
/// companion file that an archiver adds.
package func isImagePath(_ path: String) -> Bool { FileRole(path: path) == .image }
