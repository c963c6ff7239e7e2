// Encodes pixels as JPEG or PNG files.

import CPNG
import CTurboJPEG
package import Foundation

/// Encodes images in memory; the result is a complete file.
package enum ImageEncoder {
    /// A baseline JPEG without chroma subsampling; `quality` is 1 to 100.
    ///
    /// - Throws: ``ImageError/notEncoded(reason:)``.
    package static func jpeg(_ image: RGBImage, quality: Int = 92) throws -> Data {
        guard let handle = tjInitCompress() else { throw ImageError.notEncoded(reason: "out of memory") }
        defer { tjDestroy(handle) }
        var bytes: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        defer { tjFree(bytes) }
        let status = tjCompress2(
            handle, image.pixels, Int32(image.width), 0, Int32(image.height), Int32(TJPF_RGB.rawValue), &bytes, &count,
            Int32(TJSAMP_444.rawValue), Int32(quality), TJFLAG_ACCURATEDCT)
        guard status == 0, let bytes else {
            throw ImageError.notEncoded(reason: String(cString: tjGetErrorStr2(handle)))
        }
        return Data(bytes: bytes, count: Int(count))
    }

    /// An 8-bit RGB PNG.
    ///
    /// - Throws: ``ImageError/notEncoded(reason:)``.
    package static func png(_ image: RGBImage) throws -> Data {
        var header = png_image()
        header.version = UInt32(PNG_IMAGE_VERSION)
        header.width = UInt32(image.width)
        header.height = UInt32(image.height)
        header.format = UInt32(PNG_FORMAT_FLAG_COLOR)
        // Capacity for the pixels, a filter byte per row, incompressible deflate blocks, and the chunks.
        var count = image.pixels.count + image.pixels.count / 1000 + image.height + 4096
        var bytes = Data(count: count)
        let status = bytes.withUnsafeMutableBytes { buffer in
            png_image_write_to_memory(&header, buffer.baseAddress, &count, 0, image.pixels, 0, nil)
        }
        guard status != 0 else {
            let message = withUnsafeBytes(of: header.message) { message in
                String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw ImageError.notEncoded(reason: message)
        }
        return bytes.prefix(count)
    }
}
