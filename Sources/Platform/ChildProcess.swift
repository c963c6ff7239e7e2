// Runs a program to its end. It dies with this process and with the task that runs it.

package import Foundation
import Glibc
import Subprocess
import SystemPackage

/// Programs that run to their end.
package enum ChildProcess {
    /// Runs a program and gathers what it wrote. It runs in a session of its own, so that Ctrl-C reaches this
    /// process alone; when this process dies or the task is cancelled, it is killed with all it has started.
    /// - Parameters:
    ///   - input: what it reads on standard input.
    ///   - outputLimit: the most bytes of standard output that are kept; more is an error.
    ///   - onLine: is told of every line as it comes, on either stream.
    package static func run(
        _ command: ChildCommand, input: Data = Data(), outputLimit: Int = 64 << 20,
        onLine: (@Sendable (ChildStream, String) -> Void)? = nil
    ) async throws -> ChildResult {
        let configuration = try await configuration(for: command)
        let gathered = try await translatingErrors(command) {
            try await Subprocess.run(
                configuration, input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                async let fed: Void = feed(input, to: execution.standardInputWriter)
                async let errorTail = collectTail(execution.standardError, onLine: onLine)
                var output = Data()
                var lines = LineSplitter(limit: outputLimit)
                for try await buffer in execution.standardOutput {
                    let bytes = buffer.withUnsafeBytes { Data($0) }
                    output.append(bytes)
                    guard output.count <= outputLimit else {
                        // Before the error is thrown: standard error only ends with the program.
                        await execution.teardown(using: teardown)
                        throw ChildProcessError.outputTooLong(program: command.program, limit: outputLimit)
                    }
                    if let onLine { for line in try lines.add(bytes) { onLine(.output, text(line)) } }
                }
                if let onLine, let rest = lines.rest { onLine(.output, text(rest)) }
                await fed
                return (output, try await errorTail)
            }
        }
        let (output, errorTail) = gathered.closureResult
        return ChildResult(
            status: ExitStatus(gathered.terminationStatus), output: output, errorTail: errorTail)
    }

    /// Runs a program that reads nothing and writes to a log: the cheap way, for steps by the thousand. It dies with this
    /// process and with the task as in `run(_:input:outputLimit:onLine:)`; what it leaves running in the background is not
    /// waited for.
    package static func run(_ command: ChildCommand, log: ProgramLog) async throws -> ExitStatus {
        let configuration = try await configuration(for: command)
        let output = FileDescriptorOutput.fileDescriptor(
            FileDescriptor(rawValue: log.file.descriptor), closeAfterSpawningProcess: false)
        return try await translatingErrors(command) {
            let ended = try await Subprocess.run(configuration, input: .none, output: output, error: output)
            return ExitStatus(ended.terminationStatus)
        }
    }

    /// A program need not read what it is given: that it is gone or has closed its input is no error.
    private static func feed(_ input: Data, to writer: StandardInputWriter) async {
        if !input.isEmpty { _ = try? await writer.write(Array(input)) }
        try? await writer.finish()
    }

    private static func collectTail(
        _ stream: SubprocessOutputSequence, onLine: (@Sendable (ChildStream, String) -> Void)?
    ) async throws -> String {
        var tail = Data()
        var lines = LineSplitter(limit: 1 << 20)
        for try await buffer in stream {
            let bytes = buffer.withUnsafeBytes { Data($0) }
            tail.append(bytes)
            if tail.count > 128 << 10 { tail = Data(tail.suffix(64 << 10)) }
            // A line without an end is shown as far as it has come: a progress bar is one.
            if let onLine { for line in (try? lines.add(bytes)) ?? [] { onLine(.error, text(line)) } }
        }
        if let onLine, let rest = lines.rest { onLine(.error, text(rest)) }
        return text(Data(tail.suffix(64 << 10)))
    }

    /// The program as it is started: in a session of its own, marked as this process's.
    static func configuration(for command: ChildCommand) async throws -> Configuration {
        ignoreBrokenPipes
        guard let program = find(command.program, in: command.workingFolder) else {
            throw ChildProcessError.programNotFound(command.program)
        }
        var own = command.environment
        if command.diesWithParent {
            try await translatingErrors(command) { try await ChildWatch.shared.isOn() }
            own[ChildWatch.variable] = own[ChildWatch.variable] ?? ChildWatch.shared.mark
        }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = teardown
        let variables = Dictionary(
            own.map { (Environment.Key(stringLiteral: $0.key), $0.value) }, uniquingKeysWith: { _, last in last })
        return Configuration(
            executable: .path(FilePath(program)), arguments: Arguments(command.arguments),
            environment: command.inheritsEnvironment
                ? .inherit.updating(variables.mapValues(Optional.init)) : .custom(variables),
            workingDirectory: command.workingFolder.map { FilePath($0) }, platformOptions: options)
    }

    /// Writing to a program that is gone is an error to be told, not the end of this process. Children start with the
    /// signal as it was.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// A polite word to all that the program started, then after two seconds the end.
    static let teardown: [TeardownStep] = [
        .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(2)),
        .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(10)),
    ]

    /// The path of a program: as it stands when it has a slash, else the first in `PATH`.
    package static func find(_ program: String, in workingFolder: String?) -> String? {
        func runs(_ path: String) -> Bool {
            var status = stat()
            return access(path, X_OK) == 0 && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
        if program.contains("/") {
            let path = program.hasPrefix("/") ? program : (workingFolder.map { $0 + "/" } ?? "") + program
            return runs(path) ? (program.hasPrefix("/") ? program : absolute(path)) : nil
        }
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return search.split(separator: ":").lazy.map { "\($0)/\(program)" }.first(where: runs)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    static func translatingErrors<Value>(
        _ command: ChildCommand, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as SubprocessError {
            throw ChildProcessError.launchFailed(program: command.program, reason: String(describing: error))
        }
    }

    static func text(_ bytes: Data) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension ExitStatus {
    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .signalled(signal)
        }
    }
}
