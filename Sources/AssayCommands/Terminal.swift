// What the terminal is like, and the only place that writes to it.

import Foundation
import Reporting

/// Standard output and error of this process.
struct Terminal: Sendable {
    var isInteractive: Bool
    var hasColors: Bool
    var hasUnicode: Bool
    var width: Int
    var isQuiet: Bool

    init(environment: [String: String] = ProcessInfo.processInfo.environment, isQuiet: Bool = false) {
        let isTerminal = isatty(1) == 1
        isInteractive = isTerminal && environment["TERM"] != "dumb" && environment["CI"] == nil
        hasColors = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        let locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? ""
        hasUnicode = locale.isEmpty || locale.uppercased().contains("UTF")
        var size = winsize()
        width = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 100
        self.isQuiet = isQuiet
    }

    /// What reports may use of it.
    var style: TerminalStyle { TerminalStyle(colors: hasColors, unicode: hasUnicode, width: width) }

    /// Writes to standard output, whole, without buffering.
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes UTF-8 to standard output, whole, without buffering.
    static func write(_ bytes: [UInt8]) { FileHandle.standardOutput.write(Data(bytes)) }

    static func writeLine(_ text: String) { write(text + "\n") }

    static func writeError(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
