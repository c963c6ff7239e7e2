// Finds images that a provider would refuse or silently skip, from the file headers, before anything is sent.

import Foundation
package import Planning
import Platform
package import ProviderKit
import VisionProtocol

/// An image that a provider would not accept unchanged, with the reason.
package struct ImageFinding: Hashable, Sendable {
    /// The path relative to the dataset.
    package var path: String
    /// The reason, as a phrase that continues the path: "is a BMP".
    package var reason: String
}

/// Checks images against the limits of providers. Opens each file but does not decode it.
package enum ImageCheck {
    /// Images that no example may contain: not JPEG, PNG or WEBP, or too large.
    ///
    /// - Parameter maxBytes: the provider's limit; `nil` for 10 MB, the smallest of any.
    /// - Throws: `FileError` if a file cannot be opened.
    package static func refused(
        _ examples: [Example], _ images: [[ImageFile]], maxBytes: Int? = nil
    ) throws -> [ImageFinding] {
        let most = maxBytes ?? ImageHead.maxTrainingBytes
        return try findings(examples, images) { head, image in
            if image.bytes > most { return "has \(image.bytes) bytes, more than \(most / 1_000_000) MB" }
            guard let head else { return try whatItIs(image) }
            return head.format.isAcceptedByProviders ? nil : "is a \(head.format.name)"
        }
    }

    /// Images that a fine-tuning job silently skips, because the provider accepts only RGB and RGBA.
    ///
    /// - Throws: `FileError` if a file cannot be opened.
    package static func skippedInTraining(_ examples: [Example], _ images: [[ImageFile]]) throws -> [ImageFinding] {
        try findings(examples, images) { ImageHead.trainingSkipReason($0, bytes: $1.bytes) }
    }

    /// The reason why a readable image cannot be sent byte for byte: it has an orientation tag, or a format that
    /// providers do not accept. `nil` if it can be sent.
    static func whyNotSentAsIs(_ image: ImageFile) throws -> String? {
        guard let head = try head(of: image) else { return nil }
        if !head.format.isAcceptedByProviders { return "is a \(head.format.name)" }
        return head.orientation == 1 ? nil : "has orientation \(head.orientation)"
    }

    /// The EXIF orientation of a file; 1 if it has none or cannot be read.
    static func orientation(ofFileAt path: String) -> Int {
        (try? head(ofFileAt: path))?.orientation ?? 1
    }

    private static func findings(
        _ examples: [Example], _ images: [[ImageFile]], _ judge: (ImageHead?, ImageFile) throws -> String?
    ) throws -> [ImageFinding] {
        try zip(examples, images).flatMap { example, files in
            try zip(example.perImage, files).compactMap { image, file in
                try judge(head(of: file), file).map { ImageFinding(path: image.path, reason: $0) }
            }
        }
    }

    private static func head(of image: ImageFile) throws -> ImageHead? { try head(ofFileAt: image.path) }

    private static func head(ofFileAt path: String) throws -> ImageHead? {
        let file = try OpenFile(reading: path, limit: FileSizeLimit.image)
        defer { file.close() }
        return try ImageHead(reading: FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false))
    }

    private static func whatItIs(_ image: ImageFile) throws -> String {
        let file = try OpenFile(reading: image.path, limit: FileSizeLimit.image)
        defer { file.close() }
        let start = try file.read(upTo: NotAnImage.headCount)
        return NotAnImage.description(of: start, size: image.bytes) ?? "is neither JPEG nor PNG nor WEBP"
    }
}

extension [ImageFinding] {
    /// The first five findings and the number of the others.
    package var text: String {
        prefix(5).map { "\($0.path) \($0.reason)" }.joined(separator: "; ")
            + (count > 5 ? "; and \(count - 5) more" : "")
    }
}
