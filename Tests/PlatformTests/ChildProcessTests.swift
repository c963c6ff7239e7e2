// Programs: running, exchanging lines, cancelling, and the death of their parent.

import Foundation
import Glibc
import Platform
import Synchronization
import Testing

@Suite struct ChildProcessTests {
    final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    func shell(_ script: String, _ arguments: String..., environment: [String: String] = [:]) -> ChildCommand {
        ChildCommand("sh", ["-c", script, "sh"] + arguments, environment: environment)
    }

    /// Waits until a condition holds, for at most ten seconds.
    func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<500 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// Whether a process with this number runs (a zombie does not).
    func lives(_ pid: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return !status.contains(") Z ")
    }

    @Test(
        arguments: [
            ("both streams", "echo out; echo err >&2; echo 'the end'", Platform.ExitStatus.exited(0), "out\nerr\nthe end\n"),
            ("failure", "echo no; exit 7", .exited(7), "no\n"),
            ("a stream by its name", "echo one; echo two >> /dev/stderr; echo three", .exited(0), "one\ntwo\nthree\n"),
            ("signal", "kill -9 $$", .signalled(9), ""),
            ("nothing to read", "cat; echo read", .exited(0), "read\n"),
            ("a bar without an end", "printf '10%%\\r20%%\\r'", .exited(0), "10%\r20%\r"),
        ] as [(id: String, script: String, status: Platform.ExitStatus, log: String)])
    func `a program writes to a log`(
        id: String, script: String, status: Platform.ExitStatus, log text: String
    ) async throws {
        let folder = try TemporaryFolder()
        let log = try ProgramLog()
        defer { log.close() }
        #expect(try await ChildProcess.run(shell(script), log: log) == status)
        #expect(try log.tail(1000) == text)
        #expect(try log.tail(3) == String(text.suffix(3)))
        #expect(try log.lastLine() == text.split(whereSeparator: \.isNewline).last.map(String.init))
    }

    @Test func `a long log gives its memory back and keeps its end`() async throws {
        let folder = try TemporaryFolder()
        let log = try ProgramLog()
        defer { log.close() }
        let script =
            "yes 0123456789 | head -n 1000000; echo before; touch \(folder.path)/wrote; "
            + "while [ ! -e \(folder.path)/trimmed ]; do sleep 0.01; done; echo after"
        async let ended = ChildProcess.run(shell(script), log: log)
        let wrote = try await eventually { FileManager.default.fileExists(atPath: folder.path + "/wrote") }
        #expect(wrote)
        #expect(try log.size == 11_000_007)
        try log.trim()
        #expect(try log.size == 0)
        #expect(try log.lastLine() == "before")
        try Data().write(to: URL(fileURLWithPath: folder.path + "/trimmed"))
        #expect(try await ended == .exited(0))
        #expect(try log.tail(24) == "0123456789\nbefore\nafter\n")
        #expect(try log.lastLine() == "after")
    }

    @Test(
        arguments: [
            ("success", "echo out; echo err >&2", Platform.ExitStatus.exited(0), "out\n", "err\n"),
            ("failure", "echo out; exit 7", .exited(7), "out\n", ""),
            ("signal", "kill -9 $$", .signalled(9), "", ""),
            ("reads", "cat", .exited(0), "input", ""),
        ] as [(id: String, script: String, status: Platform.ExitStatus, output: String, error: String)])
    func `a program runs to its end`(
        id: String, script: String, status: Platform.ExitStatus, output: String, error: String
    ) async throws {
        let result = try await ChildProcess.run(shell(script), input: Data("input".utf8))
        #expect(result.status == status)
        #expect(String(decoding: result.output, as: UTF8.self) == output)
        #expect(result.errorTail == error)
    }

    @Test func `much output and much input pass whole`() async throws {
        let input = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let result = try await ChildProcess.run(ChildCommand("cat"), input: input)
        #expect(result.output == input)
        let long = try await ChildProcess.run(shell("seq 1 200000; seq 1 200000 >&2"))
        #expect(long.output.count == 1_288_895)
        #expect(long.errorTail.hasSuffix("199999\n200000\n"))
        #expect(long.errorTail.utf8.count == 64 << 10)
    }

