// Small generated picture files: uncompressed PNG, with one grey pattern per seed.

import Foundation

enum PictureFiles {
    /// A PNG of 24 x 24 pixels, RGB because providers refuse other modes; seeds that differ give pictures that differ.
    /// - Parameters:
    ///   - orientation: the value of the Exif tag; `nil` writes no tag.
    ///   - channel: the only channel of red, green and blue that is not black; `nil` for a grey picture.
    static func png(_ seed: Int, orientation: UInt8? = nil, channel: Int? = nil) -> Data {
        let side = 24
        var rows = Data()
        for y in 0..<side {
            rows.append(0)
            for x in 0..<side {
                let grey = UInt8(truncatingIfNeeded: (x * (seed * 37 % 11 + 1)) ^ (y * (seed * 53 % 13 + 1)) &+ seed * 29)
                rows.append(contentsOf: (0..<3).map { channel == nil || channel == $0 ? grey : 0 })
            }
        }
        var data = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        data.append(chunk("IHDR", bytes(UInt32(side)) + bytes(UInt32(side)) + [8, 2, 0, 0, 0]))
        if let orientation {
            data.append(
                chunk(
                    "eXIf",
                    [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]))
        }
        // A zlib stream of one stored block.
        let length = UInt16(rows.count)
        var stream = Data([0x78, 0x01, 0x01, UInt8(length & 0xFF), UInt8(length >> 8)])
        stream.append(contentsOf: [UInt8(~length & 0xFF), UInt8(~length >> 8)])
        stream.append(rows)
        var a: UInt32 = 1, b: UInt32 = 0
        for byte in rows {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        stream.append(contentsOf: bytes(b << 16 | a))
        data.append(chunk("IDAT", Array(stream)))
        data.append(chunk("IEND", []))
        return data
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
    }

    private static func chunk(_ kind: String, _ content: [UInt8]) -> Data {
        let body = Array(kind.utf8) + content
        var crc = UInt32.max
        for byte in body {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return Data(bytes(UInt32(content.count)) + body + bytes(~crc))
    }
}

extension TestProject {
    /// Writes a picture, with the folders above it.
    func picture(_ path: String, seed: Int) throws {
        let url = URL(fileURLWithPath: folder + "/" + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try PictureFiles.png(seed).write(to: url)
    }

    /// Pictures of three labels below a folder: `below/red/0.png`, …
    func pictures(_ below: String, perLabel: Int, from first: Int = 0) throws {
        for (number, label) in ["blue", "green", "red"].enumerated() {
            for index in 0..<perLabel {
                try picture("\(below)/\(label)/\(index).png", seed: first + number * 1000 + index)
            }
        }
    }

    /// Runs another program in the project's folder.
    func tool(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    /// The rows of a run's `predictions.csv`, each by column.
    func predictionRows(_ run: Result) throws -> [[String: String]] {
        guard let report = run.end["report"] as? String else { return [] }
        let file = URL(fileURLWithPath: report).deletingLastPathComponent().appendingPathComponent("predictions.csv")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let head = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(zip(head, $0), uniquingKeysWith: { first, _ in first }) }
    }
}
