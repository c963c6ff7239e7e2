// `assay view`: the project in a browser.

import Application
import ArgumentParser
import Foundation
import Platform
import WebView

struct ViewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Show the project in a browser: runs, progress, reports, galleries, comparisons.",
        discussion: """
            Listens on 127.0.0.1 until Ctrl-C. The printed address contains a random token; only a browser that opened it \
            has access.
            """)

    @OptionGroup var stateOptions: StateOptions
    @Option(help: "The port. 0 selects a free port.")
    var port = 0
    @Flag(help: "Open the address in a browser.")
    var open = false
    @Flag(help: "Refuse to tag, annotate, delete or cancel runs.")
    var readOnly = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535, not \(port).") }
    }

    func run() async throws {
        try await Reporter.explaining {
            var settings = WebViewSettings()
            settings.state = stateOptions.state
            settings.port = port
            settings.isReadOnly = readOnly
            let view = try await WebView.start(settings)
            Terminal.writeLine("\(view.address.absoluteString)")
            Terminal.writeLine("Ctrl-C stops it")
            let (ended, end) = AsyncStream.makeStream(of: Void.self)
            let signals = SignalWatch(.terminal, of: .server) { end.finish() }
            let door = open ? try await openBrowser(view.address) : nil
            for await _ in ended {}
            if let door { try? FileManager.default.removeItem(atPath: door) }
            await view.stop()
            signals.stop()
        }
    }

    /// Opens a file that leads to the address: on a browser's command line, other users of the machine could read the
    /// token.
    /// - Returns: the file's folder, which only this user can read.
    private func openBrowser(_ address: URL) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-view-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let page = """
            <!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=\(address.absoluteString)">
            <title>Assay</title><p><a href="\(address.absoluteString)">Assay</a></p>

            """
        try Data(page.utf8).write(to: URL(fileURLWithPath: folder + "/open.html"))
        do {
            try await Browser.open(folder + "/open.html")
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw Refusal("cannot open a browser: xdg-open is not installed; open the printed address yourself", code: .failure)
        }
        return folder
    }
}