    @Test func `arguments, environment and folder arrive`() async throws {
        let folder = try TemporaryFolder()
        var command = shell("echo \"$1|$2|$SECRET\"; pwd", "a b", "$HOME", environment: ["SECRET": "s p"])
        command.workingFolder = folder.path
        let result = try await ChildProcess.run(command)
        #expect(String(decoding: result.output, as: UTF8.self) == "a b|$HOME|s p\n\(folder.path)\n")
    }

    @Test func `what cannot run or says too much is an error`() async throws {
        await #expect(throws: ChildProcessError.programNotFound("no-such-program")) {
            try await ChildProcess.run(ChildCommand("no-such-program"))
        }
        await #expect(throws: ChildProcessError.outputTooLong(program: "sh", limit: 100)) {
            try await ChildProcess.run(shell("seq 1 1000; sleep 60"), outputLimit: 100)
        }
    }

    @Test(arguments: [("with a log", true, false), ("on threads of its own", true, true), ("with its output", false, false)])
    func `cancelling kills all that was started`(id: String, writesLog: Bool, hasThreads: Bool) async throws {
        let threads = hasThreads ? ProgramThreads(count: 2) : nil
        defer { threads?.close() }
        let folder = try TemporaryFolder()
        let log = try ProgramLog()
        defer { log.close() }
        let said = folder.path + "/said"
        let command = shell("(sleep 1000 & echo $!; echo $$) > '\(said)'; trap '' TERM; wait; sleep 1000; sleep 1000")
        let running = Task(executorPreference: threads) {
            writesLog ? try await ChildProcess.run(command, log: log) : try await ChildProcess.run(command).status
        }
        func pids() -> [Int32] {
            ((try? String(contentsOfFile: said, encoding: .utf8)) ?? "").split(separator: "\n").compactMap { Int32($0) }
        }
        #expect(try await eventually { pids().count == 2 })
        #expect(pids().allSatisfy(lives))
        running.cancel()
        _ = try? await running.value
        for pid in pids() { #expect(try await eventually { !lives(pid) }) }
    }

    @Test func `more programs than threads run all, and other tasks between them`() async throws {
        let threads = ProgramThreads(count: 3)
        defer { threads.close() }
        let ended = try await Task(executorPreference: threads) {
            try await withThrowingTaskGroup(of: Platform.ExitStatus.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await Task.sleep(for: .milliseconds(number))
                        let log = try ProgramLog()
                        defer { log.close() }
                        let status = try await ChildProcess.run(shell("sleep 0.02; exit \(number)"), log: log)
                        // Off these threads and back.
                        return await Task.detached { status }.value
                    }
                }
                return try await group.reduce(into: [Platform.ExitStatus]()) { $0.append($1) }
            }
        }.value
        #expect(Set(ended) == Set((0..<8).map { Platform.ExitStatus.exited($0) }))
    }

    @Test func `what is ready beside a busy task runs on another of the threads`() async throws {
        let threads = ProgramThreads(count: 2)
        defer { threads.close() }
        let done = Flag()
        /// Keeps its thread until the other task has run, for at most ten seconds.
        @Sendable func work() -> Bool {
            ProgramThreads.markThreadBusy()
            for _ in 0..<10_000 where !done.isSet { usleep(1000) }
            return done.isSet
        }
        func sides() async -> Bool {
            async let other: Void = { @Sendable in done.set() }()
            let seen = work()
            await other
            return seen
        }
        #expect(await withTaskExecutorPreference(threads) { await sides() })
    }

    @Test func `a program with a log gets what it is given and nothing else`() async throws {
        let folder = try TemporaryFolder()
        let log = try ProgramLog()
        defer { log.close() }
        let inherited = open("/dev/null", O_RDONLY)
        defer { close(inherited) }
        var command = shell(
            "echo \"$1|$SECRET|${HOME-none}\"; pwd; ls /proc/$$/fd | tr '\\n' ' '; kill -PIPE $$", "a b",
            environment: ["SECRET": "s"])
        command.environment["PATH"] = "/usr/bin:/bin"
        command.inheritsEnvironment = false
        command.workingFolder = folder.path
        #expect(try await ChildProcess.run(command, log: log) == .signalled(SIGPIPE), "no signal is ignored")
        #expect(try log.tail(1000).hasPrefix("a b|s|none\n\(folder.path)\n0 1 2 "))
        await #expect(throws: ChildProcessError.programNotFound("no-such-program")) {
            try await ChildProcess.run(ChildCommand("no-such-program"), log: log)
        }
        command.workingFolder = folder.path + "/none"
        await #expect(throws: ChildProcessError.launchFailed(program: "/usr/bin/sh", reason: "No such file or directory")) {
            try await ChildProcess.run(command, log: log)
        }
    }

    @Test func `what carries a mark dies with its watch, grandchildren in other sessions too`() async throws {
        let watch = ChildWatch(mark: UUID().uuidString)
        try await watch.isOn()
        let script = "sleep 1000 & echo $!; setsid sh -c 'sleep 1000 & echo $!; wait' & echo $$; wait"
        let program = try await LineProcess.launch(
            shell(script, environment: [ChildWatch.variable: watch.mark]))
        var pids: [Int32] = []
        for try await line in program.lines {
            pids += Int32(String(decoding: line, as: UTF8.self)).map { [$0] } ?? []
            if pids.count == 3 { break }
        }
        #expect(pids.allSatisfy(lives))
        await watch.end()
        for pid in pids { #expect(try await eventually { !lives(pid) }) }
        #expect(try await program.status == .signalled(9))
    }

    @Test func `every program that dies with this process carries its mark`() async throws {
        let result = try await ChildProcess.run(shell("echo \"$ASSAY_CHILD_OF\""))
        #expect(String(decoding: result.output, as: UTF8.self) == ChildWatch.shared.mark + "\n")
        #expect(ChildWatch.shared.mark.hasPrefix("\(getpid())-"))
        var free = shell("echo \"$ASSAY_CHILD_OF\"", environment: [:])
        free.inheritsEnvironment = false
        free.diesWithParent = false
        #expect(try await ChildProcess.run(free).output == Data("\n".utf8), "nor do those that may outlive it")
    }

    @Test func `lines go back and forth`() async throws {
        let echo = try await LineProcess.launch(
            shell("while read -r line; do echo \"got $line\"; echo \"log $line\" >&2; done"))
        try await echo.send(Data("first".utf8))
        var seen: [String] = []
        for try await line in echo.lines {
            seen.append(String(decoding: line, as: UTF8.self))
            if seen.count == 1 { try await echo.send(Data("second".utf8)) }
            if seen.count == 2 { break }
        }
        #expect(seen == ["got first", "got second"])
        #expect(try await echo.finish() == .exited(0))
        #expect(echo.errorTail == "log first\nlog second\n")
    }

    @Test func `a line of many megabytes passes whole`() async throws {
        let cat = try await LineProcess.launch(ChildCommand("cat"))
        let line = Data(repeating: UInt8(ascii: "x"), count: 5_000_000)
        try await cat.send(line)
        for try await back in cat.lines {
            #expect(back == line)
            break
        }
        await cat.stop()
    }

    @Test func `a program that ends early is reported of, with its last words`() async throws {
        let dying = try await LineProcess.launch(shell("read -r line; echo 'out of memory' >&2; exit 3"))
        try await dying.send(Data("work".utf8))
        for try await _ in dying.lines {}
        #expect(try await dying.status == .exited(3))
        await #expect(
            throws: ChildProcessError.ended(program: "sh", status: .exited(3), errorTail: "out of memory\n")
        ) {
            try await dying.send(Data("more".utf8))
        }
    }

    @Test func `stopping ends a program that does not listen`() async throws {
        let deaf = try await LineProcess.launch(shell("trap '' TERM; echo $$; while :; do sleep 1; done"))
        var pid: Int32?
        for try await line in deaf.lines {
            pid = Int32(String(decoding: line, as: UTF8.self))
            break
        }
        await deaf.stop()
        #expect(!lives(try #require(pid)))
    }
}
