// Decodes image files to pixels.

import CPictures
import CPixels
package import Foundation
import Platform
package import VisionProtocol

/// Decodes JPEG, PNG, WEBP, GIF, BMP and TIFF to upright RGB pixels, equal to Pillow's after
/// `ImageOps.exif_transpose` and `convert("RGB")`; of 16-bit samples it keeps the upper eight bits. It drops
/// transparency, ignores gamma and profiles, and takes the first frame of an animation.
///
/// The first bytes determine the format, never the file's name.
package enum ImageDecoder {
    /// Reads and decodes a file.
    ///
    /// - Throws: ``ImageError``, with `path` as the image's name.
    package static func decode(path: String) throws -> RGBImage {
        try decode(read(path), name: path)
    }

    /// Decodes bytes; `name` identifies the image in errors.
    ///
    /// - Throws: ``ImageError``.
    package static func decode(_ bytes: Data, name: String) throws -> RGBImage {
        try inspect(bytes, name: name).image
    }

    /// Decodes bytes and describes the file.
    ///
    /// - Throws: ``ImageError``.
    package static func inspect(_ bytes: Data, name: String) throws -> DecodedImage {
        guard !bytes.isEmpty else { throw ImageError.empty(name: name) }
        guard let format = ImageFormat(signature: bytes.prefix(ImageFormat.signatureLength)) else {
            let kind = NotAnImage.description(of: bytes.prefix(NotAnImage.headCount), size: bytes.count)
            throw ImageError.unrecognised(name: name, kind: kind ?? "is not a JPEG, PNG, WEBP, GIF, BMP or TIFF image")
        }
        var picture = CPictures.picture()
        defer { picture_release(&picture) }
        let status = bytes.withUnsafeBytes { buffer -> picture_status in
            guard let base = buffer.bindMemory(to: UInt8.self).baseAddress else { return picture_cut_off }
            let limit = Int64(maxPixels)
            return switch format {
            case .jpeg: picture_read_jpeg(base, buffer.count, limit, &picture)
            case .png: picture_read_png(base, buffer.count, limit, &picture)
            case .webp: picture_read_webp(base, buffer.count, limit, &picture)
            case .gif: picture_read_gif(base, buffer.count, limit, &picture)
            case .bmp: picture_read_bmp(base, buffer.count, limit, &picture)
            case .tiff: picture_read_tiff(base, buffer.count, limit, &picture)
            }
        }
        let (width, height) = (Int(picture.width), Int(picture.height))
        let reason = withUnsafeBytes(of: picture.reason) { reason in
            String(decoding: reason.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch status {
        case picture_ok: break
        case picture_cut_off: throw ImageError.cutOff(name: name, format: format, bytes: bytes.count)
        case picture_too_large: throw ImageError.tooLarge(name: name, width: width, height: height)
        default: throw ImageError.broken(name: name, format: format, reason: reason)
        }
        guard let pixels = picture.rgb else { throw ImageError.broken(name: name, format: format, reason: "no pixels") }
        let orientation = ImageHead(of: bytes)?.orientation ?? 1
        return DecodedImage(
            image: upright(pixels, width: width, height: height, orientation: orientation), format: format,
            channels: Int(picture.channels), depth: Int(picture.depth), hasGamma: picture.has_gamma != 0,
            orientation: orientation)
    }

    private static func upright(
        _ pixels: UnsafeMutablePointer<UInt8>, width: Int, height: Int, orientation: Int
    ) -> RGBImage {
        let isTurned = orientation >= 5
        return RGBImage(width: isTurned ? height : width, height: isTurned ? width : height) { out in
            if orientation == 1 {
                out.update(from: pixels, count: width * height * 3)
            } else {
                pixels_orient(pixels, Int64(width), Int64(height), Int32(orientation), out)
            }
        }
    }

    static func read(_ path: String) throws -> Data {
        do {
            return try LocalFileSystem().read(path, limit: FileSizeLimit.image)
        } catch let error as FileError {
            throw ImageError.unreadable(name: path, reason: error.reason)
        }
    }

    /// Maximum size of an image in pixels: about half a gigabyte once decoded.
    static let maxPixels = 178_956_970
}

/// A decoded image with properties of its file.
package struct DecodedImage: Sendable {
    /// The upright image.
    package let image: RGBImage
    /// The file's format, by its first bytes.
    package let format: ImageFormat
    /// Channels of the file: 1 grey, 2 grey with alpha, 3 colour or palette, 4 colour with alpha, or CMYK.
    package let channels: Int
    /// Bits per sample in the file.
    package let depth: Int
    /// Whether a PNG declares a gamma other than sRGB's. Pixel values are not affected.
    package let hasGamma: Bool
    /// The Exif orientation that was applied, 1 to 8; 1 for an upright file.
    package let orientation: Int

    /// Properties of the file beyond a plain one that decoding handled, such as `orientation 6, 16 bits`; `nil` for a
    /// plain file.
    package var traits: String? {
        let traits = [
            orientation == 1 ? nil : "orientation \(orientation)", depth > 8 ? "\(depth) bits" : nil,
            hasGamma ? "gamma" : nil,
        ].compactMap { $0 }
        return traits.isEmpty ? nil : traits.joined(separator: ", ")
    }
}
