// Extracts frames of video clips with ffmpeg.

import Basics
import Execution
import Foundation
import Platform

/// The reason why a clip has no frames.
package enum ClipError: Error, Hashable, Sendable {
    /// The program that reads clips is not installed.
    case missingProgram(String)
    /// The clip cannot be used; the reason is a phrase that continues its path.
    case unreadable(String)
    /// Something other than the clip failed, such as the disk.
    case failed(String)
}

extension ClipError: CustomStringConvertible {
    /// The reason and the remedy.
    package var description: String {
        switch self {
        case .missingProgram(let program):
            "'\(program)' was not found, but is needed to extract the frames of clips: install ffmpeg ('apt install ffmpeg')"
        case .unreadable(let reason), .failed(let reason): reason
        }
    }
}

/// Runs ffprobe and ffmpeg. A clip is untrusted: its name is never an option or an address, its content cannot name
/// other files or servers, and the programs see none of this process's variables besides the search path.
package enum ClipFrames {
    /// The largest clip, in bytes.
    static let maxBytes: Int64 = 4 << 30
    /// The largest frame, in pixels.
    static let maxPixels = 64_000_000
    /// The longest that one program may work on one clip, in seconds.
    static let maxSeconds = 300.0
    /// Containers of moving pictures. Playlists and lists of files, which could name other files, are not among them.
    private static let containers = [
        "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpeg", "mpegvideo", "mpegts", "asf", "flv", "ogg",
        "m4v",
        "h264", "hevc", "mjpeg", "gif",
    ]

    /// The frames at the centres of `count` equal parts of a clip, stored as PNG. A clip with fewer frames repeats some.
    static func extract(
        _ clip: String, count: Int, _ context: StepContext
    ) async throws(ClipError) -> [(digest: Digest, bytes: Int)] {
        let folder = context.scratch + "/frames"
        do {
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch { throw .failed("the folder for frames cannot be created: \(error)") }
        let chosen = try await frames(of: clip, count: count)
        let files = try await write(Set(chosen).sorted(), of: clip, into: folder)
        var stored: [Int: (digest: Digest, bytes: Int)] = [:]
        do {
            for (frame, path) in files {
                let bytes = Int(try LocalFileSystem().status(path)?.size ?? 0)
                stored[frame] = (try context.keep(.file(path)), bytes)
            }
        } catch { throw .failed("the frames of '\(clip)' cannot be stored: \(error)") }
        return chosen.compactMap { stored[$0] }
    }

    /// The numbers of the frames that a clip shows at the centres of equal parts, counted from 0.
    package static func frames(of clip: String, count: Int) async throws(ClipError) -> [Int] {
        let status = (try? LocalFileSystem().status(clip)) ?? nil
        guard let status, status.kind == .file else { throw .unreadable("cannot be read") }
        guard status.size > 0 else { throw .unreadable("is empty (0 bytes)") }
        guard status.size <= maxBytes else { throw .unreadable("is larger than \(maxBytes >> 30) GiB") }
        let output = try await run(
            "ffprobe",
            // Larger than what is accepted, so that the size is known and can be reported.
            input(clip, pixels: 4 * maxPixels) + [
                "-select_streams", "V:0", "-show_entries",
                "stream=width,height:frame=best_effort_timestamp_time,pkt_duration_time,duration_time", "-of", "json",
            ], in: nil)
        guard let document = try? JSONValue(parsing: output), let stream = document["streams"]?.array?.first else {
            throw .unreadable("has no video")
        }
        guard let width = stream["width"]?.int, let height = stream["height"]?.int, width > 0, height > 0 else {
            throw .unreadable("has video without a size")
        }
        guard width.multipliedReportingOverflow(by: height).partialValue <= maxPixels, width <= maxPixels, height <= maxPixels
        else {
            throw .unreadable("has frames of \(width) x \(height) pixels, more than \(maxPixels / 1_000_000) megapixels")
        }
        let shown = document["frames"]?.array ?? []
        guard !shown.isEmpty else { throw .unreadable("has no frames") }
        func number(_ value: JSONValue?) -> Double? {
            (value?.double ?? value?.string.flatMap { Double($0) }).flatMap { $0.isFinite ? $0 : nil }
        }
        let stamps = shown.map { number($0["best_effort_timestamp_time"]) }
        let last = shown.last.flatMap { number($0["duration_time"]) ?? number($0["pkt_duration_time"]) }
        return centres(of: stamps, lastDuration: last, count: count)
    }

    /// The frames that are shown at the centres of equal parts of the time from the first frame to the end of the last.
    /// Without usable times, frames are taken to be equally long.
    /// - Parameters:
    ///   - stamps: when each frame is first shown, in seconds, in order; at least one.
    ///   - lastDuration: how long the last frame is shown; the mean of the others if it is unknown.
    package static func centres(of stamps: [Double?], lastDuration: Double?, count: Int) -> [Int] {
        let frames = stamps.count
        let times = stamps.compactMap { $0 }
        let isTimed = times.count == frames && zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }
        guard isTimed, frames > 1, let first = times.first, let end = times.last, end > first else {
            return (0..<count).map { min(frames - 1, Int((Double($0) + 0.5) / Double(count) * Double(frames))) }
        }
        let each = (end - first) / Double(frames - 1)
        let length = end - first + (lastDuration.flatMap { $0 > 0 ? $0 : nil } ?? each)
        return (0..<count).map { part in
            // A frame whose start falls on the centre is shown there; the tolerance absorbs rounded times.
            let centre = first + (Double(part) + 0.5) / Double(count) * length + 1e-5
            return max(0, (times.firstIndex { $0 > centre } ?? frames) - 1)
        }
    }

    /// Decodes frames into a folder.
    static func write(
        _ frames: [Int], of clip: String, into folder: String
    ) async throws(ClipError) -> [(frame: Int, path: String)] {
        let choice = frames.map { "eq(n\\,\($0))" }.joined(separator: "+")
        _ = try await run(
            "ffmpeg",
            ["-nostdin", "-y", "-threads", "1"] + input(clip) + [
                "-map", "0:V:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
                // Each chosen frame gets a separate second, so that none is dropped or repeated.
                "-vf", "select=\(choice),setpts=N/TB", "-r", "1", "-frames:v", String(frames.count), "-c:v", "png", "-pix_fmt",
                "rgb24", "-f", "image2", "-start_number", "0", "frame-%d.png",
            ], in: folder)
        let files = frames.enumerated().map { (frame: $1, path: "\(folder)/frame-\($0).png") }
        guard files.allSatisfy({ LocalFileSystem().exists($0.path) }) else {
            throw .unreadable("cannot be decoded: \(frames.count) frames were requested, and fewer were decoded")
        }
        return files
    }

    /// The options that name a clip. `file:` keeps its name from being an option or an address.
    /// - Parameter pixels: a larger frame is not decoded; its size may change within a clip.
    private static func input(_ clip: String, pixels: Int = maxPixels) -> [String] {
        [
            "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", containers.joined(separator: ","),
            "-max_pixels", String(pixels), "-i",
            "file:" + absolutePath(clip),
        ]
    }

    private static func run(_ program: String, _ arguments: [String], in folder: String?) async throws(ClipError) -> Data {
        var environment = ["LC_ALL": "C"]
        environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
        let command = ChildCommand(
            program, arguments, environment: environment, inheritsEnvironment: false, workingFolder: folder)
        let result: ChildResult?
        do {
            result = try await withThrowingTaskGroup(of: ChildResult?.self) { group in
                group.addTask { try await ChildProcess.run(command, outputLimit: 256 << 20) }
                group.addTask {
                    try await Task.sleep(for: .seconds(maxSeconds))
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        } catch ChildProcessError.programNotFound {
            throw .missingProgram(program)
        } catch ChildProcessError.outputTooLong {
            throw .unreadable("has too many frames")
        } catch {
            throw .failed("'\(program)' could not be run: \(error)")
        }
        guard let result else { throw .unreadable("takes \(program) longer than \(Int(maxSeconds)) s") }
        guard result.status.isSuccess else {
            // The message repeats the address of the clip, which the reader of the error has already.
            let said = result.errorTail.replacing(#/file:[^\n]*: (?=[A-Z])/#, with: "").split(separator: "\n").last
            let reason = said.map { ": " + $0.suffix(300) } ?? ""
            throw .unreadable("is not a clip that \(program) can read\(reason)")
        }
        return result.output
    }
}
