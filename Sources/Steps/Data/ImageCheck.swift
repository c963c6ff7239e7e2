// What a provider would refuse or silently leave out, found in the heads of the files before anything is sent.

import Foundation
package import Planning
import Platform
import VisionProtocol

/// An image and what is wrong with it.
package struct ImageFinding: Hashable, Sendable {
    /// Relative to the dataset.
    package var path: String
    package var reason: String
}

package enum ImageCheck {
    /// A frame header stands behind what cameras and editors write before it.
    private static let headCount = 1 << 20

    /// Images that no request may carry: neither JPEG, PNG nor WebP, or of more than 10 MB.
    package static func refused(_ examples: [Example], _ images: [ImageFile]) throws -> [ImageFinding] {
        try findings(examples, images) { head, bytes in
            if bytes > ImageHead.mostTrainingBytes { return "has \(bytes) bytes, more than 10 MB" }
            return head == nil || head?.format == .gif ? "is neither JPEG nor PNG nor WebP" : nil
        }
    }

    /// Images that a fine-tuning job leaves out without an error: the provider takes RGB and RGBA only.
    package static func leftOutOfTraining(_ examples: [Example], _ images: [ImageFile]) throws -> [ImageFinding] {
        try findings(examples, images) { ImageHead.whySkippedInTraining($0, bytes: $1) }
    }

    private static func findings(
        _ examples: [Example], _ images: [ImageFile], _ judge: (ImageHead?, Int) -> String?
    ) throws -> [ImageFinding] {
        try zip(examples, images).compactMap { example, image in
            let file = try OpenFile(reading: image.path, limit: FileSizeLimit.image)
            defer { file.close() }
            let head = ImageHead(of: try file.read(upTo: headCount))
            return judge(head, image.bytes).map { ImageFinding(path: example.path, reason: $0) }
        }
    }
}

extension [ImageFinding] {
    /// The first few, and how many more there are.
    package var text: String {
        prefix(5).map { "\($0.path) \($0.reason)" }.joined(separator: "; ")
            + (count > 5 ? "; and \(count - 5) more" : "")
    }
}
