// Bytes of a JPEG, PNG or WEBP file to pixels.

import CPNG
import CPixels
import CTurboJPEG
import CWebP
package import Foundation
import Platform
package import VisionProtocol

/// Decodes JPEG (grey, colour, CMYK), PNG (all kinds, to 8 bits; transparency is dropped) and WEBP (still) to RGB.
///
/// The format is told by the file's first bytes, never by its name.
package enum ImageDecoder {
    /// Reads and decodes a file.
    ///
    /// - Throws: ``ImageError``, with `path` as the image's name.
    package static func decode(path: String) throws -> RGBImage {
        try decode(read(path), name: path)
    }

    /// Decodes bytes; `name` is what errors call the image.
    ///
    /// - Throws: ``ImageError``.
    package static func decode(_ bytes: Data, name: String) throws -> RGBImage {
        try inspect(bytes, name: name).image
    }

    /// Decodes bytes and says what kind of file they are.
    ///
    /// - Throws: ``ImageError``.
    package static func inspect(_ bytes: Data, name: String) throws -> DecodedImage {
        try bytes.withUnsafeBytes { buffer in
            let source = try Source(buffer, name: name)
            return switch source.format {
            case .jpeg: try jpeg(source)
            case .png: try png(source)
            case .webp: try webp(source)
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

    /// The largest image taken, in pixels: about half a gigabyte once decoded.
    static let mostPixels = 178_956_970

    private struct Source {
        let base: UnsafePointer<UInt8>
        let count: Int
        let name: String
        let format: ImageFormat

        init(_ buffer: UnsafeRawBufferPointer, name: String) throws {
            guard let base = buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count > 0 else {
                throw ImageError.empty(name: name)
            }
            guard let format = ImageFormat(firstBytes: buffer.prefix(12)) else {
                throw ImageError.unrecognised(name: name)
            }
            self.base = base
            self.count = buffer.count
            self.name = name
            self.format = format
        }

        func broken(_ reason: String) -> ImageError { .broken(name: name, format: format, reason: reason) }

        /// A decoder's size as it stands, or the error that it is beyond reason.
        func checked(width: Int, height: Int) throws -> ImageSize {
            guard width > 0, height > 0 else { throw broken("its size is zero") }
            guard width <= mostPixels / height else {
                throw ImageError.tooLarge(name: name, width: width, height: height)
            }
            return ImageSize(width: width, height: height)
        }
    }

    private static func jpeg(_ source: Source) throws -> DecodedImage {
        guard let handle = tjInitDecompress() else { throw source.broken("no decoder: out of memory") }
        defer { tjDestroy(handle) }
        func reason() -> String { String(cString: tjGetErrorStr2(handle)) }

        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colorspace: Int32 = 0
        let bytes = UInt(source.count)
        guard tjDecompressHeader3(handle, source.base, bytes, &width, &height, &subsampling, &colorspace) == 0
        else { throw source.broken(reason()) }
        let size = try source.checked(width: Int(width), height: Int(height))

        func decompress(into target: UnsafeMutablePointer<UInt8>, as layout: TJPF) throws {
            let status = tjDecompress2(
                handle, source.base, bytes, target, width, 0, height, layout.rawValue, 0)
            // A warning leaves a usable picture, as every viewer shows it, unless the data end early.
            guard status != 0 else { return }
            let text = reason()
            if tjGetErrorCode(handle) != TJERR_WARNING.rawValue || text.hasPrefix("Premature end of JPEG") {
                throw source.broken(text)
            }
        }

        if colorspace == TJCS_CMYK.rawValue || colorspace == TJCS_YCCK.rawValue {
            var inks = [UInt8](repeating: 0, count: size.width * size.height * 4)
            try inks.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress { try decompress(into: base, as: TJPF_CMYK) }
            }
            let image = RGBImage(width: size.width, height: size.height) { out in
                pixels_from_inverted_cmyk(inks, Int64(size.width * size.height), out)
            }
            return DecodedImage(image: image, format: .jpeg, channels: 4)
        }
        let image = try RGBImage(width: size.width, height: size.height) { try decompress(into: $0, as: TJPF_RGB) }
        return DecodedImage(image: image, format: .jpeg, channels: colorspace == TJCS_GRAY.rawValue ? 1 : 3)
    }

    private static func png(_ source: Source) throws -> DecodedImage {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        func reason() -> String {
            withUnsafeBytes(of: image.message) { message in
                String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        guard png_image_begin_read_from_memory(&image, source.base, source.count) != 0 else {
            throw source.broken(reason())
        }
        let size = try source.checked(width: Int(image.width), height: Int(image.height))
        let channels = (image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1)
            + (image.format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0 ? 1 : 0)
        // Read with its transparency and then without: asked for RGB alone, libpng would blend with a background.
        image.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
        var rgba = [UInt8](repeating: 0, count: size.width * size.height * 4)
        guard png_image_finish_read(&image, nil, &rgba, 0, nil) != 0 else { throw source.broken(reason()) }
        let pixels = RGBImage(width: size.width, height: size.height) { out in
            pixels_from_rgba(rgba, Int64(size.width * size.height), out)
        }
        return DecodedImage(image: pixels, format: .png, channels: channels)
    }

    private static func webp(_ source: Source) throws -> DecodedImage {
        var features = WebPBitstreamFeatures()
        let status = WebPGetFeaturesInternal(
            source.base, source.count, &features, Int32(WEBP_DECODER_ABI_VERSION))
        guard status == VP8_STATUS_OK else { throw source.broken(webpReason(status)) }
        guard features.has_animation == 0 else { throw source.broken("it is animated") }
        let size = try source.checked(width: Int(features.width), height: Int(features.height))
        let image = try RGBImage(width: size.width, height: size.height) { out in
            let bytes = size.width * size.height * 3
            guard WebPDecodeRGBInto(source.base, source.count, out, bytes, Int32(size.width * 3)) != nil else {
                throw source.broken("the data are truncated or corrupt")
            }
        }
        return DecodedImage(image: image, format: .webp, channels: features.has_alpha != 0 ? 4 : 3)
    }

    private static func webpReason(_ status: VP8StatusCode) -> String {
        switch status {
        case VP8_STATUS_NOT_ENOUGH_DATA: "the data are truncated"
        case VP8_STATUS_OUT_OF_MEMORY: "out of memory"
        case VP8_STATUS_UNSUPPORTED_FEATURE: "it uses an unsupported feature"
        default: "the data are corrupt"
        }
    }
}

/// An image with what its file is.
package struct DecodedImage: Sendable {
    package let image: RGBImage
    package let format: ImageFormat
    /// Channels of the file: 1 grey, 2 grey with alpha, 3 colour, 4 colour with alpha, or CMYK.
    package let channels: Int
}

extension ImageFormat {
    /// The format whose signature these bytes begin with.
    init?(firstBytes: Slice<UnsafeRawBufferPointer>) {
        let bytes = Array(firstBytes)
        func has(_ signature: [UInt8], at start: Int = 0) -> Bool {
            bytes.count >= start + signature.count && Array(bytes[start..<(start + signature.count)]) == signature
        }
        if has([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if has(Array("RIFF".utf8)), has(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else {
            return nil
        }
    }
}
