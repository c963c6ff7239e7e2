// Detects the terminal's capabilities; all terminal output goes through this file.

import Application
import Basics
import Foundation
import Reporting
import Synchronization

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

    /// The capabilities that reports may use.
    var style: TerminalStyle { TerminalStyle(colors: hasColors, unicode: hasUnicode, width: width) }

    /// Writes text to standard output. Control characters are made visible (`TerminalText`).
    static func write(_ text: String) {
        output.write(Array(TerminalText.filtered(text, colors: showsColors).utf8), to: 1)
    }

    static func writeLine(_ text: String) { write(text + "\n") }

    /// Writes sentences, with long lines broken at spaces if standard output is a terminal.
    static func writeSentences(_ text: String) {
        write(isatty(1) == 1 ? TerminalText.wrapped(text, columns: Terminal().width) : text)
    }

    /// Writes JSON and a line break to standard output; control characters in strings are escaped.
    static func writeJSON(_ value: JSONValue, pretty: Bool = true) {
        writeJSON(Array((pretty ? value.pretty : value.canonical).utf8) + [UInt8(ascii: "\n")])
    }

    /// Writes lines of JSON to standard output as `writeJSON` does.
    static func writeJSON(_ lines: [UInt8]) { output.write(TerminalText.escapedJSON(lines), to: 1) }

    /// Moves the cursor up and clears the screen below, before the live view is redrawn.
    static func eraseLines(_ count: Int) { output.write(Array("\u{1B}[\(count)A\u{1B}[J".utf8), to: 1) }

    /// Whether questions can be asked: both standard input and standard error are terminals.
    static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

    /// Asks a yes/no question on standard error, separate from the program's output.
    /// - Parameter isWatched: whether a `SignalWatch` handles Ctrl-C. Otherwise Ctrl-C ends the process here, with a
    /// sentence instead of the shell's silence.
    /// - Returns: `false` also if the task is cancelled.
    static func ask(_ question: String, isWatched: Bool) async -> Bool {
        let interrupt = isWatched ? nil : await interruption()
        defer {
            if let interrupt {
                interrupt.cancel()
                signal(SIGINT, SIG_DFL)
            }
        }
        errors.write(Array(TerminalText.filtered("\(question) [y/N] ").utf8), to: 2)
        let (answers, reply) = AsyncStream.makeStream(of: Bool.self)
        // A dedicated thread waits for the keyboard, so that the run's threads continue, and a cancelled task does not wait.
        Thread.detachNewThread { reply.yield(["y", "yes"].contains((readLine() ?? "").lowercased())) }
        return await answers.first { _ in true } ?? false
    }

    /// Ends the process at Ctrl-C during a question.
    private static func interruption() async -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            writeError("\nInterrupted. Nothing more was sent or deleted.")
            exit(CommandExit.interrupted.rawValue)
        }
        // Until the source is registered, the signal is ignored.
        await withCheckedContinuation { ready in
            source.setRegistrationHandler { ready.resume() }
            source.resume()
        }
        return source
    }

    /// Writes a line to standard error, filtered as on standard output and with text that looks like a key masked.
    static func writeError(_ text: String) {
        errors.write(Array(TerminalText.filtered(KeyMask.masked(text) + "\n").utf8), to: 2)
    }

    /// Why standard output could not be written, such as a full disk; `nil` if everything was written or the reader
    /// closed it.
    static var outputFailure: String? { output.failure.map { String(cString: strerror($0)) } }

    private static let showsColors = Terminal().hasColors
    private static let output = OutputStream()
    private static let errors = OutputStream()
}

/// Writes complete texts to a file descriptor. After the reader has closed it (`assay run x | head -3`), later writes
/// are dropped: the output ends and the command continues.
private final class OutputStream: Sendable {
    private let isClosed = Mutex(false)
    private let errorNumber = Mutex<Int32?>(nil)

    /// The `errno` of a failed write; `nil` if the only cause was a closed reader.
    var failure: Int32? { errorNumber.withLock { $0 } }

    /// Makes a write to a closed pipe an error instead of ending the process. Child processes get the default back.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    func write(_ bytes: [UInt8], to descriptor: Int32) {
        _ = OutputStream.ignoreBrokenPipes
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            bytes.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if count > 0 {
                        rest = rest.dropFirst(count)
                    } else if errno == EAGAIN {
                        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = poll(&ready, 1, 1_000)
                    } else if errno != EINTR {
                        let code = errno
                        if code != EPIPE { errorNumber.withLock { $0 = code } }
                        isClosed = true
                        return
                    }
                }
            }
        }
    }
}
