// Frames of clips: the selected frames, and clips that cannot be used.

import Foundation
import Platform
import Testing

@testable import Steps

@Suite struct ClipFramesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var stamps: [Double?]
        var last: Double?
        var count: Int
        var frames: [Int]
        var testDescription: String { id }
    }

    /// The centre of a part shows the frame that started last before it, or on it.
    @Test(arguments: [
        Case(id: "centres on starts", stamps: (0..<30).map { Double($0) / 30 }, last: 1.0 / 30, count: 3, frames: [5, 15, 25]),
        Case(id: "one part", stamps: (0..<5).map { Double($0) }, last: 1, count: 1, frames: [2]),
        Case(id: "one frame", stamps: [0], last: 0.04, count: 3, frames: [0, 0, 0]),
        Case(id: "fewer frames than parts", stamps: [0, 1], last: 1, count: 4, frames: [0, 0, 1, 1]),
        Case(id: "a long last frame", stamps: [0, 1, 2], last: 7, count: 2, frames: [2, 2]),
        Case(id: "unknown last duration", stamps: [0, 1, 2, 3], last: nil, count: 2, frames: [1, 3]),
        Case(id: "a start after zero", stamps: [10, 11, 12, 13], last: 1, count: 2, frames: [1, 3]),
        Case(id: "frames of unequal length", stamps: [0, 8, 9], last: 1, count: 2, frames: [0, 0]),
        Case(id: "no times", stamps: [nil, nil, nil, nil], last: nil, count: 2, frames: [1, 3]),
        Case(id: "times out of order", stamps: [3, 1, 2, 0], last: nil, count: 2, frames: [1, 3]),
        Case(id: "a still", stamps: [1, 1], last: 0, count: 2, frames: [0, 1]),
    ])
    func centres(_ test: Case) {
        #expect(ClipFrames.centres(of: test.stamps, lastDuration: test.last, count: test.count) == test.frames)
    }

    static var hasTools: Bool { ["ffmpeg", "ffprobe"].allSatisfy { ChildProcess.find($0, in: nil) != nil } }

    /// Names that would be options, addresses or patterns, and content that names other files, are only names and
    /// unreadable content.
    @Test(.enabled(if: hasTools, "needs ffmpeg"))
    func hostileClips() async throws {
        let folder = NSTemporaryDirectory() + "assay-clips-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let made = try await ChildProcess.run(
            ChildCommand(
                "ffmpeg",
                [
                    "-v", "error", "-f", "lavfi", "-i", "testsrc=size=32x32:rate=10:duration=1", "-c:v", "mpeg4",
                    folder + "/clip.avi",
                ]))
        #expect(made.status.isSuccess)
        for name in ["-i.avi", "%d [1].avi", "concat:a|b.avi", "http:x.avi", "a\nb.avi"] {
            try FileManager.default.copyItem(atPath: folder + "/clip.avi", toPath: folder + "/" + name)
            #expect(try await ClipFrames.frames(of: folder + "/" + name, count: 2) == [2, 7], "\(name)")
        }
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/clip.avi"))
        let bad: [(String, Data, String)] = [
            ("empty.avi", Data(), "is empty (0 bytes)"),
            ("cut.avi", whole.prefix(200), "is not a clip that ffprobe can read"),
            ("list.mp4", Data("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".utf8), "is not a clip that ffprobe can read"),
            ("list.avi", Data("ffconcat version 1.0\nfile clip.avi\n".utf8), "is not a clip that ffprobe can read"),
        ]
        for (name, data, reason) in bad {
            try data.write(to: URL(fileURLWithPath: folder + "/" + name))
            let error = await #expect(throws: ClipError.self, "\(name)") {
                try await ClipFrames.frames(of: folder + "/" + name, count: 2)
            }
            #expect(error?.description.hasPrefix(reason) == true, "\(name): \(String(describing: error))")
        }
        let sound = try await ChildProcess.run(
            ChildCommand("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=d=0.1", folder + "/sound.wav.mkv"]))
        #expect(sound.status.isSuccess)
        await #expect(throws: ClipError.unreadable("has no video")) {
            try await ClipFrames.frames(of: folder + "/sound.wav.mkv", count: 2)
        }
    }

    /// Guards: only the size that a clip states at its start was checked; a later frame of any size was decoded.
    @Test(.enabled(if: hasTools, "needs ffmpeg")) func aFrameThatGrowsWithinAClip() async throws {
        let folder = NSTemporaryDirectory() + "assay-clips-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func make(_ size: String, frames: Int) async throws -> Data {
            let path = folder + "/\(size).ts"
            let made = try await ChildProcess.run(
                ChildCommand(
                    "ffmpeg",
                    [
                        "-v", "error", "-f", "lavfi", "-i", "color=size=\(size):rate=1:duration=\(frames)",
                        "-c:v", "mpeg4", "-f", "mpegts", path,
                    ]))
            #expect(made.status.isSuccess)
            return try Data(contentsOf: URL(fileURLWithPath: path))
        }
        let small = try await make("32x32", frames: 1), large = try await make("8100x8000", frames: 2)
        try large.write(to: URL(fileURLWithPath: folder + "/large.ts"))
        let stated = await #expect(throws: ClipError.self) { try await ClipFrames.frames(of: folder + "/large.ts", count: 1) }
        #expect(stated?.description == "has frames of 8100 x 8000 pixels, more than 64 megapixels")
        try (small + large).write(to: URL(fileURLWithPath: folder + "/grows.ts"))
        let error = await #expect(throws: ClipError.self) {
            try await ClipFrames.write([1], of: folder + "/grows.ts", into: folder)
        }
        #expect(error?.description.contains("cannot be") == true, "\(String(describing: error))")
        #expect(!FileManager.default.fileExists(atPath: folder + "/frame-0.png"))
    }
}
