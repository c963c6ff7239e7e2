// Runs a program until it ends. The program is killed when this process dies or its task is cancelled.

package import Foundation
import Glibc
import Subprocess
import SystemPackage

/// Runs short-lived programs; `LineProcess` runs long-lived ones.
package enum ChildProcess {
    /// Runs a program and collects its output. The program runs in its own session, so that Ctrl-C reaches only this
    /// process. When this process dies or the task is cancelled, the program and its descendants are killed.
    /// - Parameters:
    ///   - input: the bytes for standard input.
    ///   - outputLimit: the maximum size of standard output in bytes; a longer output throws
    /// `ChildProcessError.outputTooLong`.
    package static func run(
        _ command: ChildCommand, input: Data = Data(), outputLimit: Int = 64 << 20
    ) async throws -> ChildResult {
        let configuration = try await configuration(for: command)
        let gathered = try await translatingErrors(command) {
            try await Subprocess.run(
                configuration, input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                async let fed: Void = feed(input, to: execution.standardInputWriter)
                async let errorTail = collectTail(execution.standardError)
                var output = Data()
                for try await buffer in execution.standardOutput {
                    buffer.withUnsafeBytes { output.append(contentsOf: $0) }
                    guard output.count <= outputLimit else {
                        // Must come before the error is thrown: standard error ends only with the program.
                        await execution.teardown(using: teardown)
                        throw ChildProcessError.outputTooLong(program: command.program, limit: outputLimit)
                    }
                }
                await fed
                return (output, try await errorTail)
            }
        }
        let (output, errorTail) = gathered.closureResult
        return ChildResult(
            status: ExitStatus(gathered.terminationStatus), output: output, errorTail: errorTail)
    }

    /// Runs a program that has no input and writes to a log; the fast path for thousands of steps. It dies with this
    /// process and its task like `run(_:input:outputLimit:)`. Background processes that it leaves are not awaited.
    package static func run(_ command: ChildCommand, log: ProgramLog) async throws -> ExitStatus {
        // An absolute path is started without a check; only if that fails is the reason determined.
        let program = command.program.hasPrefix("/") ? command.program : try find(command)
        let own = try await environment(of: command)
        try Task.checkCancellation()
        let inherited = command.inheritsEnvironment ? ProcessInfo.processInfo.environment : [:]
        let running: SpawnedProgram
        do {
            running = try SpawnedProgram(
                program, arguments: command.arguments, environment: inherited.merging(own) { _, own in own },
                workingFolder: command.workingFolder, output: log.file.descriptor)
        } catch {
            _ = try find(command)
            throw error
        }
        return await running.end()
    }

    /// A program need not read its input, so a closed pipe is not an error.
    private static func feed(_ input: Data, to writer: StandardInputWriter) async {
        if !input.isEmpty { _ = try? await writer.write(Array(input)) }
        try? await writer.finish()
    }

    private static func collectTail(_ stream: SubprocessOutputSequence) async throws -> String {
        var tail = Data()
        for try await buffer in stream {
            buffer.withUnsafeBytes { tail.append(contentsOf: $0) }
            if tail.count > 128 << 10 { tail = Data(tail.suffix(64 << 10)) }
        }
        return text(Data(tail.suffix(64 << 10)))
    }

    private static func find(_ command: ChildCommand) throws -> String {
        guard let program = find(command.program, in: command.workingFolder, path: command.environment["PATH"]) else {
            throw ChildProcessError.programNotFound(command.program)
        }
        return program
    }

    /// The variables of a program, including this process's mark if the program is to die with it.
    private static func environment(of command: ChildCommand) async throws -> [String: String] {
        var own = command.environment
        if command.diesWithParent {
            try await translatingErrors(command) { try await ChildWatch.shared.isOn() }
            own[ChildWatch.variable] = own[ChildWatch.variable] ?? ChildWatch.shared.mark
        }
        return own
    }

    /// The configuration that starts a program in its own session, with this process's mark.
    static func configuration(for command: ChildCommand) async throws -> Configuration {
        ignoreBrokenPipes
        let program = try find(command)
        let own = try await environment(of: command)
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

    /// Writing to a program that has ended must return an error instead of ending this process. Children start with
    /// the default handling of the signal.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// Asks the program's process group to terminate, and kills it after two seconds.
    static let teardown: [TeardownStep] = [
        .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(2)),
        .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(10)),
    ]

    /// The path of a program that can be executed: a name with a slash is used as a path, another is looked up in
    /// `path` or in this process's `PATH`. `nil` if there is none.
    package static func find(_ program: String, in workingFolder: String?, path search: String? = nil) -> String? {
        func runs(_ path: String) -> Bool {
            var status = stat()
            return access(path, X_OK) == 0 && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
        if program.contains("/") {
            let path = program.hasPrefix("/") ? program : (workingFolder.map { $0 + "/" } ?? "") + program
            return runs(path) ? (program.hasPrefix("/") ? program : absolute(path)) : nil
        }
        let search = search ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
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
