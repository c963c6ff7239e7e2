// Detection of truncated files by their last bytes.

import Foundation
import Testing
import VisionProtocol

struct ImageEndTests {
    private static func number(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xFF) } }

    private static let bmp =
        Array("BM".utf8) + number(54 + 12 * 2, 4) + number(0, 4) + number(54, 4) + number(40, 4) + number(3, 4) + number(2, 4)
        + number(1, 2) + number(24, 2) + number(0, 24) + [UInt8](repeating: 7, count: 24)
    private static let webp = Array("RIFF".utf8) + number(28, 4) + Array("WEBPVP8 ".utf8) + [UInt8](repeating: 1, count: 20)

    static let files: [(id: String, format: ImageFormat, bytes: [UInt8])] = [
        ("jpeg", .jpeg, [0xFF, 0xD8, 0xFF, 0xDA] + [UInt8](repeating: 9, count: 5000) + [0xFF, 0xD9]),
        ("png", .png, [0x89] + Array("PNG".utf8) + [UInt8](repeating: 9, count: 5000) + Array("IEND".utf8)),
        ("gif", .gif, Array("GIF89a".utf8) + [UInt8](repeating: 9, count: 5000) + [0x3B]), ("webp", .webp, webp),
        ("bmp", .bmp, bmp),
    ]

    private func problem(_ format: ImageFormat, _ bytes: ArraySlice<UInt8>) -> String? {
        ImageEnd.problem(
            format, start: Data(bytes.prefix(4096)), end: Data(bytes.suffix(ImageEnd.count)), size: bytes.count)
    }

    @Test(arguments: files.map(\.id)) func `a cut file is noticed and a whole one is not`(id: String) throws {
        let file = try #require(ImageEndTests.files.first { $0.id == id })
        #expect(problem(file.format, file.bytes[...]) == nil)
        #expect(problem(file.format, (file.bytes + [0, 0, 0])[...]) == nil)
        for count in [file.bytes.count / 2, file.bytes.count - 1] where count > 60 || id == "webp" {
            #expect(problem(file.format, file.bytes.prefix(count)) != nil, "\(count)")
        }
    }

    /// Sizes at their extremes overflow nothing.
    @Test func `a hostile size is only a doubt`() {
        var bytes = ImageEndTests.bmp
        for at in 10..<26 { bytes[at] = 0xFF }
        bytes[14...17] = [40, 0, 0, 0]
        _ = problem(.bmp, bytes[...])
        #expect(problem(.webp, (Array("RIFF".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + Array("WEBP".utf8))[...]) != nil)
        for format in ImageFormat.allCases { _ = problem(format, [0x42]) }
    }
}
