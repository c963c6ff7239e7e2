// A real browser without a window.

import Foundation
import Testing

/// Opens pages in the installed Chromium.
enum Chromium {
    static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// A screenshot of a page after its scripts have run.
    struct Visit {
        /// The document as HTML.
        var document: String
        /// The console output of the page, by line.
        var console: [String]
    }

    static func visit(_ page: URL, width: Int) throws -> Visit {
        let (out, log) = try run(["--dump-dom", "--window-size=\(width),900"], page)
        return Visit(
            document: out, console: log.split(separator: "\n").filter { $0.contains(":CONSOLE") }.map(String.init))
    }

    /// A picture of a page in a frame of this width; windows are at least 500 pixels wide.
    static func screenshot(_ page: URL, to file: URL, width: Int, height: Int, isDark: Bool = false) throws {
        let frame = file.deletingPathExtension().appendingPathExtension("html")
        try
            "<!doctype html><body style=\"margin:0\"><iframe src=\"\(page.absoluteString)\" style=\"border:0;width:\(width)px;height:\(height)px\"></iframe>"
            .write(to: frame, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: frame) }
        _ = try run(
            ["--screenshot=\(file.path)", "--window-size=\(width),\(height)", "--hide-scrollbars"]
                + (isDark ? ["--blink-settings=preferredColorScheme=0"] : []), frame)
    }

    static func print(_ page: URL, to file: URL) throws {
        _ = try run(["--print-to-pdf=\(file.path)", "--no-pdf-header-footer"], page)
    }

    private static func run(_ arguments: [String], _ page: URL) throws -> (out: String, log: String) {
        let path = try #require(self.path)
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-chromium-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let out = folder.appending(path: "out"), log = folder.appending(path: "log")
        for file in [out, log] { FileManager.default.createFile(atPath: file.path, contents: nil) }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
                "--user-data-dir=\(folder.appending(path: "profile").path)", "--host-resolver-rules=MAP * ~NOTFOUND",
                "--virtual-time-budget=4000",
            ] + arguments + [page.absoluteString]
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        process.waitUntilExit()
        return (try String(contentsOf: out, encoding: .utf8), try String(contentsOf: log, encoding: .utf8))
    }
}
