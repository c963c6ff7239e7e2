// A program started by posix_spawn(3), with the shortest delay between one program's end and the next one's start.

// In a release build `sigset_t` counts as a type of CCurl: curl's headers declare it before Glibc's do.
import CCurl
import CGlibc
import Dispatch
import Glibc
import Synchronization

/// A program that has no input and writes both streams to one file. If this process has a terminal, the program gets
/// its own session: no key pressed there reaches it, and it cannot prompt there. Without a terminal its own process
/// group suffices, which takes less time to create.
final class SpawnedProgram: Sendable {
    private let number: pid_t
    /// Whether the process id still belongs to the program. Once the program is reaped, the id may be reused.
    private let isOurs = Mutex(true)

    private static let hasTerminal: Bool = {
        let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        if terminal >= 0 { close(terminal) }
        return terminal >= 0
    }()

    /// The program's standard input.
    private static let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)

    /// Starts the program. Returns once the program itself runs, with no signal ignored and no file of this process
    /// open.
    /// - Parameters:
    ///   - path: the path of the executable, already resolved.
    ///   - environment: the program's complete environment.
    ///   - output: the descriptor for both output streams.
    /// - Throws: `ChildProcessError.launchFailed`.
    init(
        _ path: String, arguments: [String], environment: [String: String], workingFolder: String?, output: Int32
    ) throws {
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        var signals = sigset_t()
        var none = sigset_t()
        sigfillset(&signals)
        sigemptyset(&none)
        var steps = [posix_spawnattr_init(&attributes), posix_spawn_file_actions_init(&actions)]
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        let own = SpawnedProgram.hasTerminal ? Int32(ASSAY_SPAWN_SETSID) : POSIX_SPAWN_SETPGROUP
        steps += [
            posix_spawnattr_setflags(&attributes, Int16(own | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)),
            posix_spawnattr_setpgroup(&attributes, 0),
            posix_spawnattr_setsigdefault(&attributes, &signals),
            posix_spawnattr_setsigmask(&attributes, &none),
        ]
        if let workingFolder { steps.append(posix_spawn_file_actions_addchdir_np(&actions, workingFolder)) }
        steps += [
            posix_spawn_file_actions_adddup2(&actions, SpawnedProgram.nothing, 0),
            posix_spawn_file_actions_adddup2(&actions, output, 1),
            posix_spawn_file_actions_adddup2(&actions, output, 2),
            posix_spawn_file_actions_addclosefrom_np(&actions, 3),
        ]
        var started: pid_t = 0
        if steps.allSatisfy({ $0 == 0 }) {
            steps.append(
                withCStrings([path] + arguments) { arguments in
                    withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                        posix_spawn(&started, path, &actions, &attributes, arguments, environment)
                    }
                })
        }
        if let code = steps.first(where: { $0 != 0 }) {
            throw ChildProcessError.launchFailed(program: path, reason: String(cString: strerror(code)))
        }
        number = started
    }

    /// Waits until the program ends. If the task is cancelled, the program and its descendants are asked to
    /// terminate, and are killed after two seconds.
    func end() async -> ExitStatus {
        await withTaskCancellationHandler {
            if let status = waitHere() { return status }
            return await withCheckedContinuation { continuation in
                // A separate dispatch queue provides a thread that may block; the threads of the task pool must not.
                DispatchQueue(label: "program").async { continuation.resume(returning: self.wait()) }
            }
        } onCancel: {
            signal(SIGTERM)
            DispatchQueue.global().asyncAfter(deadline: .now() + 2) { self.signal(SIGKILL) }
        }
    }

    /// Waits on the calling thread if it may block; `nil` otherwise.
    private func waitHere() -> ExitStatus? { ProgramThreads.mayWaitHere() ? wait() : nil }

    private func wait() -> ExitStatus {
        var ended = siginfo_t()
        while waitid(P_PID, id_t(number), &ended, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isOurs.withLock { isOurs in
            isOurs = false
            var status: Int32 = 0
            while waitpid(number, &status, 0) < 0, errno == EINTR {}
            // `WIFEXITED`, `WEXITSTATUS` and `WTERMSIG` of wait(2), which are macros.
            let signal = status & 0x7f
            return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
        }
    }

    /// Sends a signal to the program's process group while it exists.
    private func signal(_ signal: Int32) {
        isOurs.withLock { isOurs in
            if isOurs { _ = kill(-number, signal) }
        }
    }
}

/// Passes strings in C's form of arguments and environments: an array of pointers that ends with a null pointer.
private func withCStrings<Value>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
) -> Value {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
